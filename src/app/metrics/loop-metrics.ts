import type { LoopConfig } from '../../domain/loop/config.ts';
import { attemptKeyOf } from '../attempt-key.ts';
import type { LoopEvent } from '../../domain/loop/events.ts';
import { presetOf, type Role, type WaitReason } from '../../domain/loop/model.ts';
import { Counts, Observations, type MetricFamily } from './families.ts';

/** The seeds' name. */
export const LOOP_DURATION = 'cfn_loop_duration_seconds';

const LOOP_SECONDS = [10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800];
const ATTEMPT_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200];
const WAIT_SECONDS = [1, 10, 60, 300, 900, 3600, 14_400, 86_400];
const ITERATIONS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const SCORES = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1];

/**
 * What the journals say in numbers, so that a restart loses nothing. Labels are closed lists (mode, outcome, role,
 * preset, ending …): a task's id is none of them, or the number of series would grow for ever.
 */
export function loopMetrics(loops: readonly (readonly LoopEvent[])[]): readonly MetricFamily[] {
  const tally = new Tally();
  for (const events of loops) tallyLoop(tally, events);
  return tally.families();
}

class Tally {
  readonly durations = new Observations();
  readonly loops = new Counts();
  readonly unfinished = new Counts();
  readonly iterations = new Observations();
  readonly attempts = new Counts();
  readonly attemptSeconds = new Observations();
  readonly tokens = new Counts();
  readonly cost = new Counts();
  readonly costUnknown = new Counts();
  readonly gates = new Counts();
  readonly consensus = new Counts();
  readonly scores = new Observations();
  readonly decisions = new Counts();
  readonly waits = new Counts();
  readonly waitSeconds = new Observations();
  readonly transferPoints = new Counts();
  readonly journal = new Counts();

  families(): readonly MetricFamily[] {
    const counter = (name: string, help: string, counts: Counts) =>
      counts.family({ type: 'counter', name, help });
    const histogram = (name: string, help: string, values: Observations, buckets: readonly number[]) =>
      values.family({ name, help, buckets });
    return [
      histogram(
        LOOP_DURATION,
        'From start to end of finished loops, waits included.',
        this.durations,
        LOOP_SECONDS,
      ),
      counter('cfn_loops_total', 'Finished loops by mode and outcome.', this.loops),
      this.unfinished.family({
        type: 'gauge',
        name: 'cfn_loops_unfinished',
        help: 'Loops that have not ended, by what they do.',
      }),
      histogram('cfn_loop_iterations', 'Iterations of finished loops.', this.iterations, ITERATIONS),
      counter('cfn_agent_attempts_total', 'Ended attempts by preset, role and ending.', this.attempts),
      histogram(
        'cfn_agent_attempt_seconds',
        'From start to end of an attempt.',
        this.attemptSeconds,
        ATTEMPT_SECONDS,
      ),
      counter(
        'cfn_agent_tokens_total',
        'Tokens that agent CLIs reported; input includes cached input.',
        this.tokens,
      ),
      counter('cfn_agent_cost_usd_total', 'US dollars that agent CLIs reported.', this.cost),
      counter('cfn_agent_cost_unknown_total', 'Attempts whose CLI reported no cost.', this.costUnknown),
      counter('cfn_gate_checks_total', 'Gate checks by mode and result.', this.gates),
      counter('cfn_consensus_checks_total', 'Consensus checks by mode and result.', this.consensus),
      histogram('cfn_consensus_score', 'Mean score of the validators that voted.', this.scores, SCORES),
      counter(
        'cfn_decisions_total',
        'Decisions, and whether an agent or a person made them.',
        this.decisions,
      ),
      counter('cfn_waits_total', 'How often loops waited for a person, and for what.', this.waits),
      histogram('cfn_wait_seconds', 'How long loops waited for a person.', this.waitSeconds, WAIT_SECONDS),
      counter(
        'cfn_transfer_points_total',
        'Hand-overs by point, and whether the hash held.',
        this.transferPoints,
      ),
      counter('cfn_journal_events_total', 'Events in the journals by type.', this.journal),
    ];
  }
}

