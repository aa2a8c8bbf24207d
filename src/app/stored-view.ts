import * as z from 'zod';
import { ok, type Result } from '../base/result.ts';
import type { LoopState } from '../domain/loop/state.ts';
import type { LoopFiles } from '../ports/loop-files.ts';
import type { LiveAgents } from './agents/watch-agents.ts';
import type { LoopDeps } from './loop-deps.ts';
import type { LoopError } from './loop-service.ts';
import type { LoopView } from './projections/loop-view.ts';
import { toLoopView } from './projections/to-loop-view.ts';
import { readLoop } from './stored-loop.ts';

/** Goes up with every change of what a view holds, so that views of an earlier version are made again. */
export const VIEW_VERSION = 18;
const NAME = 'view';

const keptSchema = z.object({
  version: z.literal(VIEW_VERSION),
  view: z.custom<LoopView>(
    (value) => z.looseObject({ taskId: z.string(), outcome: z.string() }).safeParse(value).success,
  ),
});

/**
 * A loop that nobody in this process runs, as it stands; `lookAt` tells of its agents, which may run all the same. What a finished one came to never changes, so it is kept
 * beside its journal: a list of a thousand loops then reads a thousand small files and no journal.
 */
export async function storedView(
  deps: Pick<LoopDeps, 'store' | 'logger'> & { readonly files: Pick<LoopFiles, 'read' | 'write'> },
  taskId: string,
  lookAt: (state: LoopState) => Promise<LiveAgents | null> = () => Promise.resolve(null),
): Promise<Result<LoopView, LoopError>> {
  const kept = keptSchema.safeParse(await deps.files.read(taskId, NAME));
  if (kept.success) return ok(kept.data.view);
  const stored = await readLoop(deps.store, taskId);
  if (!stored.ok) return stored;
  const view = toLoopView(stored.value.state, null, await lookAt(stored.value.state));
  if (view.outcome !== null) {
    await deps.files.write(taskId, NAME, { version: VIEW_VERSION, view }).catch((error: unknown) => {
      deps.logger.warn(`What ${taskId} came to could not be kept: ${String(error)}`);
    });
  }
  return ok(view);
}
