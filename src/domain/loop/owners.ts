import { boardDecision, boardReason, moreCareful, type BoardVote } from '../board.ts';
import { describeFinding } from '../review/describe-finding.ts';
import { isOpen, threadsOf } from '../review/thread.ts';
import type { LoopConfig } from './config.ts';
import type { Decision, ProductOwnerResult } from './model.ts';
import { completed, exitsGoingOn, settledExit, type IterationRecord, type LoopState } from './state.ts';

/** Stands where an agent's id would, for a decision of several product owners together. */
export const BOARD = 'board';

const ownersOf = ({ crew }: LoopConfig) => crew.filter(({ role }) => role === 'product-owner');

export const isBoard = (config: LoopConfig): boolean => ownersOf(config).length > 1;

export const boardHasPerson = (config: LoopConfig): boolean =>
  isBoard(config) && ownersOf(config).some(({ program }) => program === null);

type Member = BoardVote & {
  readonly reason: string;
  readonly feedback: readonly string[];
  readonly deferred: readonly string[];
  /** False for an agent whose attempts all ended without completing: nobody knows what it would have said. */
  readonly completed: boolean;
};

/** The agents of the board in crew order, as far as they are done. */
function membersOf({ config }: LoopState, record: IterationRecord): readonly Member[] {
  return ownersOf(config).flatMap(({ id, program, weight = 1 }) => {
    if (program === null) return [];
    const slot = record.owners.find(({ agentId }) => agentId === id);
    const exit = slot ? settledExit(slot) : null;
    const ended = exit !== null && completed(exit);
    const result = ended && exit.result?.role === 'product-owner' ? exit.result : null;
    const { decision = null, reason = '', feedback = [], deferred = [] } = result ?? {};
    return [{ agentId: id, weight, decision, reason, feedback, deferred, completed: ended }];
  });
}

export interface BoardResult extends ProductOwnerResult {
  readonly board: readonly BoardVote[];
}

/** What a person adds who is a member of the board. */
export interface PersonVote {
  readonly decision: Decision;
  readonly reason: string;
  readonly feedback: readonly string[];
}

/** Null where agents that did not complete could change it: a person decides in their place, as in that of a single one. */
export function boardResult(
  state: LoopState,
  record: IterationRecord,
  person: PersonVote | null,
): BoardResult | null {
  const agents = membersOf(state, record);
  const members = person ? [...agents, memberOf(state.config, person)] : agents;
  const best = members.map((each) => (each.completed ? each : { ...each, decision: 'PROCEED' as const }));
  const voted = boardDecision(members);
  if (boardDecision(best) !== voted) return null;
  // Nobody is asked to be passed over: a person on the board can be outvoted towards more care alone.
  const decision = person ? moreCareful(voted, person.decision) : voted;
  return {
    role: 'product-owner',
    decision,
    reason: boardReason(decision, members),
    feedback: decision === 'ITERATE' ? asked(members) : [],
    deferred: [...new Set(members.flatMap(({ deferred }) => deferred))],
    board: members.map(({ agentId, decision: own, weight }) => ({ agentId, decision: own, weight })),
  };
}

function memberOf(config: LoopConfig, person: PersonVote): Member {
  const { id = 'person', weight = 1 } = ownersOf(config).find(({ program }) => program === null) ?? {};
  return { agentId: id, weight, ...person, deferred: [], completed: true };
}

const asked = (members: readonly Member[]): readonly string[] => [
  ...new Set(members.flatMap(({ decision, feedback }) => (decision === 'ITERATE' ? feedback : []))),
];

/** Under the 0/0 policy: what an agent's PROCEED may not pass over, one sentence each. */
export function leftOpen(
  state: LoopState,
  record: IterationRecord,
  deferred: readonly string[],
): readonly string[] {
  if (state.config.proceedPolicy !== '0/0') return [];
  const judged = new Set([
    record.integrated?.commit,
    ...exitsGoingOn(state.config, record).map(({ commit }) => commit),
  ]);
  const failing = record.facts
    .filter(({ run, commit, failed }) => run === 'left' && failed > 0 && judged.has(commit))
    .map(
      ({ command, failed }) => `\`${command}\`: ${failed === 1 ? '1 check fails' : `${failed} checks fail`}.`,
    );
  const findings = threadsOf(state)
    .filter((thread) => isOpen(thread) && thread.severity !== 'suggestion')
    .flatMap(({ remarks }) => {
      const finding = remarks.findLast((remark) => remark.finding !== null)?.finding;
      return finding ? [`Open: ${describeFinding(finding)}`] : [];
    });
  return [...failing, ...findings, ...deferred.map((text) => `Left for later: ${text}`)];
}

/** PROCEED becomes ITERATE where the policy leaves something open; a person may still see it otherwise. */
export function underPolicy<T extends ProductOwnerResult>(
  state: LoopState,
  record: IterationRecord,
  result: T,
): T {
  const open = result.decision === 'PROCEED' ? leftOpen(state, record, result.deferred) : [];
  if (open.length === 0) return result;
  const reason = `PROCEED does not hold under 0/0 while ${open.length === 1 ? 'something is' : `${open.length} things are`} open. ${result.reason}`;
  return { ...result, decision: 'ITERATE', reason: reason.trim(), feedback: [...result.feedback, ...open] };
}
