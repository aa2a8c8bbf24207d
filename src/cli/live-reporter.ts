import { createLogUpdate } from 'log-update';
import type { LoopView } from '../app/projections/loop-view.ts';
import { eventLine } from './event-lines.ts';
import type { CliIo } from './io.ts';
import { agentRows, headLine, table } from './loop-table.ts';
import type { Reporter } from './reporter.ts';

/** Too frequent to scroll by: the table below shows them. */
const IN_TABLE = new Set(['AgentStarted', 'TransferPoint']);

/** Events scroll by; below them stands a table of the crew that is drawn anew each second. */
export function createLiveReporter(io: CliIo): Reporter {
  const update = createLogUpdate(io.stdout, { showCursor: true });
  let newest: LoopView | null = null;
  let paused = false;
  const draw = () => {
    if (newest === null || paused) return;
    const width = (io.stdout.columns ?? 80) - 1;
    update(
      ['', ...table([[headLine(newest)]], width), ...table(agentRows(newest, Date.now()), width)].join('\n'),
    );
  };
  const line = (text: string) => {
    update.clear();
    io.stdout.write(`${text}\n`);
    draw();
  };
  const timer = setInterval(draw, 1000);
  timer.unref();
  return {
    event: (event) => {
      paused = false;
      if (!IN_TABLE.has(String(event['type']))) line(eventLine(event));
    },
    view: (view) => {
      newest = view;
      draw();
    },
    note: line,
    pause: () => {
      paused = true;
      update.clear();
    },
    close: () => {
      clearInterval(timer);
      update.clear();
      update.done();
    },
  };
}