/** What has to be remembered from one event of a loop to the next. */
interface Walk {
  readonly config: LoopConfig;
  readonly startedAt: number;
  readonly starts: Map<string, number>;
  waiting: { readonly for: WaitReason; readonly since: number } | null;
  paused: boolean;
  finished: boolean;
}

function tallyLoop(tally: Tally, events: readonly LoopEvent[]): void {
  const [first] = events;
  if (first?.type !== 'LoopStarted') return;
  const walk: Walk = {
    config: first.config,
    startedAt: first.at,
    starts: new Map(),
    waiting: null,
    paused: false,
    finished: false,
  };
  for (const event of events) {
    tally.journal.add({ type: event.type });
    endWait(tally, walk, event);
    tallyEvent(tally, walk, event);
  }
  if (!walk.finished) {
    tally.unfinished.add({ state: walk.waiting ? 'waiting' : walk.paused ? 'paused' : 'running' });
  }
}

/** These are what takes a loop out of its wait. */
const ENDS_WAIT: ReadonlySet<LoopEvent['type']> = new Set([
  'WaitEnded',
  'DecisionMade',
  'IterationStarted',
  'LoopEnding',
]);

function endWait(tally: Tally, walk: Walk, event: LoopEvent): void {
  if (walk.waiting === null || !ENDS_WAIT.has(event.type)) return;
  tally.waitSeconds.add({ for: walk.waiting.for }, seconds(walk.waiting.since, event.at));
  walk.waiting = null;
}

function tallyEvent(tally: Tally, walk: Walk, event: LoopEvent): void {
  const { mode } = walk.config;
  switch (event.type) {
    case 'AgentStarted':
      walk.starts.set(attemptKeyOf(event), event.at);
      return;
    case 'AgentExited':
      return tallyExit(tally, walk, event);
    case 'GateChecked':
      return tally.gates.add({ mode, result: event.passed ? 'passed' : 'failed' });
    case 'ConsensusChecked':
      tally.consensus.add({
        mode,
        result: event.score === null ? 'no_quorum' : event.passed ? 'passed' : 'failed',
      });
      if (event.score !== null) tally.scores.add({ mode }, event.score);
      return;
    case 'DecisionMade':
      return tally.decisions.add({
        decision: event.decision,
        by: event.by === 'person' ? 'person' : 'agent',
        defaulted: String(event.defaulted),
      });
    case 'TransferPointWritten':
      return tally.transferPoints.add({ point: String(event.point), verified: String(event.verified) });
    case 'LoopWaiting':
      walk.waiting = { for: event.for, since: event.at };
      return tally.waits.add({ for: event.for });
    case 'QuestionAsked':
      return tally.waits.add({ for: 'question' });
    case 'LoopPaused':
      walk.paused = true;
      return;
    case 'LoopResumed':
      walk.paused = false;
      return;
    case 'LoopFinished': {
      walk.finished = true;
      const labels = { mode, outcome: event.outcome };
      tally.loops.add(labels);
      tally.durations.add(labels, seconds(walk.startedAt, event.at));
      return tally.iterations.add(labels, event.iterations);
    }
    default:
  }
}

function tallyExit(tally: Tally, walk: Walk, event: LoopEvent & { type: 'AgentExited' }): void {
  const { exit, at } = event;
  const who = { preset: presetLabel(walk.config, exit.agentId), role: exit.role satisfies Role };
  tally.attempts.add({ ...who, ending: exit.ending });
  const startedAt = walk.starts.get(attemptKeyOf(event));
  if (startedAt !== undefined) tally.attemptSeconds.add(who, seconds(startedAt, at));
  const { preset } = who;
  if (exit.usage) {
    tally.tokens.add({ preset, kind: 'input' }, exit.usage.input);
    tally.tokens.add({ preset, kind: 'cached_input' }, exit.usage.cachedInput);
    tally.tokens.add({ preset, kind: 'output' }, exit.usage.output);
  }
  if (exit.costUsd === null) tally.costUnknown.add({ preset });
  else tally.cost.add({ preset }, exit.costUsd);
}

function presetLabel(config: LoopConfig, agentId: string): string {
  const member = config.crew.find((one) => one.id === agentId);
  return member ? presetOf(member.program) : 'unknown';
}

const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000;
