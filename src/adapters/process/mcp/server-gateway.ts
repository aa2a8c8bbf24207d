/** What a runner loads once its agent has asked for something by another server than its own. */
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import { err, type Result } from '../../../base/result.ts';
import type { ServerLaunch } from '../../../protocol/mcp-servers.ts';
import { readExecute } from './execute-call.ts';
import { connectServer, type ConnectRequest, type ServerConnection } from './server-connection.ts';

export { connectServer } from './server-connection.ts';

export interface ServerGatewayDeps extends Pick<ConnectRequest, 'start' | 'variable'> {
  readonly launches: readonly ServerLaunch[];
  /** What a server starts with. */
  readonly surroundings: (launch: ServerLaunch) => Pick<ConnectRequest, 'env' | 'cwd'>;
  /** What the transcript tells of starts and ends. */
  readonly say: (text: string) => void;
}

export interface ServerGateway {
  /** `execute`: one call in the first design's own form, beside the protocol. */
  answer(server: string, call: 'mcp' | 'execute', request: Request): Promise<Response>;
  /** Ends all that was started. */
  close(): Promise<void>;
}

/** A tool may have to wait for a page or a scan; an agent has limits of its own. */
const CALL_MS = 600_000;

/**
 * Stands between one agent and the servers that it sees. It speaks the protocol with both sides: versions of either need not
 * be the other's, and of the agent's request nothing but names and arguments goes further, least of all its token.
 */
export function createServerGateway(deps: ServerGatewayDeps): ServerGateway {
  const open = createConnections(deps);
  const handlers = new Map(deps.launches.map((launch) => [launch.id, createHandler(launch, open.reach)]));
  return {
    async answer(server, call, request) {
      const launch = deps.launches.find(({ id }) => id === server);
      const handler = handlers.get(server);
      if (launch === undefined || handler === undefined) return new Response(null, { status: 404 });
      return call === 'mcp' ? handler(request) : execute(await open.reach(launch), request);
    },
    close: open.close,
  };
}

type Reach = (launch: ServerLaunch) => Promise<Result<ServerConnection, string>>;

/** Each server is started by the first call that needs it, and again by the next one after it ended. */
function createConnections(deps: ServerGatewayDeps): {
  readonly reach: Reach;
  readonly close: () => Promise<void>;
} {
  const connections = new Map<string, Promise<Result<ServerConnection, string>>>();
  const closing = new AbortController();
  const connect: Reach = async (launch) => {
    const connected = await connectServer({
      ...deps,
      ...deps.surroundings(launch),
      launch,
      signal: closing.signal,
    });
    if (!connected.ok) {
      connections.delete(launch.id);
      deps.say(connected.error);
      return connected;
    }
    deps.say(`The MCP server ${launch.id} was started.`);
    const stopWatching = watchHealth(launch, connected.value, deps.say);
    void connected.value.ended.then((how) => {
      stopWatching();
      connections.delete(launch.id);
      if (!closing.signal.aborted) deps.say(`The MCP server ${launch.id} ended: ${how}`);
    });
    return connected;
  };
  return {
    reach(launch) {
      if (closing.signal.aborted) return Promise.resolve(err('The attempt is over.'));
      const known = connections.get(launch.id) ?? connect(launch);
      connections.set(launch.id, known);
      return known;
    },
    async close() {
      closing.abort();
      const all = await Promise.all(connections.values());
      await Promise.all(all.flatMap((found) => (found.ok ? [found.value.close()] : [])));
    },
  };
}

/** One that does not answer is ended, so that the next call finds a new one. */
function watchHealth(
  { id, health, start }: ServerLaunch,
  connection: ServerConnection,
  say: ServerGatewayDeps['say'],
): () => void {
  if (start.kind === 'address') return () => undefined;
  let missed = 0;
  const timer = setInterval(() => {
    connection.client.ping({ timeout: health.timeoutMs }).then(
      () => (missed = 0),
      () => {
        missed += 1;
        if (missed !== health.retries) return;
        say(`The MCP server ${id} did not answer ${missed} times and is ended.`);
        void connection.close();
      },
    );
  }, health.intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

const failure = (text: string) => ({ content: [{ type: 'text' as const, text }], isError: true });

function createHandler(launch: ServerLaunch, reach: Reach): (request: Request) => Promise<Response> {
  const handler = createMcpHandler(() => {
    const server = new Server({ name: launch.id, version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', async ({ params }, { mcpReq: { signal } }) => {
      const found = await reach(launch);
      if (!found.ok) throw new Error(found.error);
      return found.value.client.request({ method: 'tools/list', params: { ...params } }, { signal });
    });
    server.setRequestHandler('tools/call', async ({ params }, { mcpReq: { signal } }) => {
      const found = await reach(launch);
      if (!found.ok) return failure(found.error);
      return callTool(found.value, { name: params.name, arguments: params.arguments ?? {} }, signal);
    });
    return server;
  });
  return (request) => handler.fetch(request);
}

const callTool = (
  { client }: ServerConnection,
  call: { readonly name: string; readonly arguments: Record<string, unknown> },
  signal: AbortSignal,
) => client.request({ method: 'tools/call', params: call }, { signal, timeout: CALL_MS });

/** `POST …/execute`: `{"tool":"browser","action":"navigate","url":"…"}` is the tool `browser_navigate` with its arguments. */
async function execute(found: Result<ServerConnection, string>, request: Request): Promise<Response> {
  const call = readExecute(await request.text());
  if (!call.ok) return Response.json({ error: call.error }, { status: 400 });
  if (!found.ok) return Response.json({ error: found.error }, { status: 502 });
  try {
    return Response.json(await callTool(found.value, call.value, request.signal));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return Response.json({ error: why }, { status: 502 });
  }
}
