import { connect, type Socket } from 'node:net';
import { err, ok, type Result } from '../../base/result.ts';
import { createTextLines } from '../../base/text-lines.ts';
import {
  fromWindowSchema,
  LONGEST_MODEL_LINE,
  MODEL_SOCKET,
  MODEL_TOKEN,
  ONLY_INSIDE,
  parseLine,
  type FromWindow,
  type ModelFailureReason,
  type ModelPart,
  type ModelTool,
  type ToWindow,
} from '../../protocol/model-socket.ts';

export interface Failure {
  readonly reason: ModelFailureReason;
  readonly message: string;
}

export type Answered = Extract<FromWindow, { type: 'answered' }>;
export type Piece = Extract<FromWindow, { type: 'text' | 'tool-call' }>;

/** The conversation with a model, through the window that lends it. */
export interface ModelLine {
  readonly name: string;
  readonly maxInputTokens: number;
  ask(
    parts: readonly ModelPart[],
    tools: readonly ModelTool[],
  ): Promise<Result<{ readonly pieces: readonly Piece[]; readonly usage: Answered['usage'] }, Failure>>;
  close(): void;
}

const GONE: Failure = {
  reason: 'closing',
  message: 'The window of VS Code that lent the language model was reloaded or closed.',
};

export async function openModelLine(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<ModelLine, Failure>> {
  const [address, token] = [env[MODEL_SOCKET], env[MODEL_TOKEN]];
  if (!address || !token) return err({ reason: 'closing', message: ONLY_INSIDE });
  const socket = connect(address);
  const inbox = createInbox(socket);
  const say = (message: ToWindow) => socket.write(`${JSON.stringify(message)}\n`);
  say({ type: 'hello', token });
  const first = await inbox.next();
  if (first.type === 'failed') return err(first);
  if (first.type !== 'model') return err({ reason: 'failed', message: 'The window answered out of turn.' });
  const { name, maxInputTokens } = first;
  return ok({
    name,
    maxInputTokens,
    ask: async (parts, tools) => {
      say({ type: 'ask', parts, tools });
      const pieces: Piece[] = [];
      for (;;) {
        const message = await inbox.next();
        if (message.type === 'failed') return err(message);
        if (message.type === 'answered') return ok({ pieces, usage: message.usage });
        if (message.type !== 'model') pieces.push(message);
      }
    },
    close: () => socket.end(),
  });
}

/** What arrives, in order; once nothing more can, that the window is gone. */
function createInbox(socket: Socket): { next(): Promise<FromWindow> } {
  const arrived: FromWindow[] = [];
  let waiting: ((message: FromWindow) => void) | null = null;
  let gone = false;
  const deliver = (message: FromWindow) => {
    if (waiting === null) arrived.push(message);
    else waiting(message);
    waiting = null;
  };
  const end = () => {
    if (gone) return;
    gone = true;
    deliver({ type: 'failed', ...GONE });
  };
  const lines = createTextLines(LONGEST_MODEL_LINE, {
    onLine: (line) => {
      const message = parseLine(fromWindowSchema, line);
      if (message !== undefined) deliver(message);
    },
    onTooLong: () => socket.destroy(),
  });
  socket.setEncoding('utf8');
  socket.on('data', (piece: string) => lines(piece));
  socket.on('error', () => socket.destroy());
  socket.once('end', end);
  socket.once('close', end);
  return {
    next: () => {
      const message = arrived.shift();
      if (message !== undefined) return Promise.resolve(message);
      if (gone) return Promise.resolve({ type: 'failed', ...GONE });
      return new Promise((resolve) => (waiting = resolve));
    },
  };
}
