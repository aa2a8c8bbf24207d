import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { providerOf, providers } from './adapters/providers/registry.ts';
import { keptVariables, routeEnvironment } from './adapters/providers/routed.ts';
import { vscode } from './adapters/providers/vscode.ts';
import { agentAccount } from './adapters/state/agent-account.ts';
import { installCfnCommand } from './adapters/state/cfn-command.ts';
import type { CoreOptions } from './app/core.ts';
import { LoopFault, type LoopDeps } from './app/loop-deps.ts';
import { missingKeyText } from './app/routing/missing-key.ts';
import { agentEnvironment, evidenceEnvironment } from './domain/agents/environment.ts';
import type { LoopConfig } from './domain/loop/config.ts';
import { routeOf, type AgentProgram } from './domain/loop/model.ts';
import { createMcpServers } from './mcp-servers.ts';
import type { ModelServer } from './ports/language-models.ts';
import { routeFolder, type ProviderKeys } from './provider-routing.ts';

/** For people to read: the session and the folder of the result are those of no attempt. */
export function agentCommand(program: AgentProgram, permission: LoopConfig['permission']): readonly string[] {
  const provider = providerOf(program);
  const spec = program.kind === 'exec' ? { ...program, argv: [...program.argv] } : program;
  return provider?.command({ program: spec, permission, sessionId: null, outFolder: 'out' }).argv ?? [];
}

interface Surroundings {
  readonly options: CoreOptions;
  /** The state folder. */
  readonly home: string;
  readonly loginPath: () => Promise<string>;
  readonly keyOf: ProviderKeys;
  /** Null outside of the editor. */
  readonly modelServer: ModelServer | null;
}

/** What agents, and the commands that tell good from bad, see of the user's environment. */
export function createEnvironments({ options, home, loginPath, keyOf, modelServer }: Surroundings) {
  const base = async () => ({
    platform: process.platform,
    user: options.env,
    path: await loginPath(),
    binFolder: await installCfnCommand({
      stateHome: home,
      cli: join(options.programs, 'cli.js'),
      node: process.execPath,
      platform: process.platform,
      home: homedir(),
    }),
  });
  const presetVariables = (program: AgentProgram): readonly string[] => {
    if (program.kind === 'exec') return [];
    const { preset, route } = program;
    return route ? keptVariables(preset, route) : (providers.get(preset)?.environment ?? []);
  };
  const forAgent: LoopDeps['agentEnvironment'] = async ({ program, ...request }) => ({
    ...agentEnvironment({ ...(await base()), ...request, presetVariables: presetVariables(program) }),
    ...(await lentModel(program)),
    ...(await ofRoute({ program, agentId: request.agentId, home, keyOf })),
  });
  const lentModel = async (program: AgentProgram) =>
    modelServer !== null && program.kind === 'preset' && program.preset === vscode.id
      ? modelServer.admit(program.model ?? null)
      : {};
  /** Programs of one's own and the scripted preset ask no provider that we know of. */
  const accountOf: LoopDeps['agentAccount'] = async (program) => {
    if (program.kind === 'exec' || program.preset === 'demo') return null;
    const keyFile = join(home, 'account-key');
    const { preset, route } = program;
    if (!route || route.keyVariable === null)
      return agentAccount(keyFile, { preset, variables: presetVariables(program), env: options.env });
    // A provider counts by the key, whichever CLI asks.
    const env = { URL: route.baseUrl ?? '', KEY: (await keyOf(route.keyVariable)) ?? '' };
    return agentAccount(keyFile, { preset: route.provider, variables: Object.keys(env), env });
  };
  return {
    forAgent,
    accountOf,
    mcpServers: createMcpServers({ env: options.env, path: loginPath }),
    forEvidence: async () => evidenceEnvironment(await base()),
  };
}

interface RoutedAgent extends Pick<Surroundings, 'home' | 'keyOf'> {
  readonly program: AgentProgram;
  readonly agentId: string;
}

/** Endpoint, key and settings of the provider of a route, for the agent's process alone. */
async function ofRoute({
  program,
  agentId,
  home,
  keyOf,
}: RoutedAgent): Promise<Readonly<Record<string, string>>> {
  const route = routeOf(program);
  if (route === null || program.kind !== 'preset') return {};
  const { preset, model = '' } = program;
  const key = route.keyVariable === null ? null : await keyOf(route.keyVariable);
  if (key === null && route.keyVariable !== null)
    throw new LoopFault(missingKeyText(agentId, route.provider, route.keyVariable));
  const folder = routeFolder(home, route.provider, preset);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return routeEnvironment(preset, { route, model, key, folder });
}
