import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { McpAccess } from '../../../ports/agent-provider.ts';
import type { OpenStore } from '../../../ports/store-commands.ts';
import { ATTEMPT_FILES } from '../../../protocol/attempt-folder.ts';
import type { AttemptSpec } from '../../../protocol/attempt.ts';
import { MCP_VARIABLES } from '../../../protocol/mcp.ts';
import { openMcpGate } from './mcp-gate.ts';
import { createMcpToken } from './mcp-token.ts';
import { pastProxies } from './past-proxies.ts';

export interface AttemptMcpDeps {
  readonly spec: AttemptSpec;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly openStore: OpenStore;
  /** What is kept out of everything that is shown and written. */
  readonly addSecret: (secret: string) => void;
  readonly output: { say(kind: 'notice' | 'error', text: string): void };
}

/** The attempt's own MCP server. */
export interface AttemptMcp {
  /** How the agent reaches it; `null` where it could not be started. */
  readonly access: McpAccess | null;
  /** For the agent's environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** For a CLI that reads its servers from a file. */
  writeConfig(text: string): void;
  /** What is asked from then on is refused by the system: nobody listens. */
  close(): Promise<void>;
}

/**
 * Opens it for all of the attempt's turns. Listening costs next to nothing; the protocol is loaded with the first
 * request, because most agents never make one.
 */
export async function openAttemptMcp(deps: AttemptMcpDeps): Promise<AttemptMcp> {
  const { spec, folder } = deps;
  const token = createMcpToken({ ...spec, at: Date.now() });
  deps.addSecret(token.value);
  deps.addSecret(token.secret);
  const gate = await openGate(spec, { token: token.value, answer: createAnswer(deps) }).catch(
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      deps.output.say('notice', `The agent has no MCP server: ${why}`);
      return null;
    },
  );
  const configFile = join(folder, ATTEMPT_FILES.mcp);
  const access = gate && { url: gate.url, token: token.value, configFile };
  return {
    access,
    variables: access
      ? {
          [MCP_VARIABLES.url]: access.url,
          [MCP_VARIABLES.token]: access.token,
          ...pastProxies(deps.env, process.platform),
        }
      : {},
    writeConfig: (text) => writeFileSync(configFile, text, { mode: 0o600 }),
    async close() {
      await gate?.close();
      rmSync(configFile, { force: true });
    },
  };
}

/** The tools know the results of roles, and a plan is none of them. */
const openGate = async (
  { parts }: AttemptSpec,
  request: Parameters<typeof openMcpGate>[0],
): Promise<Awaited<ReturnType<typeof openMcpGate>> | null> =>
  parts === undefined ? openMcpGate(request) : null;

function createAnswer({ spec, folder, env, openStore }: AttemptMcpDeps) {
  let session: Promise<(request: Request) => Promise<Response>> | undefined;
  const load = async () => {
    const { createMcpSession } = await import('./mcp-session.ts');
    return createMcpSession({ spec, folder, storeUrl: env['CFN_REDIS_URL'], openStore });
  };
  return async (request: Request): Promise<Response> => (await (session ??= load()))(request);
}
