import type { Ending } from '../../domain/loop/model.ts';
import { slotsOf, type LoopState } from '../../domain/loop/state.ts';
import type { AttemptStanding } from '../../ports/agent-runtime.ts';
import type { WorktreeStanding } from '../../ports/worktrees.ts';

export interface AttemptOf {
  readonly agentId: string;
  readonly iteration: number;
  readonly attempt: number;
  /** The repair round of that attempt. */
  readonly repair: boolean;
}

/** An attempt that the ledger names, and how it stands on this machine. */
export interface FoundAttempt extends AttemptOf {
  readonly standing: AttemptStanding;
}

export interface FoundWorktree {
  readonly agentId: string;
  readonly path: string;
  readonly standing: WorktreeStanding;
}

/** What journal, ledger, processes, records and git say when a loop is taken up. */
export interface RecoveryFacts {
  readonly state: LoopState;
  /** Endings that are in the journal. */
  readonly settled: readonly (Omit<AttemptOf, 'repair'> & { readonly ending: Ending })[];
  readonly attempts: readonly FoundAttempt[];
  readonly worktrees: readonly FoundWorktree[];
}

/**
 * `adopted`: still running. `starting`: its runner has not said a word yet. `finished`: while nobody looked; its
 * result counts. `lost`: gone without a result, it runs again. `superseded`: it runs although the loop went on.
 * `late`: its result came after it was given up, and changes nothing.
 */
export type AttemptFate = 'adopted' | 'starting' | 'finished' | 'lost' | 'superseded' | 'late';

export interface SurvivingAttempt extends AttemptOf {
  readonly fate: AttemptFate;
  /** The agent's, while it runs. */
  readonly pid: number | null;
  readonly ending: Ending | null;
}

/** What survived the process that ran the loop before, and what was done about the rest. */
export interface Survival {
  readonly taskId: string;
  readonly iteration: number;
  /** Epoch ms. */
  readonly at: number;
  readonly attempts: readonly SurvivingAttempt[];
  /** Those that are not whole. */
  readonly worktrees: readonly FoundWorktree[];
  /** Disposable checkouts that nobody used any more. */
  readonly checkoutsRemoved: number;
  /** Processes of test and set-up commands that went on without anybody to read them. */
  readonly processesEnded: number;
  /** What could not be put in order, a sentence each. */
  readonly problems: readonly string[];
}

/** What became of each attempt; attempts that the loop is done with are left out, unless something is left of them. */
export function fatesOf(facts: RecoveryFacts): readonly SurvivingAttempt[] {
  return facts.attempts.flatMap((found) => {
    const fate = fateOf(facts, found);
    if (fate === null) return [];
    const { agentId, iteration, attempt, repair, standing } = found;
    const pid = standing.kind === 'running' ? standing.pid : null;
    const ending = standing.kind === 'finished' ? standing.ending : null;
    return [{ agentId, iteration, attempt, repair, fate, pid, ending }];
  });
}

function fateOf(facts: RecoveryFacts, found: FoundAttempt): AttemptFate | null {
  const { standing } = found;
  const alive = standing.kind === 'running' || standing.kind === 'starting';
  if (isDue(facts.state, found)) {
    // Its repair round stands for both.
    const repaired =
      !found.repair && facts.attempts.some((other) => other.repair && sameAttempt(other, found));
    if (repaired && !alive) return null;
    return DUE_FATE[standing.kind];
  }
  if (standing.kind === 'running') return 'superseded';
  const ending = facts.settled.find((exit) => sameAttempt(exit, found))?.ending;
  return ending === 'lost' && standing.kind === 'finished' && !found.repair ? 'late' : null;
}

const DUE_FATE = { running: 'adopted', starting: 'starting', finished: 'finished', gone: 'lost' } as const;

/** The loop still waits for this attempt. */
function isDue(state: LoopState, { agentId, iteration, attempt }: AttemptOf): boolean {
  const { current, phase } = state;
  if (phase.kind === 'finished' || current?.number !== iteration) return false;
  const slot = slotsOf(current).find((each) => each.agentId === agentId && each.attempt === attempt);
  if (!slot) return false;
  // A loop that ends settles those that run, and starts nobody else.
  return phase.kind === 'ending' ? slot.state.kind === 'running' : slot.state.kind !== 'settled';
}

type Named = Pick<AttemptOf, 'agentId' | 'iteration' | 'attempt'>;

export const sameAttempt = (one: Named, other: Named): boolean =>
  one.agentId === other.agentId && one.iteration === other.iteration && one.attempt === other.attempt;
