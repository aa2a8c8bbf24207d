import {
  Client,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client';
import { err, ok, type Result } from '../../../base/result.ts';
import type { ServerLaunch } from '../../../protocol/mcp-servers.ts';
import { createPipeTransport } from './pipe-transport.ts';
import type { StartServer } from './server-start.ts';

/** A program that installs or unpacks something of its own at its first start takes its time. */
const START_MS = 60_000;

export interface ServerConnection {
  readonly client: Client;
  /** Resolves with what became of the server; never for one at an address. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface ConnectRequest {
  readonly launch: ServerLaunch;
  readonly start: StartServer;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The value of a person's variable, for the credential of a server at an address. */
  readonly variable: (name: string) => string | undefined;
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** Starts a server, or goes to it, and agrees with it on the protocol. */
export async function connectServer(request: ConnectRequest): Promise<Result<ServerConnection, string>> {
  const { launch } = request;
  const reached = launch.start.kind === 'address' ? atAddress(request) : await started(request);
  if (!reached.ok) return err(`The MCP server ${launch.id} could not be started: ${reached.error}`);
  const { transport, ended, close } = reached.value;
  const client = new Client({ name: 'cfn-loop', version: '1' }, { capabilities: {} });
  const failure = await Promise.race([
    client.connect(transport, { timeout: START_MS, signal: request.signal }).then(
      () => null,
      (error: unknown) => whyNot(launch, error),
    ),
    ended.then((how) => `it ended (${how})`),
  ]);
  if (failure !== null) {
    await client.close().catch(() => undefined);
    await close();
    return err(`The MCP server ${launch.id} did not answer: ${failure}`);
  }
  return ok({
    client,
    ended,
    async close() {
      await client.close().catch(() => undefined);
      await close();
    },
  });
}

function whyNot({ start }: ServerLaunch, error: unknown): string {
  const isRefused = error instanceof SdkHttpError && (error.status === 401 || error.status === 403);
  if (isRefused && start.kind === 'address') {
    const { tokenVariable } = start;
    return tokenVariable === null
      ? `it wants a credential (${error.status}); name its variable with tokenVariable.`
      : `it refused what ${tokenVariable} holds (${error.status}).`;
  }
  return error instanceof Error ? error.message : String(error);
}

interface Reached {
  readonly transport: Transport;
  readonly ended: Promise<string>;
  readonly close: () => Promise<void>;
}

function atAddress({ launch, variable }: ConnectRequest): Result<Reached, string> {
  if (launch.start.kind !== 'address') return err('it has no address.');
  const { url, tokenVariable } = launch.start;
  const token = tokenVariable === null ? null : variable(tokenVariable);
  if (token === undefined || token === '') return err(`${tokenVariable} is not set.`);
  // The person's own credential: the agent's token stays here.
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return ok({
    transport: new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
    ended: new Promise(() => undefined),
    close: () => Promise.resolve(),
  });
}

async function started({ launch, start, env, cwd }: ConnectRequest): Promise<Result<Reached, string>> {
  const transport = createPipeTransport();
  const server = await start({ launch, env, cwd, onOutput: transport.feed });
  if (!server.ok) return server;
  transport.open(server.value);
  return ok({ transport, ended: server.value.ended, close: server.value.end });
}
