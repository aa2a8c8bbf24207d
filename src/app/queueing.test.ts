import { describe, expect, it } from 'vitest';
import { err, ok } from '../base/result.ts';
import type { LoopQueue, QueuedLoop } from '../ports/loop-queue.ts';
import type { Repository } from '../ports/worktrees.ts';
import type { LoopView } from './projections/loop-view.ts';
import { createQueueing } from './queueing.ts';
import { testView } from './test-view.ts';

const here = { id: 'here', root: '/here' };
const place = (taskId: string, repository = here): QueuedLoop => ({
  taskId,
  repository,
  since: 1,
  attended: true,
});
const queued = (taskId: string, startedAt: number) => testView({ taskId, startedAt, queuedSince: startedAt });

function world(places: readonly QueuedLoop[], views: readonly LoopView[]) {
  const asked: unknown[] = [];
  const queue: Pick<LoopQueue, 'list' | 'forget' | 'move'> = {
    list: () => Promise.resolve(places),
    forget: (taskId) => Promise.resolve(void asked.push(['forget', taskId])),
    move: (...given) => {
      asked.push(['move', ...given]);
      return Promise.resolve(places.some(({ taskId }) => taskId === given[0]));
    },
  };
  const deps = { queue: queue as LoopQueue, repository: { facts: here } as Repository };
  const view = (taskId: string) => {
    const found = views.find((each) => each.taskId === taskId);
    return Promise.resolve(found ? ok(found) : err({ kind: 'input', message: `no ${taskId}` } as const));
  };
  return { asked, service: createQueueing(deps, { list: () => Promise.resolve(views), view }) };
}

describe('the line, as a repository sees it', () => {
  it('is that of the machine, with what only the journals know at its end', async () => {
    const other = place('b', { id: 'there', root: '/there' });
    const { service, asked } = world(
      [other, place('a')],
      [queued('late', 9), queued('a', 1), queued('b', 5)],
    );
    expect(await service.queue()).toEqual([
      { ...other, here: false },
      { ...place('a'), here: true },
      { taskId: 'b', repository: here, since: 5, attended: false, here: true },
      { taskId: 'late', repository: here, since: 9, attended: false, here: true },
    ]);
    expect(asked).toEqual([]);
  });

  it('forgets the place of a loop that has begun: its process died before it left the line', async () => {
    const { service, asked } = world([place('a'), place('b')], [testView({ taskId: 'a' }), queued('b', 1)]);
    expect(await service.queue()).toEqual([{ ...place('b'), here: true }]);
    expect(asked).toEqual([['forget', 'a']]);
  });
});

describe('another place in the line', () => {
  const views = [queued('a', 1), testView({ taskId: 'runs' }), queued('unplaced', 2)];
  it.each([
    ['a', 2, null],
    ['a', 0, 'The position is 0; it takes a whole number from 1.'],
    ['a', 1.5, 'The position is 1.5; it takes a whole number from 1.'],
    ['none', 1, 'no none'],
    ['runs', 1, 'The loop runs is not queued.'],
    ['unplaced', 1, 'The loop unplaced has no place in the line yet; resume it first (cfn resume unplaced).'],
  ])('%s to %d', async (taskId, position, refusal) => {
    const { service, asked } = world([place('a')], views);
    const moved = await service.moveInQueue(taskId, position);
    expect(moved.ok ? null : moved.error.message).toBe(refusal);
    expect(asked).toEqual(refusal === null || taskId === 'unplaced' ? [['move', taskId, position]] : []);
  });
});
