import { voteOf } from '../consensus.ts';
import type { LoopEvent } from '../loop/events.ts';
import { evolve } from '../loop/evolve.ts';
import { modelOf, presetOf, type AgentProgram, type Decision } from '../loop/model.ts';
import {
  completed,
  iterations,
  settledExit,
  type IterationRecord,
  type LoopState,
  type Slot,
} from '../loop/state.ts';
import { provenIn } from '../proofs.ts';
import { markedReviews } from '../review-marks.ts';
import { threadsOf, type Thread } from '../review/thread.ts';
import type { Claimant, Prediction } from './calibration.ts';
import type { PersonVerdict } from './person-verdict.ts';

/** Everything that is known of one iteration's work when its claims are judged. */
interface Known {
  readonly state: LoopState;
  readonly record: IterationRecord;
  /** What a person said of this work, last. */
  readonly person: PersonVerdict;
  /** Something that no agent's opinion can talk away is wrong with it. */
  readonly faulty: boolean;
  /** Critical findings that a person dismissed. */
  readonly dismissed: readonly Thread[];
}

/**
 * What each agent of a loop claimed, with what became of it: facts first, then what a person decided. What other agents
 * think of a piece of work makes no claim wrong; it only leaves open whether it held. The absence of a vote is no claim.
 *
 * @param home what a person made of the loop's result
 */
export function predictionsOf(events: Iterable<LoopEvent>, home: PersonVerdict): readonly Prediction[] {
  let state: LoopState | null = null;
  const programs = new Map<string, AgentProgram | null>();
  for (const event of events) {
    state = evolve(state, event);
    if (event.type !== 'AgentStarted') continue;
    const { config } = state;
    const member = config.crew.find(({ id }) => id === event.agentId);
    programs.set(`${event.iteration}/${event.agentId}`, member?.program ?? null);
  }
  if (!state) return [];
  const loop = state;
  const threads = threadsOf(loop);
  return iterations(loop).flatMap((record, at, all) => {
    const marked = markedIn(loop, record, all.slice(0, at));
    const known = knownOf(loop, record, { threads, home });
    const said: readonly (Said & { readonly slot: Slot; readonly marked?: true })[] = [
      ...record.implementers.map((slot) => ({ slot, ...ofImplementer(known, slot) })),
      ...record.validators.map((slot) => ({
        slot,
        ...ofValidator(known, slot),
        ...(marked.has(slot.agentId) ? { marked: true as const } : {}),
      })),
      ...record.owners.map((slot) => ({ slot, ...ofOwner(known, slot) })),
      ...ofProbes(record),
    ];
    return said.flatMap(({ slot: { agentId, role }, claimed, held, ...mark }) => {
      if (claimed === null) return [];
      const program = programs.get(`${record.number}/${agentId}`) ?? null;
      const who: Claimant = { preset: presetOf(program), model: modelOf(program), role };
      return [{ ...who, agentId, iteration: record.number, claimed, held, ...mark }];
    });
  });
}

/** Not those of whom it is only not known how they looked. */
function markedIn(
  { config }: LoopState,
  record: IterationRecord,
  earlier: readonly IterationRecord[],
): ReadonlySet<string> {
  const threshold = record.consensus?.threshold ?? config.consensusThreshold;
  return new Set(
    markedReviews(record, earlier, threshold).flatMap(({ agentId, marks }) =>
      marks.some((mark) => mark !== 'not-known') ? [agentId] : [],
    ),
  );
}

/** What a validator said of work that was made wrong for it. */
const ofProbes = ({ probes, validators }: IterationRecord) =>
  probes.flatMap(({ agentId, score }) => {
    const slot = validators.find((each) => each.agentId === agentId);
    return slot && score !== null ? [{ slot, claimed: score, held: false }] : [];
  });

type Said = Pick<Prediction, 'held'> & { readonly claimed: number | null };
const NOTHING: Said = { claimed: null, held: null };

function knownOf(
  state: LoopState,
  record: IterationRecord,
  { threads, home }: { readonly threads: readonly Thread[]; readonly home: PersonVerdict },
): Known {
  const critical = threads.filter(
    ({ severity, raisedIn }) => severity === 'critical' && raisedIn.includes(record.number),
  );
  return {
    state,
    record,
    person: personOn(state, record, home),
    faulty: hasFault(record) || critical.some(({ accepted }) => accepted),
    dismissed: critical.filter((thread) => thread.state.kind === 'dismissed'),
  };
}

