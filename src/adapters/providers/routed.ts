import { costOf, type AgentRoute, type RoutedPreset } from '../../domain/agents/provider-route.ts';
import type { AgentProvider } from '../../ports/agent-provider.ts';

/** What a preset needs beside its own command to ask another provider. */
interface RouteParts {
  /** Variables of the user that stay: none that signs in anywhere or names an endpoint. */
  readonly keeps: readonly string[];
  /** Flags that keep the CLI from what a repository says of endpoints, keys and programs. */
  readonly args: readonly string[];
  readonly model: (route: AgentRoute, model: string) => string;
  /** For the agent's process alone. `folder`: where its CLI keeps settings and sessions of this provider. */
  readonly environment: (request: RouteEnvironment) => Readonly<Record<string, string>>;
}

export interface RouteEnvironment {
  readonly route: AgentRoute;
  readonly model: string;
  /** Null: the CLI signs in by itself. */
  readonly key: string | null;
  readonly folder: string;
}

const same = (_route: AgentRoute, model: string): string => model;

/** The name under which opencode knows the provider: none that a configuration file could have settings for. */
const OPENCODE_ID = 'cfn-route';
const OPENCODE_KEY = 'CFN_PROVIDER_KEY';

const PARTS: Readonly<Record<RoutedPreset, RouteParts>> = {
  claude: {
    keeps: ['CLAUDE_CODE_MAX_RETRIES', 'IS_SANDBOX'],
    args: ['--setting-sources', 'user', '--strict-mcp-config'],
    model: ({ auth }, model) => (auth === 'login' ? model.replace(/^anthropic\//, '') : model),
    environment: ({ route: { auth, baseUrl }, model, key, folder }) =>
      auth === 'login' || key === null
        ? {}
        : {
            ...(baseUrl === null ? {} : { ANTHROPIC_BASE_URL: baseUrl }),
            [auth === 'bearer' ? 'ANTHROPIC_AUTH_TOKEN' : 'ANTHROPIC_API_KEY']: key,
            // It asks smaller models for titles and summaries, by names that another provider has not.
            ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
            ANTHROPIC_DEFAULT_OPUS_MODEL: model,
            ANTHROPIC_DEFAULT_SONNET_MODEL: model,
            ANTHROPIC_SMALL_FAST_MODEL: model,
            CLAUDE_CODE_SUBAGENT_MODEL: model,
            // Its settings would win over these variables, and its sign-in is that of another provider.
            CLAUDE_CONFIG_DIR: folder,
          },
  },
  gemini: {
    keeps: [],
    args: [],
    model: same,
    environment: ({ route: { baseUrl }, key, folder }) => ({
      ...(key === null ? {} : { GEMINI_API_KEY: key }),
      ...(baseUrl === null ? {} : { GOOGLE_GEMINI_BASE_URL: baseUrl }),
      GEMINI_CLI_HOME: folder,
      // It reads a file `.env` of the repository, which changes nothing that is set already.
      GOOGLE_GENAI_USE_GCA: 'false',
      GOOGLE_GENAI_USE_VERTEXAI: 'false',
      NODE_TLS_REJECT_UNAUTHORIZED: '1',
    }),
  },
  opencode: {
    keeps: [],
    args: [],
    model: (_route, model) => `${OPENCODE_ID}/${model}`,
    environment: ({ key }) => ({
      ...(key === null ? {} : { [OPENCODE_KEY]: key }),
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
    }),
  },
};

const partsOf = (preset: string): RouteParts | null =>
  Object.hasOwn(PARTS, preset) ? PARTS[preset as RoutedPreset] : null;

/** Variables of the user that an agent of a route may see. A CLI that signs in by itself needs those for that. */
export function keptVariables(preset: string, { auth }: AgentRoute): readonly string[] {
  const keeps = partsOf(preset)?.keeps ?? [];
  return auth === 'login' ? [...keeps, 'CLAUDE_CODE_OAUTH_TOKEN', 'CLAUDE_CONFIG_DIR'] : keeps;
}

export const routeEnvironment = (
  preset: string,
  request: RouteEnvironment,
): Readonly<Record<string, string>> => partsOf(preset)?.environment(request) ?? {};

/** The same CLI, asking the provider of a route. */
export function routedProvider(provider: AgentProvider, route: AgentRoute): AgentProvider {
  const parts = partsOf(provider.id);
  if (parts === null) return provider;
  const args = route.auth === 'login' ? [] : parts.args;
  return {
    ...provider,
    command(request) {
      const { program } = request;
      if (program.kind !== 'preset') return provider.command(request);
      const model = program.model === undefined ? {} : { model: parts.model(route, program.model) };
      const command = provider.command({ ...request, program: { ...program, ...model } });
      const env = provider.id === 'opencode' ? withRoute(command.env, route, program.model) : command.env;
      return { ...command, argv: [...command.argv, ...args], env };
    },
    createParser: (before) => withPrice(provider, route, before),
  };
}

/** A CLI knows the prices of its own provider; for any other they would be made up. */
function withPrice(
  provider: AgentProvider,
  route: AgentRoute,
  before: Parameters<AgentProvider['createParser']>[0],
): ReturnType<AgentProvider['createParser']> {
  const parse = provider.createParser(before);
  if (isItsOwn(provider.id, route)) return parse;
  const { price } = route;
  return (line) => {
    const { costUsd: _unknown, ...output } = parse(line);
    return price === undefined || output.usage === undefined
      ? output
      : { ...output, costUsd: costOf(price, output.usage) };
  };
}

const isItsOwn = (preset: string, { auth, baseUrl }: AgentRoute): boolean =>
  auth === 'login' || (preset === 'claude' && baseUrl === 'https://api.anthropic.com');

/** opencode takes providers from its configuration alone, where the key stands by the name of its variable. */
function withRoute(
  env: Readonly<Record<string, string>>,
  { baseUrl }: AgentRoute,
  model: string | undefined,
): Readonly<Record<string, string>> {
  const settings = JSON.parse(env['OPENCODE_CONFIG_CONTENT'] ?? '{}') as Readonly<Record<string, unknown>>;
  const named = `${OPENCODE_ID}/${model ?? ''}`;
  const provider = {
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: baseUrl, apiKey: `{env:${OPENCODE_KEY}}` },
    models: { [model ?? '']: {} },
  };
  return {
    ...env,
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      ...settings,
      enabled_providers: [OPENCODE_ID],
      small_model: named,
      provider: { [OPENCODE_ID]: provider },
    }),
  };
}
