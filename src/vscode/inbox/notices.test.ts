import { expect, it } from 'vitest';
import { inboxItems } from '../../app/projections/inbox.ts';
import { Emitter } from '../../base/emitter.ts';
import { loopView } from '../test-views.ts';
import { watchForNotices } from './notices.ts';

function scene() {
  const changed = new Emitter<void>();
  const told: string[][] = [];
  const now = { waiting: [] as string[], focused: false, wanted: true };
  const due = () =>
    inboxItems(
      now.waiting.map((taskId) =>
        loopView({ taskId, waiting: { for: 'decision', since: 0, message: 'Decide.' } }),
      ),
      0,
    );
  watchForNotices({
    inbox: { due, onChange: changed.event },
    isFocused: () => now.focused,
    isWanted: () => now.wanted,
    show: (items) => told.push(items.map(({ taskId }) => taskId)),
  });
  const change = (to: Partial<typeof now>) => {
    Object.assign(now, to);
    changed.fire();
  };
  return { told, change };
}

it('tells of what comes while the window has no focus, once, and of several together', () => {
  const { told, change } = scene();
  change({ waiting: ['a'] });
  change({ waiting: ['a'] });
  change({ waiting: ['a', 'b', 'c'] });
  expect(told).toEqual([['a'], ['b', 'c']]);
});

it('tells nothing of what a person could see come, also not when they look away later', () => {
  const { told, change } = scene();
  change({ waiting: ['a'], focused: true });
  change({ focused: false });
  expect(told).toEqual([]);
});

it('tells nothing where notifications are switched off', () => {
  const { told, change } = scene();
  change({ waiting: ['a'], wanted: false });
  change({ wanted: true });
  expect(told).toEqual([]);
});

it('tells again of what went and came back', () => {
  const { told, change } = scene();
  change({ waiting: ['a'] });
  change({ waiting: [] });
  change({ waiting: ['a'] });
  expect(told).toEqual([['a'], ['a']]);
});
