import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { OpenEngine } from '../../../ports/container-engine.ts';
import { ATTEMPT_FILES } from '../../../protocol/attempt-folder.ts';
import type { AttemptSpec } from '../../../protocol/attempt.ts';
import type { ServerLaunch } from '../../../protocol/mcp-servers.ts';
import { readText } from '../attempt-files.ts';
import { bareEnvironment } from '../bare-environment.ts';
import type { ProcessTable } from '../process-entry.ts';
import type { ServerGateway } from './server-gateway.ts';
import { createContainerStart } from './server-container.ts';
import { createProcessStart } from './server-process.ts';
import type { StartServer } from './server-start.ts';

export interface AttemptServersDeps {
  readonly spec: AttemptSpec;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly table: ProcessTable;
  /** Loaded for servers in containers alone. */
  readonly openEngine: OpenEngine;
  readonly addSecret: (secret: string) => void;
  readonly output: { say(kind: 'notice' | 'error', text: string): void };
}

/** The servers that an attempt's agent sees beside its own; nothing is started or loaded before the first call. */
export interface AttemptServers {
  readonly ids: ReadonlySet<string>;
  answer(server: string, call: 'mcp' | 'execute', request: Request): Promise<Response>;
  close(): Promise<void>;
}

export function createAttemptServers(deps: AttemptServersDeps): AttemptServers {
  const { spec, env, addSecret } = deps;
  const launches = spec.servers ?? [];
  const secrets = takeSecrets(deps.folder);
  for (const secret of Object.values(secrets)) addSecret(secret);
  const place = { cwd: spec.cwd, out: join(deps.folder, ATTEMPT_FILES.outFolder), env, secrets };
  let loaded: Promise<ServerGateway> | undefined;
  const load = async () => {
    const { createServerGateway } = await import('./server-gateway.ts');
    return createServerGateway({
      launches,
      start: createStart(deps),
      variable: (name) => secrets[name],
      surroundings: (launch) => surroundingsOf(place, launch),
      say: (text) => deps.output.say('notice', text),
    });
  };
  return {
    ids: new Set(launches.map(({ id }) => id)),
    answer: async (server, call, request) => (await (loaded ??= load())).answer(server, call, request),
    close: async () => (await loaded)?.close(),
  };
}

/** An agent in a container is given nothing that runs outside of one: it would reach the machine by it. */
function createStart({ spec, folder, table, openEngine }: AttemptServersDeps): StartServer {
  const { container } = spec;
  if (container === undefined) return createProcessStart({ table, runToken: spec.runToken });
  return async (start) => {
    const engine = await openEngine(container.engine);
    return createContainerStart({ spec, container, folder, engine })(start);
  };
}

const secretsSchema = z.record(z.string(), z.string());

/** They come by a file that is gone before the agent starts: its environment is the runner's. */
function takeSecrets(folder: string): Readonly<Record<string, string>> {
  const file = join(folder, ATTEMPT_FILES.serverSecrets);
  const text = readText(file);
  if (text === null) return {};
  rmSync(file, { force: true });
  const parsed = secretsSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : {};
}

export interface ServerPlace {
  /** Where the agent works. */
  readonly cwd: string;
  /** Where a server may leave files. */
  readonly out: string;
  readonly env: NodeJS.ProcessEnv;
  /** Values of a person's variables, by their names. */
  readonly secrets: Readonly<Record<string, string | undefined>>;
}

/**
 * What a server starts with: next to nothing of the person's environment, what its line says that it needs, and the variables
 * that were named for it. One that reads the code stands where its agent does.
 */
export function surroundingsOf(
  { cwd, out, env, secrets }: ServerPlace,
  { start, needs, variables, env: own }: ServerLaunch,
): { readonly env: Record<string, string>; readonly cwd: string } {
  const named = variables.map((name) => [name, secrets[name]] as const);
  const all = {
    ...(start.kind === 'container' ? {} : bareEnvironment(env)),
    ...(needs.includes('store') ? storeVariables(env['CFN_REDIS_URL']) : {}),
    ...(needs.includes('browser') ? { PLAYWRIGHT_MCP_OUTPUT_DIR: join(out, 'browser') } : {}),
    ...own,
    ...Object.fromEntries(named),
  };
  return {
    env: Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    cwd: needs.includes('worktree') ? cwd : out,
  };
}

/** The agent's own store, by its own credential: a server can do there what the agent could do without it. */
function storeVariables(url: string | undefined): Record<string, string> {
  if (!url || !URL.canParse(url)) return {};
  const { hostname, port, username, password } = new URL(url);
  return {
    REDIS_URL: url,
    REDIS_HOST: hostname,
    REDIS_PORT: port || '6379',
    REDIS_USERNAME: decodeURIComponent(username),
    REDIS_PWD: decodeURIComponent(password),
  };
}
