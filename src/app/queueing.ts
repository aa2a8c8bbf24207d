/** The line of the loops of this machine, as one repository's service sees it. */
import { ok, type Result } from '../base/result.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import type { LoopError, LoopService, QueueEntry } from './loop-service.ts';

export type Queueing = Pick<LoopService, 'queue' | 'moveInQueue'>;

export function createQueueing(
  { queue, repository }: Pick<LoopDeps, 'queue' | 'repository'>,
  views: Pick<LoopService, 'list' | 'view'>,
): Queueing {
  const line = async (): Promise<readonly QueueEntry[]> => {
    const { id, root } = repository.facts;
    // Before the loops: each of them was in its journal before it stood in the line.
    const places = await queue.list();
    const queued = (await views.list()).filter((view) => view.queuedSince !== null);
    const isQueued = (taskId: string) => queued.some((view) => view.taskId === taskId);
    const found: QueueEntry[] = [];
    for (const place of places) {
      // Its process died between the loop's begin and leaving the line; the journal counts.
      if (place.repository.id === id && !isQueued(place.taskId)) await queue.forget(place.taskId);
      else found.push({ ...place, here: place.repository.id === id });
    }
    const placed = new Set(found.filter(({ here }) => here).map(({ taskId }) => taskId));
    // Its process died before it stood in the line; it is put at the end once somebody takes it up.
    const unplaced = queued.filter((view) => !placed.has(view.taskId));
    return [
      ...found,
      ...unplaced
        .toSorted((one, other) => one.startedAt - other.startedAt)
        .map(({ taskId, startedAt }) => ({
          taskId,
          repository: { id, root },
          since: startedAt,
          attended: false,
          here: true,
        })),
    ];
  };
  return {
    queue: line,
    moveInQueue: (taskId, position) => moveTo({ queue, views }, taskId, position),
  };
}

async function moveTo(
  { queue, views }: Pick<LoopDeps, 'queue'> & { readonly views: Pick<LoopService, 'view'> },
  taskId: string,
  position: number,
): Promise<Result<void, LoopError>> {
  if (!Number.isSafeInteger(position) || position < 1)
    return fail('input', `The position is ${position}; it takes a whole number from 1.`);
  const view = await views.view(taskId);
  if (!view.ok) return view;
  if (view.value.queuedSince === null) return fail('state', `The loop ${taskId} is not queued.`);
  try {
    return (await queue.move(taskId, position))
      ? ok(undefined)
      : fail(
          'state',
          `The loop ${taskId} has no place in the line yet; resume it first (cfn resume ${taskId}).`,
        );
  } catch (error) {
    return fail('internal', `The loop ${taskId} could not be moved: ${String(error)}`);
  }
}
