import type { Readable, Writable } from 'node:stream';
import { markUnseen } from '../base/unseen.ts';

export interface CliOutput extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The process as a verb sees it, so that verbs can be tested without one. */
export interface CliIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: CliOutput;
  readonly stderr: CliOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
}

export const EXIT = {
  proceed: 0,
  abort: 1,
  usage: 2,
  exhausted: 3,
  budget: 4,
  waiting: 5,
  internal: 70,
  cancelled: 130,
} as const;

/** The signals that let go of a loop: the command ends by them, as any program would. */
export type DetachSignal = 'SIGTERM' | 'SIGHUP';

/** How a verb ends: with an exit code, or by the signal that it was sent. */
export type Exit = number | DetachSignal;

/** Wrong usage or input: one sentence on standard error, nothing else was done. */
export function refuse(io: Pick<CliIo, 'stderr'>, sentence: string): number {
  io.stderr.write(`${sentence}\n`);
  return EXIT.usage;
}

/** Text that agents wrote, made harmless for a terminal. Line ends and tabs become blanks. */
export function printable(text: string): string {
  return markUnseen(text.replaceAll(/[\t\r\n]+/g, ' '), () => '\uFFFD');
}
