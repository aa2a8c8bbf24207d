/** What a runner loads once its agent has asked for something by another server than its own. */
import type { Client } from '@modelcontextprotocol/client';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import { err, ok, type Result } from '../../../base/result.ts';
import type { ServerLaunch } from '../../../protocol/mcp-servers.ts';
import { readExecute, type ExecuteCall } from './execute-call.ts';
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
  const handlers = new Map(deps.launches.map((launch) => [launch.id, createHandler(launch, open.ask)]));
  return {
    async answer(server, call, request) {
      const launch = deps.launches.find(({ id }) => id === server);
      const handler = handlers.get(server);
      if (launch === undefined || handler === undefined) return new Response(null, { status: 404 });
      return call === 'mcp' ? handler(request) : execute(launch, open.ask, request);
    },
    close: open.close,
  };
}

type Connected = Result<ServerConnection, string>;

interface Entry {
  readonly connected: Promise<Connected>;
}

/** Rejects as the server does; an error says why there is none to be asked. */
type Ask = <T>(launch: ServerLaunch, use: (client: Client) => Promise<T>) => Promise<Result<T, string>>;

/** Each server is started by the first call that needs it, and again by the next one after it ended. */
function createConnections(deps: ServerGatewayDeps): {
  readonly ask: Ask;
  readonly close: () => Promise<void>;
} {
  const entries = new Map<string, Entry>();
  /** By server, what has to be over before it is started again: its end takes all away that carries its token. */
  const endings = new Map<string, Promise<void>>();
  const closing = new AbortController();
  const drop = (id: string, entry: Entry): void => {
    if (entries.get(id) !== entry) return;
    entries.delete(id);
    endings.set(
      id,
      entry.connected.then((found) => (found.ok ? found.value.close() : undefined)),
    );
  };
  const connect = async (launch: ServerLaunch, entry: () => Entry): Promise<Connected> => {
    const { id } = launch;
    await endings.get(id);
    const { signal } = closing;
    const connected = await connectServer({ ...deps, ...deps.surroundings(launch), launch, signal });
    if (!connected.ok) {
      drop(id, entry());
      deps.say(connected.error);
      return connected;
    }
    deps.say(`The MCP server ${id} was started.`);
    const stopWatching = watchHealth(launch, connected.value.client, (told) => {
      deps.say(told);
      drop(id, entry());
    });
    void connected.value.ended.then((how) => {
      stopWatching();
      if (!signal.aborted) deps.say(`The MCP server ${id} ended: ${how}`);
      drop(id, entry());
    });
    return connected;
  };
  const open = (launch: ServerLaunch): Entry => {
    const entry: Entry = { connected: connect(launch, () => entry) };
    entries.set(launch.id, entry);
    return entry;
  };
  return {
    async ask(launch, use) {
      if (closing.signal.aborted) return err('The attempt is over.');
      const entry = entries.get(launch.id) ?? open(launch);
      const found = await entry.connected;
      if (!found.ok) return found;
      const { client } = found.value;
      try {
        return ok(await use(client));
      } catch (error) {
        // It is gone; or, at an address, was started anew and knows nothing of us.
        if (client.transport === undefined || launch.start.kind === 'address') drop(launch.id, entry);
        throw error;
      }
    },
    async close() {
      closing.abort();
      for (const [id, entry] of entries) drop(id, entry);
      await Promise.all(endings.values());
    },
  };
}

/** Calls `onSilent` once for a server that does not answer so often in a row. */
function watchHealth(
  { id, health, start }: ServerLaunch,
  client: Client,
  onSilent: (told: string) => void,
): () => void {
  if (start.kind === 'address') return () => undefined;
  let missed = 0;
  const timer = setInterval(() => {
    client.ping({ timeout: health.timeoutMs }).then(
      () => (missed = 0),
      () => {
        missed += 1;
        if (missed !== health.retries) return;
        clearInterval(timer);
        onSilent(`The MCP server ${id} did not answer ${missed} times and is ended.`);
      },
    );
  }, health.intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

const failure = (text: string) => ({ content: [{ type: 'text' as const, text }], isError: true });

function createHandler(launch: ServerLaunch, ask: Ask): (request: Request) => Promise<Response> {
  const handler = createMcpHandler(() => {
    const server = new Server({ name: launch.id, version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', async ({ params }, { mcpReq: { signal } }) => {
      const list = { method: 'tools/list' as const, params: { ...params } };
      const listed = await ask(launch, (client) => client.request(list, { signal }));
      if (!listed.ok) throw new Error(listed.error);
      return listed.value;
    });
    server.setRequestHandler('tools/call', async ({ params }, { mcpReq: { signal } }) => {
      const call = { name: params.name, arguments: params.arguments ?? {} };
      const called = await ask(launch, callOf(call, signal));
      return called.ok ? called.value : failure(called.error);
    });
    return server;
  });
  return (request) => handler.fetch(request);
}

const callOf = (params: ExecuteCall, signal: AbortSignal) => (client: Client) =>
  client.request({ method: 'tools/call', params: { ...params } }, { signal, timeout: CALL_MS });

/** `POST …/execute`: `{"tool":"browser","action":"navigate","url":"…"}` is the tool `browser_navigate` with its arguments. */
async function execute(launch: ServerLaunch, ask: Ask, request: Request): Promise<Response> {
  const call = readExecute(await request.text());
  if (!call.ok) return Response.json({ error: call.error }, { status: 400 });
  const refuse = (error: string) => Response.json({ error }, { status: 502 });
  try {
    const called = await ask(launch, callOf(call.value, request.signal));
    return called.ok ? Response.json(called.value) : refuse(called.error);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}
