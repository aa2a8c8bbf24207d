import type { AgentExit, EventOf, LoopEvent } from '../../domain/loop/events.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { Completion } from '../../ports/coordination.ts';
import { keys, TTL_SECONDS, type CoordinationKey } from '../../protocol/keys.ts';

/** What stands in for a vote or a decision that never came. */
const NO_CONFIDENCE = '0.0';
const NO_DECISION = 'ABORT';

export interface KeyWrite {
  readonly kind: 'put' | 'push';
  readonly key: string;
  readonly value: string;
  readonly ttlSeconds: number;
}

const write = (kind: KeyWrite['kind'], key: CoordinationKey, value: string): KeyWrite => ({
  kind,
  key: key.name,
  value,
  ttlSeconds: key.ttl === 'lock' ? TTL_SECONDS.coordination : TTL_SECONDS[key.ttl],
});

/** The seeds' keys that follow from an event. Every path writes its keys, with safe defaults where a vote is missing. */
export function keyWrites(event: LoopEvent, config: LoopConfig): readonly KeyWrite[] {
  return [write('push', keys.events(config.taskId), eventEntry(event)), ...consequences(event, config)];
}

/** What stands for an event in the list of a loop's events. */
export const eventEntry = ({ type, iteration, at, correlation }: LoopEvent): string =>
  JSON.stringify({ type, iteration, at, correlation });

function consequences(event: LoopEvent, config: LoopConfig): readonly KeyWrite[] {
  const { taskId } = config;
  switch (event.type) {
    case 'LoopStarted':
      return contextWrites(config);
    case 'IterationStarted':
      return [
        write(
          'put',
          keys.phaseContext(taskId),
          JSON.stringify({ iteration: event.number, start: event.start, feedback: event.feedback }),
        ),
      ];
    case 'AgentExited':
      // A seeded fault was reviewed: nobody may take that for a vote.
      return event.exit.probe ? [] : exitWrites(taskId, event.exit);
    case 'GateChecked':
      return event.passed ? [write('push', keys.validateStart(taskId), String(event.iteration))] : [];
    case 'DecisionMade':
      return [
        write('push', keys.decision(taskId), event.decision),
        write('push', keys.coordDecision(taskId), event.decision),
      ];
    case 'LoopFinished':
      return lastWords(taskId, event);
    default:
      return [];
  }
}

/** Complete before the first agent starts, so that an agent never finds half of it. */
function contextWrites(config: LoopConfig): readonly KeyWrite[] {
  const { taskId, description, requirements, acceptance, deliverables, priority, mode } = config;
  const metadata = {
    taskId,
    mode,
    priority,
    baseCommit: config.baseCommit,
    maxIterations: config.maxIterations,
  };
  return [
    write('put', keys.epicContext(taskId), JSON.stringify({ taskId, description, requirements, priority })),
    write(
      'put',
      keys.successCriteria(taskId),
      JSON.stringify({
        acceptance,
        evidence: config.evidence,
        gate: config.gateThreshold,
        consensus: config.consensusThreshold,
      }),
    ),
    write('put', keys.context(taskId, 'deliverables'), JSON.stringify(deliverables)),
    write('put', keys.context(taskId, 'metadata'), JSON.stringify(metadata)),
  ];
}

/** What the store announces once for each iteration and agent, however often it is told. */
export function completionOf(event: LoopEvent): Completion | null {
  if (event.type !== 'AgentExited' || event.exit.probe) return null;
  const { agentId, ending } = event.exit;
  const result = ending === 'completed' ? 'success' : ending;
  return {
    taskId: event.taskId,
    iteration: event.iteration,
    agentId,
    result,
    ttlSeconds: TTL_SECONDS.coordination,
  };
}

function exitWrites(taskId: string, exit: AgentExit): readonly KeyWrite[] {
  const record = {
    agentId: exit.agentId,
    attempt: exit.attempt,
    ending: exit.ending,
    defaulted: exit.result === null,
    result: exit.result,
  };
  const writes = [write('push', keys.agentResult(taskId, exit.agentId), JSON.stringify(record))];
  const confidence = write('push', keys.confidence(taskId, exit.agentId), voteText(exit));
  if (exit.role !== 'implementer') return [...writes, confidence];
  return [...writes, confidence, write('push', keys.implementDone(taskId), exit.agentId)];
}

/** Confidence or score as it counts: 0.0 for everyone without a vote, and for an attempt that did not complete. */
function voteText({ ending, result }: AgentExit): string {
  if (ending !== 'completed') return NO_CONFIDENCE;
  switch (result?.role) {
    case 'implementer':
      return String(result.confidence);
    case 'validator':
      return String(result.score);
    case 'product-owner':
      return result.confidence === undefined ? NO_CONFIDENCE : String(result.confidence);
    default:
      return NO_CONFIDENCE;
  }
}

/** Whoever waits for a decision gets one, also when the loop ended without any. */
function lastWords(taskId: string, { outcome, stopReason }: EventOf<'LoopFinished'>): readonly KeyWrite[] {
  if (outcome === 'PROCEED' || stopReason === 'decided') return [];
  return [
    write('push', keys.decision(taskId), NO_DECISION),
    write('push', keys.coordDecision(taskId), NO_DECISION),
  ];
}
