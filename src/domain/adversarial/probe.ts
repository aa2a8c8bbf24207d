import type { EventOf } from '../loop/events.ts';
import type { LoopConfig } from '../loop/config.ts';
import type { Commit, CrewMember } from '../loop/model.ts';
import { completed, settledExit, type IterationRecord, type LoopState, type Slot } from '../loop/state.ts';
import { chanceOf } from './chance.ts';
import { namesFault, type Fault } from './fault.ts';

/** A validator is to review a copy of the integrated work that holds a fault, as if it were the work. */
export interface Probe {
  readonly agentId: string;
  /** The copy; null where no fault could be placed, which counts for nothing. */
  readonly seeded: { readonly commit: Commit; readonly fault: Fault } | null;
  /** `due` until it was reviewed; `void`: it gave no valid review of it, or none could be made. */
  readonly outcome: 'due' | 'found' | 'missed' | 'void';
  /** What it gave the copy; null without a review. */
  readonly score: number | null;
}

/** Scripted agents review nothing, so by default nobody looks whether they do. */
export function defaultRate(
  crew: readonly Pick<CrewMember, 'role' | 'program'>[],
  rateOfMode: number,
): number {
  const validators = crew.filter(({ role }) => role === 'validator');
  const areModels = validators.every(
    ({ program }) => program?.kind === 'preset' && program.preset !== 'demo',
  );
  return areModels ? rateOfMode : 0;
}

/** The same for the same loop, iteration and agent, so that a replay asks the same ones. */
const seedOf = ({ taskId }: LoopConfig, iteration: number, agentId: string): string =>
  `${taskId}/${iteration}/${agentId}`;

export const faultSeed = (config: LoopConfig, iteration: number, agentId: string): string =>
  `fault/${seedOf(config, iteration, agentId)}`;

/** Validators whose review is looked into in the current iteration. */
export function sampled({ config, current }: LoopState): readonly string[] {
  const { adversarialRate: rate = 0 } = config;
  if (!current || current.probes.length > 0) return [];
  return current.validators
    .map(({ agentId }) => agentId)
    .filter((agentId) => chanceOf(`sample/${seedOf(config, current.number, agentId)}`) < rate);
}

export const dueProbe = (record: IterationRecord, agentId: string): Probe | null =>
  record.probes.find((probe) => probe.agentId === agentId && probe.outcome === 'due') ?? null;

/** What the agent's next run is about: the integrated commit, or a copy of it that it is to take for that. */
export const reviewed = (record: IterationRecord, agentId: string): Commit | null =>
  dueProbe(record, agentId)?.seeded?.commit ?? record.integrated?.commit ?? null;

/** Who missed a seeded fault: its vote helps nothing pass in this iteration. */
export const missedIn = (record: IterationRecord): ReadonlySet<string> =>
  new Set(record.probes.filter(({ outcome }) => outcome === 'missed').map(({ agentId }) => agentId));

/** What became of a probe whose run is over; null while all run or are judged. */
export function nextProbe(record: IterationRecord): EventOf<'ProbeJudged'> | null {
  for (const slot of record.validators) {
    const probe = dueProbe(record, slot.agentId);
    const exit = settledExit(slot);
    if (!probe?.seeded || !exit) continue;
    const { fault } = probe.seeded;
    const judged = { type: 'ProbeJudged', agentId: slot.agentId, fault } as const;
    if (!completed(exit) || exit.result?.role !== 'validator') {
      return { ...judged, outcome: 'void', score: null };
    }
    const found = exit.result.findings.some((finding) => namesFault(finding, fault));
    return { ...judged, outcome: found ? 'found' : 'missed', score: exit.result.score };
  }
  return null;
}

/** The copy was reviewed; what is due now is the work itself, after those who wait already, unless a person ended the agent. */
export function afterProbe(slot: Slot, turn: number): Slot {
  const exit = settledExit(slot);
  if (!exit || exit.ending === 'cancelled') return slot;
  return { ...slot, turn, attempt: slot.attempt + 1, failures: 0, state: { kind: 'pending' } };
}
