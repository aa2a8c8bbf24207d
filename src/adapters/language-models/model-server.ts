import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTextLines } from '../../base/text-lines.ts';
import type { LanguageModels, ModelConversation, ModelServer } from '../../ports/language-models.ts';
import {
  LONGEST_MODEL_LINE,
  MODEL_SOCKET,
  MODEL_TOKEN,
  parseLine,
  toWindowSchema,
  type FromWindow,
  type ToWindow,
} from '../../protocol/model-socket.ts';

/** A unix socket's path has to fit into 104 bytes on macOS. */
const LONGEST_SOCKET_PATH = 100;
const HELLO_MS = 10_000;
/** Attempts that were admitted and never came; the oldest go first. */
const MOST_ADMITTED = 256;

interface Listening {
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Lends models to agents in other processes by a socket that only this user may reach. A token opens one conversation, with
 * the model that it was given out for; a conversation ends with its connection.
 */
export function createModelServer(models: LanguageModels): ModelServer {
  const admitted = new Map<string, string | null>();
  const sockets = new Set<Socket>();
  let listening: Promise<Listening> | null = null;
  let disposed = false;

  /** Each token opens once. */
  const take = (token: string): { readonly model: string | null } | null => {
    const model = admitted.get(token);
    return admitted.delete(token) ? { model: model ?? null } : null;
  };
  const onSocket = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, { take, models });
  };

  return {
    admit: async (model) => {
      if (disposed) return {};
      listening ??= listen(onSocket);
      const { address } = await listening;
      const token = randomBytes(32).toString('hex');
      admitted.set(token, model);
      const [oldest] = admitted.keys();
      if (admitted.size > MOST_ADMITTED && oldest !== undefined) admitted.delete(oldest);
      return { [MODEL_SOCKET]: address, [MODEL_TOKEN]: token };
    },
    dispose: async () => {
      disposed = true;
      admitted.clear();
      const open = await listening?.catch(() => null);
      for (const socket of sockets) socket.destroy();
      await open?.close();
    },
  };
}

async function listen(onSocket: (socket: Socket) => void): Promise<Listening> {
  const { folder, address } = await newAddress();
  const server: Server = createServer(onSocket);
  server.listen(address);
  await once(server, 'listening');
  // It must not keep its process alive, nor end it by a failing connection.
  server.unref();
  server.on('error', () => undefined);
  return {
    address,
    close: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (folder !== null) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In a folder that nobody else may enter; pipes of Windows have none, and are reached by token alone. */
async function newAddress(): Promise<{ readonly folder: string | null; readonly address: string }> {
  if (process.platform === 'win32') {
    return { folder: null, address: `\\\\.\\pipe\\cfn-models-${randomBytes(16).toString('hex')}` };
  }
  const base = Buffer.byteLength(tmpdir()) <= LONGEST_SOCKET_PATH - 32 ? tmpdir() : '/tmp';
  await removeAbandoned(base);
  const folder = await mkdtemp(join(base, `cfn-models-${process.pid}-`));
  return { folder, address: join(folder, 's') };
}

/** What a process left that was killed. One whose number lives on as another process stays for the next time. */
async function removeAbandoned(base: string): Promise<void> {
  for (const name of await readdir(base).catch(() => [])) {
    const pid = Number(/^cfn-models-(\d+)-/.exec(name)?.[1] ?? 0);
    if (pid === 0 || isThere(pid)) continue;
    // Of another user's process it cannot be removed, and is no matter of ours.
    await rm(join(base, name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

interface Serving {
  readonly take: (token: string) => { readonly model: string | null } | null;
  readonly models: LanguageModels;
}

/** One conversation, from its hello to the end of the connection. */
function serve(socket: Socket, { take, models }: Serving): void {
  const gone = new AbortController();
  const greeting = setTimeout(() => socket.destroy(), HELLO_MS);
  let conversation: ModelConversation | null = null;
  let busy = Promise.resolve();
  const tell = (message: FromWindow) => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
  };
  const hello = async (token: string) => {
    clearTimeout(greeting);
    const admission = take(token);
    if (admission === null) return void socket.destroy();
    const opened = await models.open(admission.model);
    if (!opened.ok) return tell({ type: 'failed', ...opened.error });
    conversation = opened.value;
    tell({ type: 'model', name: conversation.model.name, maxInputTokens: conversation.model.maxInputTokens });
  };
  const ask = async ({ parts, tools }: Extract<ToWindow, { type: 'ask' }>) => {
    if (conversation === null) return void socket.destroy();
    const answered = await conversation.ask({
      parts,
      tools,
      signal: gone.signal,
      onPiece: ({ kind, ...piece }) => tell({ type: kind, ...piece } as FromWindow),
    });
    tell(answered.ok ? { type: 'answered', usage: answered.value } : { type: 'failed', ...answered.error });
  };
  const lines = createTextLines(LONGEST_MODEL_LINE, {
    onLine: (line) => {
      const message = parseLine(toWindowSchema, line);
      if (message === undefined) return void socket.destroy();
      busy = busy
        .then(() => (message.type === 'hello' ? hello(message.token) : ask(message)))
        .catch((error: unknown) => {
          tell({
            type: 'failed',
            reason: 'failed',
            message: error instanceof Error ? error.message : String(error),
          });
        });
    },
    onTooLong: () => socket.destroy(),
  });
  socket.setEncoding('utf8');
  socket.on('data', (piece: string) => lines(piece));
  socket.on('error', () => socket.destroy());
  socket.once('end', () => gone.abort());
  socket.once('close', () => {
    clearTimeout(greeting);
    gone.abort();
  });
}
