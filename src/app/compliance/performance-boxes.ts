import type { LoopEvent } from '../../domain/loop/events.ts';
import { plural } from '../health/health-report.ts';
import { judged, notApplicable, type Box, type Judgement } from './box.ts';
import type { AttemptFact, ComplianceFacts } from './compliance-facts.ts';

export const PERFORMANCE_BOXES: readonly Box[] = [
  {
    id: 'DP-155',
    group: 'Performance',
    box: 'Batch database operations',
    how: 'All events of one append go into the index in one transaction.',
    judge: batches,
  },
  {
    id: 'DP-156',
    group: 'Performance',
    box: 'Use connection pooling',
    how: 'Each process keeps one connection to the store and uses it for everything but waits.',
    judge: connections,
  },
  {
    id: 'DP-157',
    group: 'Performance',
    box: 'Implement caching strategies',
    how: 'A checkout is prepared once for a commit, and each evidence run gets a copy.',
    judge: caching,
  },
  {
    id: 'DP-158',
    group: 'Performance',
    box: 'Monitor resource usage',
    how: 'Runners watch output, CPU time and files; time, tokens and cost of each attempt are journaled.',
    judge: usage,
  },
  {
    id: 'DP-159',
    group: 'Performance',
    box: 'Set appropriate resource limits',
    how: 'Runs, agents at a time and time per attempt are bounded from the start; memory only in containers.',
    judge: limits,
  },
];

function batches({ batches: found }: ComplianceFacts): Judgement {
  if (found === null) return notApplicable('The index does not hold this loop (yet).');
  return judged(
    found.transactions < found.events,
    `${plural(found.events, 'event')} in ${plural(found.transactions, 'transaction')} of the index.`,
  );
}

function connections({ store, attempts, held }: ComplianceFacts): Judgement {
  if (store.kind !== 'answers' || store.clients === null) return notApplicable('The store does not run now.');
  const runners = attempts.filter(({ look }) => look?.runner?.alive === true).length;
  const users = runners + (held ? 1 : 0);
  // Agents may have connections of their own, and this look is one.
  return judged(
    store.clients <= 2 * users + 2,
    `${plural(store.clients, 'connection')} to the store, this look included, for ${plural(users, 'process', 'processes')} of this loop.`,
  );
}

function caching({ events }: ComplianceFacts): Judgement {
  const facts = events.flatMap((event: LoopEvent) => ('facts' in event ? event.facts : []));
  const commits = new Set(facts.map((fact) => fact.commit)).size;
  if (facts.length <= commits) return notApplicable('No prepared checkout was needed twice.');
  return judged(
    true,
    `${plural(facts.length, 'evidence run')} used ${plural(commits, 'prepared checkout')}.`,
  );
}

function usage({ attempts }: ComplianceFacts): Judgement {
  const ended = attempts.filter(({ exit }) => exit !== null);
  if (ended.length === 0) return notApplicable('No agent has ended yet.');
  const timed = ended.filter(({ endedAt, startedAt }) => endedAt !== null && endedAt >= startedAt).length;
  const withTokens = ended.filter(({ exit }) => exit?.usage != null).length;
  const withCost = ended.filter(({ exit }) => exit?.costUsd != null).length;
  return judged(
    timed === ended.length,
    `${timed} of ${plural(ended.length, 'attempt')} have start and end, ${withTokens} tokens, ${withCost} a cost (not every CLI tells).`,
  );
}

function limits({ state, attempts }: ComplianceFacts): Judgement {
  const { maxAgentRuns, maxParallelAgents, budgetUsd } = state.config;
  const allowed = maxAgentRuns * (1 + state.extensions);
  const peak = mostAtOnce(attempts);
  const budget = budgetUsd === null ? 'no budget' : `a budget of $${budgetUsd}`;
  return judged(
    state.agentRuns <= allowed && peak <= maxParallelAgents,
    `${state.agentRuns} of ${allowed} agent runs, at most ${peak} of ${maxParallelAgents} at a time, ${budget}.`,
  );
}

/** Ends come before starts of the same moment: a place is given on when it is free. */
function mostAtOnce(attempts: readonly AttemptFact[]): number {
  const changes = attempts.flatMap(({ startedAt, endedAt }) => [
    { at: startedAt, by: 1 },
    ...(endedAt === null ? [] : [{ at: endedAt, by: -1 }]),
  ]);
  let now = 0;
  let most = 0;
  for (const change of changes.toSorted((left, right) => left.at - right.at || left.by - right.by)) {
    now += change.by;
    most = Math.max(most, now);
  }
  return most;
}
