import type { LoopEvent } from '../../domain/loop/events.ts';
import type { Role } from '../../domain/loop/model.ts';
import { plural } from '../health/health-report.ts';
import { judged, notApplicable, type Box, type Judgement } from './box.ts';
import type { ComplianceFacts } from './compliance-facts.ts';

export const COORDINATION_BOXES: readonly Box[] = [
  {
    id: 'DP-145',
    group: 'Coordination',
    box: 'Use correlation keys for tracing',
    how: 'Each event carries operation:iter-N:epoch-ms, which stands in journal, log and index.',
    judge: correlation,
  },
  {
    id: 'DP-146',
    group: 'Coordination',
    box: 'Create coordination keys before waiting',
    how: 'The hand-over of a step is written and read back before the first agent of the step starts.',
    judge: keysFirst,
  },
  {
    id: 'DP-147',
    group: 'Coordination',
    box: 'Implement proper cleanup traps',
    how: 'A guard beside each runner ends what a killed one leaves; the ledger names what is still there.',
    judge: cleanUp,
  },
  {
    id: 'DP-148',
    group: 'Coordination',
    box: 'Log at every coordination step',
    how: 'Each step is an event: on disk in the journal before anything follows from it, and a line in the log.',
    judge: logged,
  },
  {
    id: 'DP-149',
    group: 'Coordination',
    box: 'Use appropriate patterns (chain, broadcast, consensus)',
    how: 'Hand-overs are a chain, a step is given to all of a role at once, validators make a consensus.',
    judge: patterns,
  },
];

const CORRELATION = /^[a-z0-9-]+:iter-\d+:\d+$/;

function correlation({ events }: ComplianceFacts): Judgement {
  const right = events.filter((event) => CORRELATION.test(event.correlation)).length;
  return judged(
    right === events.length,
    `${right} of ${plural(events.length, 'event')} carry a correlation key.`,
  );
}

/** Where the first event of an iteration stands that `is` what is looked for; -1 when there is none. */
const placeOf = (events: readonly LoopEvent[], iteration: number, is: (event: LoopEvent) => boolean) =>
  events.findIndex((event) => event.iteration === iteration && is(event));

const iterationsOf = (events: readonly LoopEvent[]): readonly number[] =>
  events.flatMap((event) => (event.type === 'IterationStarted' ? [event.number] : []));

function keysFirst({ events }: ComplianceFacts): Judgement {
  const steps = iterationsOf(events).flatMap((iteration) =>
    (
      [
        [1, 'implementer'],
        [6, 'validator'],
      ] as const
    ).flatMap(([point, role]: readonly [number, Role]) => {
      const started = placeOf(
        events,
        iteration,
        (event) => event.type === 'AgentStarted' && event.role === role,
      );
      if (started < 0) return [];
      const written = placeOf(
        events,
        iteration,
        (event) => event.type === 'TransferPointWritten' && event.point === point && event.verified,
      );
      return [written >= 0 && written < started];
    }),
  );
  if (steps.length === 0) return notApplicable('No agent has been waited for yet.');
  const right = steps.filter(Boolean).length;
  return judged(
    right === steps.length,
    `In ${right} of ${plural(steps.length, 'step')} the verified hand-over stands in the journal before the first agent.`,
  );
}

function cleanUp({ state, ledger, attempts }: ComplianceFacts): Judgement {
  if (state.phase.kind !== 'finished') return notApplicable('The loop has not ended.');
  const checkouts = ledger.filter((entry) => entry.kind === 'checkout').length;
  const alive = attempts.filter(
    ({ look }) => look?.agent?.alive === true || look?.runner?.alive === true,
  ).length;
  return judged(
    checkouts === 0 && alive === 0,
    `After the end: ${plural(checkouts, 'throw-away checkout')} left, ${plural(alive, 'process', 'processes')} alive; ${plural(ledger.length, 'entry', 'entries')} of the ledger name what is kept on purpose.`,
  );
}

/** Hand-overs of every iteration that came to its gate. */
const POINTS_TO_GATE = [1, 2, 3, 4, 5];

function logged({ events, logLines }: ComplianceFacts): Judgement {
  const inOrder = events.every((event, index) => index === 0 || event.at >= (events[index - 1]?.at ?? 0));
  const judgedAt = events.flatMap((event) => (event.type === 'GateChecked' ? [event.iteration] : []));
  const whole = judgedAt.filter((iteration) =>
    POINTS_TO_GATE.every((point) =>
      events.some(
        (event) =>
          event.type === 'TransferPointWritten' && event.iteration === iteration && event.point === point,
      ),
    ),
  );
  const started = events.filter((event) => event.type === 'AgentStarted').length;
  const ended = events.filter((event) => event.type === 'AgentExited').length;
  return judged(
    events.length > 0 && inOrder && whole.length === judgedAt.length && ended <= started,
    `${plural(events.length, 'event')} in the journal, ${inOrder ? '' : 'not '}in the order of their time: ${plural(started, 'start')} and ${plural(ended, 'end')} of agents, all hand-overs of ${whole.length} of ${plural(judgedAt.length, 'gated iteration')}. The kept log files hold ${plural(logLines, 'line')} of this loop.`,
  );
}

function patterns({ events }: ComplianceFacts): Judgement {
  const chains = iterationsOf(events).map((iteration) =>
    events.flatMap((event) =>
      event.type === 'TransferPointWritten' && event.iteration === iteration && event.part !== 'review'
        ? [event.point]
        : [],
    ),
  );
  const ordered = chains.filter((points) =>
    points.every((point, at) => at === 0 || point >= (points[at - 1] ?? 0)),
  );
  const checks = events.flatMap((event) => (event.type === 'ConsensusChecked' ? [event] : []));
  const means = checks.filter(({ score, votes }) => {
    const scores = votes.flatMap((vote) => vote.score ?? []);
    if (score === null || scores.length === 0) return score === null;
    return Math.abs(scores.reduce((sum, one) => sum + one, 0) / scores.length - score) < 1e-6;
  });
  return judged(
    ordered.length === chains.length && means.length === checks.length,
    `Chain: hand-overs in order in ${ordered.length} of ${plural(chains.length, 'iteration')}. Consensus: the score is the mean of the votes in ${means.length} of ${plural(checks.length, 'check')}. Broadcast: each role got one hand-over.`,
  );
}
