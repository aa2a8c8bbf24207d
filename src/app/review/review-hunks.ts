import { ok, type Result } from '../../base/result.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { FileHunks, Hunk } from '../../domain/review/hunks.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail, told } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { readLoop } from '../stored-loop.ts';
import type { AgentHunks, LoopReview } from './loop-review.ts';
import { attemptsIn, revisionsOf } from './revisions.ts';

type HunkSteps = Pick<LoopReview, 'hunks' | 'hunksOfAgent'>;
type Deps = Pick<LoopDeps, 'store' | 'repository'>;

/** Taking the changes of a loop's commits apart. */
export function createReviewHunks(deps: Deps): HunkSteps {
  const hunks: HunkSteps['hunks'] = async (from, to, path) =>
    told(await deps.repository.hunks(from, to, path));
  return {
    hunks,
    hunksOfAgent: (request, signal) => hunksOfAgent(deps, request, signal),
  };
}

/** Files whose hunks are read at once. */
const AT_ONCE = 4;

async function hunksOfAgent(
  { store, repository }: Deps,
  { taskId, commit, agentId }: { readonly taskId: string; readonly commit: Commit; readonly agentId: string },
  signal: AbortSignal,
): Promise<Result<AgentHunks, LoopError>> {
  const stored = await readLoop(store, taskId);
  if (!stored.ok) return stored;
  const revisions = revisionsOf(stored.value);
  const combined = revisions.find((each) => each.kind === 'integrated' && each.commit === commit);
  if (combined?.kind !== 'integrated')
    return fail('state', `${commit.slice(0, 12)} is not the combined work of an iteration of ${taskId}.`);
  const attempts = attemptsIn(revisions, combined);
  const own = attempts.find((attempt) => attempt.agentId === agentId);
  if (!own) return fail('state', `The combined work holds nothing of ${agentId}.`);
  const changed = await Promise.all(
    attempts.map(async ({ start, commit: to }) => told(await repository.compare(start, to))),
  );
  const failed = changed.find((each) => !each.ok);
  if (failed && !failed.ok) return failed;
  const paths = changed.map((each) =>
    each.ok ? each.value.flatMap(({ before, after }) => (after ?? before)?.path ?? []) : [],
  );
  const mine = paths[attempts.indexOf(own)] ?? [];
  const others = new Set(paths.filter((_, at) => attempts[at] !== own).flat());
  const files: AgentHunks['files'][number][] = [];
  const queue = mine.values();
  const problems: LoopError[] = [];
  const worker = async (): Promise<void> => {
    for (const path of queue) {
      if (signal.aborted || problems.length > 0) return;
      const all = told(await repository.hunks(combined.start, commit, path));
      const made = others.has(path) ? told(await repository.hunks(own.start, own.commit, path)) : all;
      if (!all.ok) problems.push(all.error);
      else if (!made.ok) problems.push(made.error);
      else if (all.value) files.push({ path, hunks: shared(all.value, made.value) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const [problem] = problems;
  return problem ? { ok: false, error: problem } : ok({ base: combined.start, files });
}

/** Equal changes have equal ids. */
const shared = ({ hunks }: FileHunks, own: FileHunks | null): readonly Hunk[] => {
  const ids = new Set(own?.hunks.map(({ id }) => id));
  return hunks.filter(({ id }) => ids.has(id));
};
