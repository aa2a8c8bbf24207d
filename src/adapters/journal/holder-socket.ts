import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { err, ok, type Result } from '../../base/result.ts';
import { errorText } from './durable-files.ts';

/** A unix socket's path has to fit into 104 bytes on macOS. */
const LONGEST_SOCKET_PATH = 100;
const LONGEST_LINE = 4_000_000;

const requestSchema = z.object({ token: z.string(), command: z.unknown() });
const replySchema = z.union([z.object({ answer: z.unknown() }), z.object({ error: z.string() })]);

export interface HolderSocket {
  readonly address: string;
  /** Whoever knows it may command the holder. It is kept in a folder that only the user may enter. */
  readonly token: string;
  close(): Promise<void>;
}

/** Listens on a unix socket or a named pipe for one JSON line per connection and answers with one. */
export async function serveHolder(answer: (command: unknown) => Promise<unknown>): Promise<HolderSocket> {
  const token = randomBytes(16).toString('hex');
  const address = newAddress();
  const idle = new Set<Socket>();
  const server = createServer((socket) => {
    idle.add(socket);
    socket.once('close', () => idle.delete(socket));
    socket.on('error', () => socket.destroy());
    void readLine(socket).then(async (line) => {
      idle.delete(socket);
      const command = authenticate(line, token);
      if (!command) return socket.destroy();
      const reply = await answer(command.value).then(
        (value) => ({ answer: value ?? null }),
        (error: unknown) => ({ error: errorText(error) }),
      );
      return socket.end(`${JSON.stringify(reply)}\n`);
    });
  });
  server.listen(address);
  await once(server, 'listening');
  // A holder must not keep its process alive, nor end it by a failing connection.
  server.unref();
  server.on('error', () => undefined);
  return {
    address,
    token,
    close: async () => {
      // Commands under way still get their answers; one of them may be what ends the holder.
      server.close();
      for (const socket of idle) socket.destroy();
      await removeSocket(address);
    },
  };
}

/** `refused`: the holder could not make an answer of this command. */
export type ForwardFailure = 'unreachable' | 'silent' | 'refused';

/** Sends one command and waits for its answer, at most `deadlineMs`. */
export async function askHolder(
  target: { readonly address: string; readonly token: string },
  command: unknown,
  deadlineMs: number,
): Promise<Result<unknown, ForwardFailure>> {
  if (target.address === '') return err('unreachable');
  const socket = connect(target.address);
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  if (!connected) return err('unreachable');
  socket.on('error', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), deadlineMs);
  try {
    socket.write(`${JSON.stringify({ token: target.token, command })}\n`);
    const reply = replySchema.safeParse(parseJson(await readLine(socket)));
    if (!reply.success) return err('silent');
    return 'error' in reply.data ? err('refused') : ok(reply.data.answer);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

export async function removeSocket(address: string): Promise<void> {
  if (address !== '' && !address.startsWith('\\\\'))
    await rm(address, { force: true }).catch(() => undefined);
}

export function newAddress(platform: NodeJS.Platform = process.platform, folder: string = tmpdir()): string {
  const name = `cfn-${randomBytes(8).toString('hex')}`;
  if (platform === 'win32') return `\\\\.\\pipe\\${name}`;
  const path = join(folder, `${name}.sock`);
  return Buffer.byteLength(path) <= LONGEST_SOCKET_PATH ? path : join('/tmp', `${name}.sock`);
}

function authenticate(line: string, token: string): { readonly value: unknown } | null {
  const request = requestSchema.safeParse(parseJson(line));
  if (!request.success) return null;
  const given = Buffer.from(request.data.token);
  const expected = Buffer.from(token);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  return { value: request.data.command };
}

/** The first line that arrives, '' when the connection ends before. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    socket.on('data', (chunk: Buffer) => {
      const end = chunk.indexOf(10);
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      length += chunk.length;
      if (end >= 0) resolve(Buffer.concat(chunks).toString());
      else if (length > LONGEST_LINE) socket.destroy();
    });
    socket.once('close', () => resolve(''));
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
