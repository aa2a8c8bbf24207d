import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loopNames } from '../../../domain/containers/networks.ts';
import type { McpAccess } from '../../../ports/agent-provider.ts';
import type { OpenStore } from '../../../ports/store-commands.ts';
import { ATTEMPT_FILES } from '../../../protocol/attempt-folder.ts';
import type { AttemptSpec } from '../../../protocol/attempt.ts';
import { MCP_PATH, MCP_SERVER, MCP_VARIABLES, serverNames } from '../../../protocol/mcp.ts';
import { createAttemptServers, type AttemptServers, type AttemptServersDeps } from './attempt-servers.ts';
import { LOOPBACK, openMcpGate, type McpGateDeps, type McpPlace } from './mcp-gate.ts';
import { createMcpTokens, type McpTokens } from './mcp-token.ts';
import { pastProxies } from './past-proxies.ts';

export interface AttemptMcpDeps extends AttemptServersDeps {
  readonly openStore: OpenStore;
}

/** The attempt's own MCP server, and the way to further ones. */
export interface AttemptMcp {
  /** How the agent reaches it; `null` where it could not be started. */
  readonly access: McpAccess | null;
  /** For the agent's environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** For a CLI that reads its servers from a file. */
  writeConfig(text: string): void;
  /** What is asked from then on is refused by the system: nobody listens. Servers that were started are ended. */
  close(): Promise<void>;
}

/**
 * Opens it for all of the attempt's turns. Listening costs next to nothing; the protocol is loaded with the first
 * request, because most agents never make one.
 */
export async function openAttemptMcp(deps: AttemptMcpDeps): Promise<AttemptMcp> {
  const { spec, folder } = deps;
  const tokens = createMcpTokens();
  const servers = createAttemptServers(deps);
  const own = createAnswer(deps);
  const place = placeOf(spec);
  const gate =
    place !== null
      ? await openMcpGate({
          place,
          tokens,
          servers: servers.ids,
          answer: (request, { audience, call }) =>
            audience === MCP_SERVER || call === 'metadata'
              ? own(request)
              : servers.answer(audience, call, request),
          onRefused: tellRefusals(deps.output),
        }).catch((error: unknown) => {
          const why = error instanceof Error ? error.message : String(error);
          deps.output.say('notice', `The agent has no MCP server: ${why}`);
          return null;
        })
      : null;
  const configFile = join(folder, ATTEMPT_FILES.mcp);
  const access = gate && accessTo(gate.origin, configFile, { deps, tokens, servers });
  return {
    access,
    variables: access ? { ...variablesOf(access), ...pastProxies(deps.env, process.platform) } : {},
    writeConfig: (text) => writeFileSync(configFile, text, { mode: 0o600 }),
    async close() {
      await gate?.close();
      await servers.close();
      rmSync(configFile, { force: true });
    },
  };
}

/**
 * Null where an agent has none: by the person's choice; the tools know the results of roles, and a plan is none of them; and
 * from inside a container, whose loopback is another one, this machine may not be reached at all.
 */
function placeOf({ parts, mcp, container }: AttemptSpec): McpPlace | null {
  if (parts !== undefined || mcp === false) return null;
  if (container === undefined) return LOOPBACK;
  const { gateway, internal } = container.network;
  return gateway === null ? null : { address: gateway, names: [loopNames(internal).orchestrator, gateway] };
}

/**
 * Time that waits for a person or a provider does not count for an agent, so its tokens outlive its limit by this much. They
 * are worth nothing once the attempt is over, whatever they say.
 */
const WAITING_MS = 7 * 24 * 3600 * 1000;

interface Opened {
  readonly deps: AttemptMcpDeps;
  readonly tokens: McpTokens;
  readonly servers: AttemptServers;
}

function accessTo(origin: string, configFile: string, { deps, tokens, servers }: Opened): McpAccess {
  const { spec, addSecret } = deps;
  const at = Date.now();
  const expiresAt = at + spec.limits.totalMs + WAITING_MS;
  const tokenFor = (audience: string): string => {
    const token = tokens.issue({ ...spec, audience, at, expiresAt });
    addSecret(token.value);
    addSecret(token.secret);
    return token.value;
  };
  return {
    url: `${origin}${MCP_PATH}`,
    token: tokenFor(MCP_SERVER),
    configFile,
    servers: [...servers.ids].map((id) => {
      const names = serverNames(id);
      return { name: names.known, url: `${origin}${names.path}`, token: tokenFor(id), variables: names };
    }),
  };
}

const variablesOf = ({ url, token, servers }: McpAccess): Record<string, string> => ({
  [MCP_VARIABLES.url]: url,
  [MCP_VARIABLES.token]: token,
  ...Object.fromEntries(
    servers.flatMap(({ variables, ...server }) => [
      [variables.url, server.url],
      [variables.token, server.token],
    ]),
  ),
});

/** Enough to see that somebody tries, and what; a loop of requests must not fill the transcript. */
const MAX_TOLD = 20;

/** What was refused is told as what was answered is: a log of successes alone hides every attack. */
function tellRefusals(output: AttemptMcpDeps['output']): McpGateDeps['onRefused'] {
  let told = 0;
  return ({ status, message }, { method, target }) => {
    // Clients of older versions try what there is not; only who is refused matters.
    if (status !== 401 && status !== 403) return;
    told += 1;
    if (told > MAX_TOLD) return;
    const what = `${method} ${target.split('?', 1)[0]?.slice(0, 100)}`;
    const more = told === MAX_TOLD ? ' Further ones are not told.' : '';
    output.say('notice', `MCP: ${what} was refused with ${status}. ${message}${more}`);
  };
}

function createAnswer({ spec, folder, env, openStore }: AttemptMcpDeps) {
  let session: Promise<(request: Request) => Promise<Response>> | undefined;
  const load = async () => {
    const { createMcpSession } = await import('./mcp-session.ts');
    return createMcpSession({ spec, folder, storeUrl: env['CFN_REDIS_URL'], openStore });
  };
  return async (request: Request): Promise<Response> => (await (session ??= load()))(request);
}
