import { expect, it } from 'vitest';
import { inboxItems } from '../../app/projections/inbox.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { Emitter } from '../../base/emitter.ts';
import type { LoopsState } from '../loops.ts';
import { loopView } from '../test-views.ts';
import { GAP_MS, watchForSounds, type SoundWish } from './sound-rules.ts';

interface Scene {
  readonly state: LoopsState;
  readonly running: readonly string[];
  readonly waiting: readonly string[];
  readonly ended: readonly string[];
  readonly wish: SoundWish;
  readonly at: number;
}

const viewsOf = ({ running, waiting, ended }: Scene): readonly LoopView[] => [
  ...running.map((taskId) => loopView({ taskId })),
  ...waiting.map((taskId) =>
    loopView({ taskId, waiting: { for: 'decision', since: 0, message: 'Decide.' } }),
  ),
  ...ended.map((taskId) => loopView({ taskId, outcome: 'PROCEED', step: 'done', endedAt: 1 })),
];

/** Each change is a minute after the last one, unless it says when. */
function scene(begin: Partial<Scene> = {}) {
  let now: Scene = {
    state: 'ready',
    running: [],
    waiting: [],
    ended: [],
    wish: 'all',
    at: 0,
    ...begin,
  };
  let rings = 0;
  const inboxChanged = new Emitter<void>();
  const loopsChanged = new Emitter<void>();
  const watching = watchForSounds({
    inbox: { due: () => inboxItems(viewsOf(now), 0), onChange: inboxChanged.event },
    loops: {
      get state() {
        return now.state;
      },
      views: () => viewsOf(now),
      onChange: loopsChanged.event,
    },
    wish: () => now.wish,
    now: () => now.at,
    ring: () => (rings += 1),
  });
  return {
    watching,
    /** How many sounds the change made. */
    change: (to: Partial<Scene>): number => {
      const before = rings;
      now = { ...now, at: now.at + 60_000, ...to };
      loopsChanged.fire();
      // The inbox tells of the same change once more.
      inboxChanged.fire();
      return rings - before;
    },
  };
}

it('rings once for what begins to need the person, and not for what needs them still', () => {
  const { change } = scene({ running: ['a'], wish: 'needsYou' });
  expect(change({ running: [], waiting: ['a'] })).toBe(1);
  expect(change({})).toBe(0);
  expect(change({ waiting: ['a', 'b', 'c'] })).toBe(1);
  expect(change({ waiting: ['b'] })).toBe(0);
  expect(change({ waiting: ['a', 'b'] })).toBe(1);
});

it('rings for the end of a loop where all is wanted, and only there', () => {
  const all = scene({ running: ['a'] });
  expect(all.change({ running: [], ended: ['a'] })).toBe(1);
  expect(all.change({})).toBe(0);
  const mine = scene({ running: ['a'], wish: 'needsYou' });
  expect(mine.change({ running: [], ended: ['a'] })).toBe(0);
});

it('says nothing of what was there when the window read its loops, also when it reads them again', () => {
  const { change } = scene({ state: 'opening' });
  expect(change({ state: 'ready', waiting: ['a'], ended: ['b'], running: ['c'] })).toBe(0);
  expect(change({ state: 'problem', waiting: [], ended: [], running: [] })).toBe(0);
  expect(change({ state: 'ready', waiting: ['a', 'c'], ended: ['b'] })).toBe(0);
  expect(change({ waiting: ['a', 'c', 'd'] })).toBe(1);
});

it('is one sound for what comes within a few seconds', () => {
  const { change } = scene({ running: ['a', 'b'] });
  expect(change({ waiting: ['a'], at: 1_000 })).toBe(1);
  expect(change({ waiting: ['a', 'b'], at: 1_000 + GAP_MS - 1 })).toBe(0);
  expect(change({ waiting: ['a', 'b', 'c'], at: 1_000 + GAP_MS })).toBe(1);
});

it('is still while sounds are off, and does not make up for it afterwards', () => {
  const { change } = scene({ wish: 'off' });
  expect(change({ waiting: ['a'] })).toBe(0);
  expect(change({ wish: 'all' })).toBe(0);
  expect(change({ waiting: ['a', 'b'] })).toBe(1);
});

it('listens no longer once it is disposed of', () => {
  const { watching, change } = scene();
  watching.dispose();
  expect(change({ waiting: ['a'] })).toBe(0);
});
