import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../base/emitter.ts';
import { loopView } from '../test-views.ts';
import { createInbox, type Inbox } from './inbox.ts';

const MINUTE = 60_000;
const waiting = (since: number) => ({ for: 'decision', since, message: 'Decide.' }) as const;

/** Of one window after the other on the same workspace. */
function memory() {
  const kept = new Map<string, unknown>();
  return {
    keys: () => Array.from(kept.keys()),
    get: <T>(key: string, otherwise?: T) => (kept.has(key) ? (kept.get(key) as T) : otherwise) as T,
    update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)),
  };
}

let open: Inbox[] = [];
const changes = new Emitter<void>();
let views = [
  loopView({ taskId: 'early', waiting: waiting(1) }),
  loopView({ taskId: 'late', waiting: waiting(2) }),
];
const window = (kept: ReturnType<typeof memory>) => {
  const inbox = createInbox({ views: () => views, onChange: changes.event }, kept);
  open.push(inbox);
  return inbox;
};
const due = (inbox: Inbox) => inbox.due().map(({ taskId }) => taskId);
const away = (inbox: Inbox) => inbox.snoozed().map(({ item }) => item.taskId);

beforeEach(() => {
  vi.useFakeTimers({ now: 100 * MINUTE });
});
afterEach(() => {
  for (const each of open) each.dispose();
  open = [];
  vi.useRealTimers();
});

describe('an item that was put off', () => {
  it('is away until its time, and comes back by itself', () => {
    const inbox = window(memory());
    const [first] = inbox.due();
    inbox.snooze(first?.id ?? '', Date.now() + 10 * MINUTE);
    expect([due(inbox), away(inbox)]).toEqual([['late'], ['early']]);
    const told = vi.fn<() => void>();
    inbox.onChange(told);
    vi.advanceTimersByTime(10 * MINUTE - 1);
    expect(told).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(told).toHaveBeenCalledOnce();
    expect([due(inbox), away(inbox)]).toEqual([['early', 'late'], []]);
  });

  it('stays away over a reload, and comes back at the same time', () => {
    const kept = memory();
    const before = window(kept);
    before.snooze(before.due()[0]?.id ?? '', Date.now() + 10 * MINUTE);
    before.dispose();
    const after = window(kept);
    expect(due(after)).toEqual(['late']);
    const told = vi.fn<() => void>();
    after.onChange(told);
    vi.advanceTimersByTime(10 * MINUTE);
    expect(told).toHaveBeenCalledOnce();
    expect(due(after)).toEqual(['early', 'late']);
  });

  it('comes back when it is asked for', () => {
    const inbox = window(memory());
    const id = inbox.due()[0]?.id ?? '';
    inbox.snooze(id, Date.now() + 10 * MINUTE);
    inbox.wake(id);
    expect(due(inbox)).toEqual(['early', 'late']);
  });

  it('does not keep the next matter of the same loop away', () => {
    const inbox = window(memory());
    inbox.snooze(inbox.due()[0]?.id ?? '', Date.now() + 10 * MINUTE);
    views = [loopView({ taskId: 'early', waiting: waiting(99) })];
    expect(due(inbox)).toEqual(['early']);
  });
});
