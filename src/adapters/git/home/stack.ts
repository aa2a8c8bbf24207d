import { err, ok, type Result } from '../../../base/result.ts';
import type { Commit } from '../../../domain/loop/model.ts';
import type { Stack, StackConflict, StackedLayer, StackRequest } from '../../../ports/home-git.ts';
import type { GitError } from '../../../ports/worktrees.ts';
import { failed } from '../git-process.ts';
import { combine, type Combining } from './combine.ts';
import type { HomeContext } from './context.ts';
import { findTarget } from './target.ts';

/** Results one on top of the other, from objects alone. */
export async function stackLoops(
  context: HomeContext,
  request: StackRequest,
  signal: AbortSignal,
): Promise<Result<Stack, GitError>> {
  const { way } = request;
  const target = await findTarget(context, request);
  if (!target.ok) return target;
  const onto = request.onto ?? target.value.commit;
  const layers: StackedLayer[] = [];
  const nothing: string[] = [];
  const conflicts: StackConflict[] = [];
  for (const { taskId, commit, message } of request.loops) {
    if (signal.aborted) return err(failed('Stacking was cancelled'));
    const tip = layers.at(-1)?.tip ?? onto;
    const combining = { commit, way, message, at: Math.floor(request.at / 1000) };
    const combined = await combine(context.harness, { ...combining, onto: tip });
    if (!combined.ok) return combined;
    if (combined.value.kind === 'conflicts') {
      const first = await firstConflict(context, combining, [onto, ...layers.map((layer) => layer.tip)]);
      if (!first.ok) return first;
      const { files } = combined.value;
      conflicts.push({ taskId, files, with: layers[first.value - 1]?.taskId ?? null });
    } else if (combined.value.kind === 'clean' && combined.value.commit !== null) {
      layers.push({ taskId, commit, tip: combined.value.commit });
    } else {
      nothing.push(taskId);
    }
  }
  return ok({ branch: target.value.branch, onto, layers, nothing, conflicts });
}

/** Index of the lowest tip that it cannot be merged with; that of the highest is known to be one. */
async function firstConflict(
  { harness }: HomeContext,
  combining: Omit<Combining, 'onto'>,
  tips: readonly Commit[],
): Promise<Result<number, GitError>> {
  for (const [at, onto] of tips.slice(0, -1).entries()) {
    const combined = await combine(harness, { ...combining, onto });
    if (!combined.ok) return combined;
    if (combined.value.kind === 'conflicts') return ok(at);
  }
  return ok(tips.length - 1);
}
