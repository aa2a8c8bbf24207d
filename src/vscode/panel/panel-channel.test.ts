import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { Emitter } from '../../base/emitter.ts';
import { toPanelSchema, type ToPanel } from '../../protocol/webview.ts';
import { createSurroundings } from '../surroundings.ts';
import { loopView } from '../test-views.ts';
import { createPanelChannel } from './panel-channel.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp() {
  const changed = new Emitter<void>();
  const posted: ToPanel[] = [];
  const now = { view: loopView({ taskId: 't' }) as LoopView | null, visible: true };
  const around = createSurroundings(() => 5);
  const channel = createPanelChannel({
    loops: {
      state: 'ready',
      problem: null,
      view: () => now.view,
      views: () => (now.view ? [now.view] : []),
      isElsewhere: () => false,
      onChange: changed.event,
      surroundings: around.surroundings,
    },
    trusted: () => true,
    taskId: () => 't',
    visible: () => now.visible,
    post: (message) => posted.push(message),
  });
  const change = (view: Partial<LoopView>): void => {
    now.view = { ...loopView({ taskId: 't' }), ...now.view, ...view };
    changed.fire();
  };
  return { posted, now, around, channel, change };
}

it('sends nothing before the panel said hello, and then everything once', () => {
  const { posted, channel, change } = setUp();
  change({ costUsd: 1 });
  vi.advanceTimersByTime(5000);
  expect(posted).toEqual([]);
  channel.snapshot();
  expect(posted).toMatchObject([{ type: 'snapshot', seq: 1, loop: { cost: '$1.00' } }]);
  expect(toPanelSchema.safeParse(posted[0]).error).toBeUndefined();
});

it('makes one message of what changes within a tenth of a second', () => {
  const { posted, channel, change } = setUp();
  channel.snapshot();
  for (let cents = 1; cents <= 50; cents += 1) {
    change({ costUsd: cents / 100 });
    vi.advanceTimersByTime(20);
  }
  const deltas = posted.filter((message) => message.type === 'delta');
  expect(deltas.length).toBeLessThanOrEqual(10);
  expect(deltas.at(-1)).toMatchObject({ patch: { cost: '$0.50' } });
  expect(deltas.map((delta) => delta.seq)).toEqual(deltas.map((_, index) => index + 2));
});

it('sends nothing to a hidden tab, and all of it when it is shown again', () => {
  const { posted, now, channel, change } = setUp();
  channel.snapshot();
  now.visible = false;
  change({ costUsd: 3 });
  vi.advanceTimersByTime(10_000);
  expect(posted).toHaveLength(1);
  now.visible = true;
  channel.snapshot();
  expect(posted.at(-1)).toMatchObject({ type: 'snapshot', loop: { cost: '$3.00' } });
});

it('says that it is alive while nothing changes and the loop goes on', () => {
  const { posted, channel, change } = setUp();
  channel.snapshot();
  vi.advanceTimersByTime(3000);
  expect(posted.slice(1)).toEqual([{ type: 'alive' }, { type: 'alive' }]);
  change({ outcome: 'PROCEED' });
  vi.advanceTimersByTime(5000);
  expect(posted.filter((message) => message.type === 'alive')).toHaveLength(2);
});

it('tells of a lost store although the loop itself did not change', () => {
  const { posted, channel, around } = setUp();
  channel.snapshot();
  around.heard({ serving: false, behind: 'redis:6379', problem: 'gone' });
  vi.advanceTimersByTime(100);
  expect(posted.at(-1)).toMatchObject({ type: 'delta', patch: { banners: [{ id: 'store', since: 5 }] } });
});
