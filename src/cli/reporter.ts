import type { LoopView } from '../app/projections/loop-view.ts';
import { eventLine, type PublicEvent } from './event-lines.ts';
import type { CliIo } from './io.ts';

/** Shows a loop to whoever runs the command. */
export interface Reporter {
  event(event: PublicEvent): void;
  /** The newest view, several times a second at most. */
  view(view: LoopView): void;
  /** Something that is no event: how to decide, what Ctrl+C does. Never on the JSON stream. */
  note(text: string): void;
  /** Leaves the terminal to a question, until the next event or view. */
  pause(): void;
  close(): void;
}

export function createJsonReporter(io: CliIo): Reporter {
  return {
    event: (event) => io.stdout.write(`${JSON.stringify(event)}\n`),
    view: () => undefined,
    note: (text) => io.stderr.write(`${text}\n`),
    pause: () => undefined,
    close: () => undefined,
  };
}

export function createLineReporter(io: CliIo): Reporter {
  return {
    event: (event) => io.stdout.write(`${eventLine(event)}\n`),
    view: () => undefined,
    note: (text) => io.stderr.write(`${text}\n`),
    pause: () => undefined,
    close: () => undefined,
  };
}

/** JSON where it was asked for, a live table on a terminal, else plain lines. */
export async function createReporter(io: CliIo, options: { readonly json: boolean }): Promise<Reporter> {
  if (options.json) return createJsonReporter(io);
  if (!io.stdout.isTTY || io.env['TERM'] === 'dumb') return createLineReporter(io);
  const { createLiveReporter } = await import('./live-reporter.ts');
  return createLiveReporter(io);
}