/** Confidence in nothing, evidence that fails, or a finding that was proven. */
function hasFault(record: IterationRecord): boolean {
  const { integrated, evidence } = record;
  const nothing = integrated !== null && !integrated.differsFromBase;
  return nothing || evidenceFailed(evidence) || provenIn(record).length > 0;
}

const evidenceFailed = (evidence: IterationRecord['evidence']): boolean =>
  evidence !== null && (evidence.status === 'failed' || evidence.preparationFailed);

/** What came of the result later counts more than what was decided before. */
function personOn(state: LoopState, record: IterationRecord, home: PersonVerdict): PersonVerdict {
  const { decision } = record;
  // Only part of the work was kept: that judges neither all of it nor none.
  if (decision?.revised !== undefined) return null;
  if (home !== null && resultOf(state) === record) return home;
  if ((record.edits['5:main']?.failedFor ?? []).length > 0) return 'rejected';
  if (decision?.by !== 'person') return null;
  if (decision.decision === 'PROCEED') return 'kept';
  // Before the validators are heard a person decides about the loop, and has not been shown the work.
  return record.consensus === null ? null : 'rejected';
}

/** The iteration whose work the ended loop came to. */
function resultOf(state: LoopState): IterationRecord | null {
  if (state.phase.kind !== 'finished') return null;
  const { commit } = state.phase.event;
  return commit === null
    ? null
    : (iterations(state).findLast(({ integrated }) => integrated?.commit === commit) ?? null);
}

const byPerson = (verdict: PersonVerdict): boolean | null => (verdict === null ? null : verdict === 'kept');

/** That this implementer's work is good. */
function ofImplementer(known: Known, slot: Slot): Said {
  const exit = settledExit(slot);
  if (exit?.result?.role !== 'implementer' || !completed(exit)) return NOTHING;
  return { claimed: exit.result.confidence, held: workHolds(known, slot.agentId) };
}

function workHolds(known: Known, agentId: string): boolean | null {
  const { state, record, person, faulty } = known;
  const { integrated } = record;
  if (integrated === null) return null;
  const isIn = integrated.agents.includes(agentId);
  // Who lost a race is judged by the evidence of its own work: nobody looks at that again.
  if (state.config.strategy === 'race' && integrated.agents.length > 0 && !isIn)
    return evidenceAlone(record.candidates[agentId] ?? null);
  if (faulty) return false;
  if (!isIn) return null;
  return byPerson(person) ?? (withstood(record) ? true : null);
}

/** Its evidence is good, and no agent spoke against it. */
function withstood({ evidence, gate, decision }: IterationRecord): boolean {
  const passed = evidence?.status === 'passed';
  if (decision !== null) {
    const good = passed || evidence?.status === 'unconfirmed';
    return good && decision.decision === 'PROCEED' && decision.revised === undefined;
  }
  // A gate that fails beside good evidence, for confidence or for another's part, says nothing against this work.
  return passed && gate?.passed === false;
}

function evidenceAlone(evidence: IterationRecord['evidence']): boolean | null {
  if (evidenceFailed(evidence)) return false;
  return evidence?.status === 'passed' ? true : null;
}

/** That the work is good. Its evidence was known before the vote, so it takes more than that to tell. */
function ofValidator({ state, record, person, faulty, dismissed }: Known, slot: Slot): Said {
  const { score } = voteOf(slot);
  if (score === null) return NOTHING;
  if (faulty) return { claimed: score, held: false };
  if (person !== null) return { claimed: score, held: byPerson(person) };
  const { agentId } = slot;
  const refuted =
    record.proofs.some((proof) => proof.agentId === agentId && proof.outcome === 'refuted') ||
    dismissed.some(({ remarks }) =>
      remarks.some(({ by, iteration }) => by === agentId && iteration === record.number),
    );
  // It stood against the work for something that is not so.
  return { claimed: score, held: refuted && score < state.config.consensusThreshold ? true : null };
}

/** That its decision is the right one. */
function ofOwner({ record, person }: Known, slot: Slot): Said {
  const exit = settledExit(slot);
  if (exit?.result?.role !== 'product-owner' || !completed(exit)) return NOTHING;
  const { confidence, decision } = exit.result;
  if (confidence === undefined) return NOTHING;
  return { claimed: confidence, held: decisionHolds(record, person, decision) };
}

function decisionHolds(
  { decision: made }: IterationRecord,
  person: PersonVerdict,
  decision: Decision,
): boolean | null {
  if (made?.by === 'person' && made.decision !== decision) return false;
  if (decision === 'PROCEED') return byPerson(person);
  if (made?.by === 'person') return true;
  return decision === 'ABORT' && person !== null ? person === 'rejected' : null;
}
