/** Which changes of loops are events. */
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Loops } from '../loops.ts';
import type { Telemetry } from './telemetry.ts';

interface Seen {
  readonly outcome: LoopView['outcome'];
  readonly waiting: string | null;
}

/** Loops that were there when the window opened their repository are not told of until they change. */
export function watchLoops(
  loops: Pick<Loops, 'views' | 'state' | 'onChange'>,
  { send }: Pick<Telemetry, 'send'>,
): { dispose(): void } {
  const seen = new Map<string, Seen>();
  let opened = false;
  const look = () => {
    if (loops.state !== 'ready') {
      opened = false;
      return;
    }
    for (const view of loops.views()) {
      const before = seen.get(view.taskId);
      const now = { outcome: view.outcome, waiting: view.waiting?.for ?? null };
      seen.set(view.taskId, now);
      if (opened) tell(view, before ?? null);
    }
    opened = true;
  };

  function tell(view: LoopView, before: Seen | null): void {
    const { mode, strategy, iteration, outcome, waiting } = view;
    if (before === null) {
      const of = (role: string) => view.agents.filter((agent) => agent.role === role).length;
      send('loopStarted', { mode, strategy, implementers: of('implementer'), validators: of('validator') });
    }
    if (waiting && waiting.for !== before?.waiting) send('loopWaited', { reason: waiting.for, iteration });
    if (outcome && !before?.outcome) {
      const minutes = Math.round(((view.endedAt ?? view.startedAt) - view.startedAt) / 60_000);
      send('loopEnded', { outcome, iterations: iteration, minutes: Math.max(0, minutes) });
    }
  }

  look();
  return loops.onChange(look);
}
