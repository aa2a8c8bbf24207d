import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { Emitter } from '../../base/emitter.ts';
import { toKeysSchema, type KeptKeys, type ToKeys } from '../../protocol/webview-keys.ts';
import { loopView } from '../test-views.ts';
import { createKeyIds } from './key-ids.ts';
import { createKeysChannel } from './keys-channel.ts';
import { createTestBrowser, selectedText } from './test-browser.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(kept: KeptKeys | null = null) {
  const posted: ToKeys[] = [];
  const now = { visible: true, views: [] as readonly LoopView[] };
  const loopsChanged = new Emitter<void>();
  const channel = createKeysChannel({
    loops: { views: () => now.views, onChange: loopsChanged.event },
    ids: createKeyIds(),
    visible: () => now.visible,
    post: (message) => posted.push(message),
    kept,
  });
  return { posted, now, loopsChanged, channel, ...createTestBrowser() };
}

const types = (posted: readonly ToKeys[]) => posted.map(({ type }) => type);

it('sends nothing before the view said hello, and then each part once, as the schema has it', () => {
  const { posted, channel, browser } = setUp();
  channel.use(browser, null);
  vi.advanceTimersByTime(5000);
  expect(posted).toEqual([]);
  channel.hello();
  expect(types(posted)).toEqual(['store', 'rows', 'value', 'waits', 'changes']);
  for (const message of posted) expect(toKeysSchema.safeParse(message).error).toBeUndefined();
  expect(posted[0]).toMatchObject({ store: { name: 'Embedded store', count: '1,204 keys', banner: null } });
});

it('says why there is no store, and that it is still being opened', () => {
  const { posted, channel } = setUp();
  channel.hello();
  channel.use(null, 'Open a folder with a git repository first.');
  vi.advanceTimersByTime(200);
  expect(posted).toMatchObject([
    { store: { state: 'opening' } },
    { store: { state: 'problem', problem: 'Open a folder with a git repository first.' } },
  ]);
});

it('makes one message of what changes within a tenth of a second, and none of what did not', () => {
  const { posted, channel, browser, change } = setUp();
  channel.use(browser, null);
  channel.hello();
  vi.advanceTimersByTime(1000);
  posted.length = 0;
  for (let rowCount = 1; rowCount <= 50; rowCount += 1) {
    change('rows', { rowCount });
    vi.advanceTimersByTime(20);
  }
  expect(posted.length).toBeGreaterThan(2);
  expect(posted.length).toBeLessThanOrEqual(12);
  posted.length = 0;
  change('rows');
  change('waits');
  vi.advanceTimersByTime(1000);
  expect(posted).toEqual([]);
});

it('sends the first rows of the store, and of a search, without any wait', () => {
  const { posted, channel, browser, change } = setUp();
  channel.use(browser, null);
  channel.hello();
  for (const rowCount of [3, 7]) {
    posted.length = 0;
    change('rows', { rowCount: 0 });
    change('rows', { rowCount });
    expect(posted).toMatchObject([{ type: 'rows', total: rowCount }]);
    channel.search({ text: 'x', type: null, taskId: null });
  }
});

it('sends a hidden view nothing, and all of it when it is shown again', () => {
  const { posted, channel, browser, change, now } = setUp();
  channel.use(browser, null);
  channel.hello();
  posted.length = 0;
  now.visible = false;
  change('rows', { rowCount: 9 });
  vi.advanceTimersByTime(1000);
  expect(posted).toEqual([]);
  now.visible = true;
  channel.hello();
  expect(types(posted)).toEqual(['store', 'rows', 'value', 'waits', 'changes']);
});

it('tells rows by numbers, and finds the names behind them', () => {
  const { posted, channel, browser, change } = setUp();
  channel.use(browser, null);
  channel.hello();
  channel.look({ offset: 0, count: 50 });
  change('rows', {
    rowCount: 2,
    rows: () => [
      { kind: 'prefix', path: 'coord', label: 'coord', depth: 0, count: 3, open: true },
      { kind: 'key', name: 'coord', label: 'coord', depth: 0, facts: null },
    ],
  });
  vi.advanceTimersByTime(1000);
  const rows = posted.findLast((message) => message.type === 'rows');
  const ids = rows?.type === 'rows' ? rows.rows.map(({ id }) => id) : [];
  // A key and a prefix of one name are two things.
  expect(new Set(ids).size).toBe(2);
});

it('reads the chosen key again when the journal has a newer hand-over for it', () => {
  const { channel, browser, change, asked, now, loopsChanged } = setUp();
  channel.use(browser, null);
  channel.hello();
  channel.select('task:t:assignment', false);
  change('value', { selected: selectedText('task:t:assignment', 'a') });
  const reads = () => asked.filter((call) => Array.isArray(call) && call[0] === 'select').length;
  loopsChanged.fire();
  expect(reads()).toBe(1);
  const point = {
    point: 1,
    key: 'task:t:assignment',
    sha256: 'b',
    verified: true,
    iteration: 2,
    edited: false,
  };
  now.views = [loopView({ transferPoints: [point] })];
  loopsChanged.fire();
  loopsChanged.fire();
  expect(reads()).toBe(2);
});

it('takes up what was open, chosen and searched before a reload, and keeps it', () => {
  const kept: KeptKeys = {
    filter: { text: 'decision', type: null, taskId: 't' },
    selected: 'coord:t:decision',
    open: ['coord', 'coord:t'],
  };
  const { posted, channel, browser, asked } = setUp(kept);
  channel.use(browser, null);
  expect(asked).toEqual([
    ['setWatched', true],
    ['setOpen', 'coord', true],
    ['setOpen', 'coord:t', true],
    ['search', kept.filter],
    ['select', 'coord:t:decision'],
  ]);
  channel.hello();
  channel.fold('coord:t', false);
  expect(posted.at(-1)).toMatchObject({ type: 'keep', kept: { open: ['coord'] } });
});

it('tells since when a store is lost, and that it comes back by itself', () => {
  const { posted, channel, browser, change } = setUp();
  channel.use(browser, null);
  channel.hello();
  const state = {
    kind: 'down',
    since: 5,
    problem: 'WRONGPASS no',
    behind: 'redis://redis.example:6379',
  } as const;
  change('store', { store: { ...browser.store, state, edits: 'read-only' } });
  vi.advanceTimersByTime(1000);
  const store = posted.findLast((message) => message.type === 'store');
  expect(store).toMatchObject({
    store: {
      state: 'down',
      banner: { title: 'Redis at redis.example:6379 is unreachable', since: 5, password: true },
    },
  });
  expect(store?.type === 'store' && store.store.banner?.text).toMatch(
    /^WRONGPASS no\. .*tried again by itself\.$/,
  );
});
