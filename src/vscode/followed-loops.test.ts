import { expect, it } from 'vitest';
import type { LoopEnd, LoopHandle, LoopService } from '../app/loop-service.ts';
import { deferred } from '../base/deferred.ts';
import { ok } from '../base/result.ts';
import { createFollowedLoops } from './followed-loops.ts';
import { loopView } from './test-views.ts';

/** A service on which `held` are the loops of other processes. */
function service(held: readonly string[]) {
  const asked: string[] = [];
  const end = deferred<LoopEnd>();
  const handle = (taskId: string): LoopHandle => ({
    taskId,
    heldElsewhere: true,
    view: () => loopView({ taskId }),
    onPublicEvent: () => ({ dispose: () => undefined }),
    ended: () => end.promise,
  });
  const follow: LoopService['follow'] = (taskId) => {
    asked.push(taskId);
    return Promise.resolve(ok(held.includes(taskId) ? handle(taskId) : null));
  };
  return { asked, end, service: { follow } as Partial<LoopService> as LoopService };
}

const views = [
  loopView({ taskId: 'theirs' }),
  loopView({ taskId: 'nobodys' }),
  loopView({ taskId: 'done', outcome: 'PROCEED', endedAt: 1 }),
];

it('reads along once with each loop that another process runs', async () => {
  const { asked, service: loops } = service(['theirs']);
  const followed = createFollowedLoops(() => undefined);
  await followed.look(loops, views);
  await followed.look(loops, views);
  expect(asked).toEqual(['theirs', 'nobodys', 'nobodys']);
});

it('tells of a loop that nobody runs any more, and may follow it again', async () => {
  const { asked, end, service: loops } = service(['theirs']);
  const abandoned = deferred<string>();
  const followed = createFollowedLoops(({ taskId }) => abandoned.resolve(taskId));
  await followed.look(loops, views.slice(0, 1));
  end.resolve({ kind: 'detached' });
  expect(await abandoned.promise).toBe('theirs');
  await followed.look(loops, views.slice(0, 1));
  expect(asked).toEqual(['theirs', 'theirs']);
});

it('says nothing of a loop that came to its end, or of any when the window closes', async () => {
  const told: string[] = [];
  const tell = ({ taskId }: LoopHandle) => void told.push(taskId);
  const finished = service(['theirs']);
  await createFollowedLoops(tell).look(finished.service, views);
  finished.end.resolve({ kind: 'finished', outcome: 'PROCEED' });
  const closing = service(['theirs']);
  const followed = createFollowedLoops(tell);
  await followed.look(closing.service, views);
  followed.dispose();
  closing.end.resolve({ kind: 'detached' });
  await Promise.all([finished.end.promise, closing.end.promise]);
  expect(told).toEqual([]);
});
