import type { LoopView, RunningCommand } from '../app/projections/loop-view.ts';
import { eventLine, type PublicEvent } from './event-lines.ts';
import { printable, type CliIo } from './io.ts';

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
  const running = createRunningLines((line) => io.stdout.write(`${line}\n`));
  return {
    event: (event) => {
      if (AFTER_RUNS.has(event['type'])) running.show(null);
      io.stdout.write(`${eventLine(event)}\n`);
    },
    view: (view) => running.show(view.running ?? null),
    note: (text) => io.stderr.write(`${text}\n`),
    pause: () => undefined,
    close: () => undefined,
  };
}

/** What is told once the commands have ended; views come a little later than events. */
const AFTER_RUNS = new Set<unknown>(['EvidenceCollected', 'GateChecked', 'LoopFinished']);

/** A line as an evidence command begins, and one with its time as it ends: minutes may lie between. */
function createRunningLines(write: (line: string) => void) {
  let now: RunningCommand | null = null;
  let newest = 0;
  return {
    show(next: RunningCommand | null): void {
      if (next?.since === now?.since) return;
      // An older view may still come after the end was told.
      if (next && next.since <= newest) return;
      if (now) {
        const seconds = Math.max(0, Math.round(((next?.since ?? Date.now()) - now.since) / 1000));
        write(`evidence (${now.run}) ${printable(now.command)}: ${seconds} s`);
      }
      if (next) write(`evidence (${next.run}) ${printable(next.command)} …`);
      newest = next?.since ?? newest;
      now = next;
    },
  };
}

/** JSON where it was asked for, a live table on a terminal, else plain lines. */
export async function createReporter(io: CliIo, options: { readonly json: boolean }): Promise<Reporter> {
  if (options.json) return createJsonReporter(io);
  if (!io.stdout.isTTY || io.env['TERM'] === 'dumb') return createLineReporter(io);
  const { createLiveReporter } = await import('./live-reporter.ts');
  return createLiveReporter(io);
}
