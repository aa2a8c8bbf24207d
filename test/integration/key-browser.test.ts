import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { createHandChanges } from '../../src/adapters/state/hand-changes.ts';
import { createKeyBrowser } from '../../src/app/keys/create-key-browser.ts';
import type { KeyBrowser } from '../../src/app/keys/key-browser.ts';
import { EVERYTHING } from '../../src/app/keys/key-scan.ts';
import type { HandOverOf } from '../../src/app/keys/selection.ts';
import { encodeText } from '../../src/base/byte-text.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { RespValue, StoreCommands } from '../../src/ports/store-commands.ts';
import { startCluster } from '../support/redis-topologies.ts';
import { findProgram, startFront, startRedis, startTestStore, type RealRedis } from './store-support.ts';

interface Store {
  readonly adminUrl: string;
  taskUrl(taskId: string): string;
  readonly redis?: RealRedis;
  close(): Promise<void>;
}

const missing = ['redis-server', 'redis-cli'].filter((name) => !findProgram(name));
if (missing.length > 0) process.stderr.write(`[skipped] keys of a real Redis: no ${missing.join(', no ')}\n`);

type Closing = Pick<Store, 'close'>;
async function closeBoth(front: Closing, behind: Closing): Promise<void> {
  await front.close();
  await behind.close();
}

async function single(): Promise<Store> {
  const redis = await startRedis();
  if (!redis) throw new Error('redis-server did not start');
  const front = await startFront({ url: `redis://127.0.0.1:${redis.port}` });
  return { ...front, redis, close: () => closeBoth(front, redis) };
}

async function cluster(): Promise<Store> {
  const nodes = await startCluster();
  if (!nodes) throw new Error('the cluster did not start');
  const front = await startFront({ url: nodes.url });
  return { ...front, close: () => closeBoth(front, nodes) };
}

const STORES: readonly {
  readonly name: string;
  readonly ours: boolean;
  readonly start: () => Promise<Store>;
}[] = [
  { name: 'the embedded store', ours: true, start: () => startTestStore() },
  { name: 'a real Redis', ours: false, start: single },
  { name: 'a cluster of three masters', ours: false, start: cluster },
].filter(({ ours }) => ours || missing.length === 0);

const folder = mkdtempSync(join(tmpdir(), 'cfn-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

const open: KeyBrowser[] = [];
function browse(store: Store, handOver: HandOverOf = () => null): KeyBrowser {
  const browser = createKeyBrowser({
    connect: (signal) => openRespClient({ url: store.adminUrl, deadlineMs: 5000, signal, bytes: true }),
    changes: createHandChanges(folder),
    clock: systemClock,
    hash: sha256,
    handOver,
  });
  open.push(browser);
  return browser;
}

async function connect(url: string): Promise<StoreCommands> {
  const client = await openRespClient({ url, deadlineMs: 5000, bytes: true });
  if (!client.ok) throw new Error(client.error.message);
  return client.value;
}

async function ask(client: StoreCommands, ...words: string[]): Promise<RespValue> {
  const reply = await client.command(words);
  if (!reply.ok) throw new Error(`${words[0]}: ${reply.error.message}`);
  return reply.value;
}

/** Resolves when the browser shows what is wanted; looks at each change. */
function until<T>(browser: KeyBrowser, look: () => T | null | undefined | false): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = (): boolean => {
      const found = look();
      if (found === null || found === undefined || found === false) return false;
      listening.dispose();
      clearTimeout(timer);
      resolve(found);
      return true;
    };
    const timer = setTimeout(() => {
      listening.dispose();
      reject(
        new Error(
          `not shown: ${String(look)}; ${JSON.stringify([browser.store, browser.scan, browser.selected])}`,
        ),
      );
    }, 30_000);
    const listening = browser.onChange(() => void check());
    check();
  });
}

const rowsOf = (browser: KeyBrowser): readonly string[] =>
  browser
    .rows({ offset: 0, count: 1000 })
    .map((row) => (row.kind === 'key' ? row.name : `${row.path} ${row.count}`));

async function valueOf(browser: KeyBrowser, name: string) {
  browser.select(name);
  return until(browser, () => browser.selected?.name === name && browser.selected.value);
}

describe.each(STORES)('keys of $name', ({ ours, start }) => {
  let store: Store;
  let client: StoreCommands;
  beforeAll(async () => {
    store = await start();
    client = await connect(store.adminUrl);
  });
  afterEach(async () => {
    for (const browser of open.splice(0)) browser.dispose();
    await ask(client, 'FLUSHALL');
  });
  afterAll(async () => {
    client?.close();
    await store?.close();
  });

  const ready = async (browser: KeyBrowser): Promise<void> => {
    await until(browser, () => browser.scan.complete);
    if (!ours) browser.allowEdits();
  };

  it('are shown as a tree by prefix, with type and end of those that are seen', async () => {
    for (let index = 0; index < 1200; index += 1) {
      await client.command(['SET', `cache:t${index % 7}:key-${index}`, 'v', 'PX', '60000']);
    }
    await ask(client, 'RPUSH', 'coord:t1:complete', 'a:success');
    await ask(client, 'CFN.LOCK', 'integrate', 'token-of-the-holder', '60000');
    const browser = browse(store);
    await ready(browser);
    expect(rowsOf(browser)).toEqual(['cache 1200', 'coord:t1:complete', 'lock:integrate']);
    browser.setOpen('cache', true);
    expect(browser.rowCount).toBe(10);
    browser.look({ offset: 0, count: 20 });
    const facts = await until(
      browser,
      () => browser.rows({ offset: 9, count: 1 }).find((row) => row.kind === 'key')?.facts,
    );
    expect(facts).toMatchObject({ type: 'string', owner: 'orchestrator' });
    expect(facts.endsAt).toBeGreaterThan(Date.now());
    const size = await until(browser, () => browser.store.size);
    expect(size.keys).toBeGreaterThanOrEqual(1202);
    expect(size.exact).toBe(ours);
  });

  it('are found by a part of their name, by a pattern, by type and by task', async () => {
    await ask(client, 'SET', 'swarm:t1:decision', 'PROCEED');
    await ask(client, 'SET', 'swarm:t10:decision', 'ITERATE');
    await ask(client, 'RPUSH', 'coord:t1:decision', 'x');
    const browser = browse(store);
    await ready(browser);
    const found = async (filter: Partial<typeof EVERYTHING>): Promise<readonly string[]> => {
      browser.search({ ...EVERYTHING, ...filter });
      await until(browser, () => browser.scan.complete);
      for (const path of ['swarm', 'coord']) browser.setOpen(path, true);
      return browser.rows({ offset: 0, count: 9 }).flatMap((row) => (row.kind === 'key' ? [row.name] : []));
    };
    expect(await found({ text: 'decis' })).toHaveLength(3);
    expect(await found({ text: 'coord:*:decision' })).toEqual(['coord:t1:decision']);
    expect(await found({ type: 'list' })).toEqual(['coord:t1:decision']);
    expect(await found({ taskId: 't1' })).toEqual(['coord:t1:decision', 'swarm:t1:decision']);
    expect(await found({ text: 'nothing-like-it' })).toEqual([]);
  });

  it('show their values by type, long ones in part and foreign bytes as hex', async () => {
    await ask(client, 'SET', 'context:t1:json', encodeText('{"a":[1,2],"ö":true}'));
    await ask(client, 'SET', 'context:t1:long', 'x'.repeat(100_000));
    await ask(client, 'SET', 'context:t1:raw', 'a\u00ff\u0000');
    await ask(
      client,
      'RPUSH',
      'coord:t1:list',
      ...Array.from({ length: 250 }, (_, index) => `item-${index}`),
    );
    await ask(client, 'HSET', 'coord:t1:hash', 'field', '<b>bold</b>', 'f2', '\u00ff');
    await ask(client, 'SADD', 'coord:t1:set', 'member');
    const browser = browse(store);
    await ready(browser);

    const json = await valueOf(browser, 'context:t1:json');
    expect(json.body.kind === 'json' && json.body.lines.map((line) => line.text)).toContain('"ö": true');
    expect(json.memory).toBeGreaterThan(0);
    const long = await valueOf(browser, 'context:t1:long');
    expect(long.body).toMatchObject({ kind: 'text', bytes: 100_000, cut: true, text: 'x'.repeat(4096) });
    expect(await browser.whole('context:t1:long', new AbortController().signal)).toEqual({
      ok: true,
      value: 'x'.repeat(100_000),
    });
    const raw = await valueOf(browser, 'context:t1:raw');
    expect(raw.body).toMatchObject({ kind: 'hex', bytes: 3 });
    const list = await valueOf(browser, 'coord:t1:list');
    expect(list.body).toMatchObject({ kind: 'list', total: 250, offset: 0 });
    expect(list.body.kind === 'list' && list.body.items).toHaveLength(100);
    browser.select('coord:t1:list', { offset: 200, cursor: '0' });
    const last = await until(
      browser,
      () =>
        browser.selected?.page.offset === 200 &&
        browser.selected.value?.body.kind === 'list' &&
        browser.selected.value.body.offset === 200 &&
        browser.selected.value.body,
    );
    expect(last.items.map(({ text }) => text).at(-1)).toBe('item-249');
    const hash = await valueOf(browser, 'coord:t1:hash');
    expect(hash.body).toMatchObject({ kind: 'table', total: 2, next: null });
    expect(hash.body.kind === 'table' && hash.body.rows.flat().find((cell) => cell.hex)?.text).toContain(
      'ff',
    );
    const set = await valueOf(browser, 'coord:t1:set');
    expect(set.body).toMatchObject({ kind: 'table', type: 'set', rows: [[{ text: 'member' }]] });
  });

  it('follow what others do, without being asked', async () => {
    await ask(client, 'SET', 'coord:t1:here', 'one');
    const browser = browse(store);
    await ready(browser);
    await until(browser, () => browser.store.source !== 'none');
    await valueOf(browser, 'coord:t1:here');
    await ask(client, 'SET', 'coord:t1:here', 'two');
    await until(browser, () => browser.selected?.value?.raw[0] === 'two');
    await ask(client, 'SET', 'coord:t1:new', 'v');
    await until(browser, () => browser.scan.read === 2);
    await ask(client, 'DEL', 'coord:t1:here');
    await until(browser, () => browser.selected?.state === 'gone' && browser.scan.read === 1);
    expect(rowsOf(browser)).toEqual(['coord:t1:new']);
  });

  it('are changed by hand, each change on record and only over what was seen', async () => {
    await ask(client, 'SET', 'coord:t1:text', 'before', 'PX', '60000');
    await ask(client, 'RPUSH', 'coord:t1:list', 'a', 'b');
    await ask(client, 'HSET', 'coord:t1:hash', 'f', 'v');
    const browser = browse(store);
    await ready(browser);
    const counted = (await createHandChanges(folder).recent(1)).count;
    await valueOf(browser, 'coord:t1:text');
    expect(await browser.apply({ kind: 'set', key: 'coord:t1:text', text: 'größer' })).toMatchObject({
      ok: true,
    });
    expect(await ask(client, 'GET', 'coord:t1:text')).toBe(encodeText('größer'));
    expect(Number(await ask(client, 'PTTL', 'coord:t1:text'))).toBeGreaterThan(0);
    await until(browser, () => browser.selected?.value?.raw[0] === encodeText('größer'));
    expect(await browser.apply({ kind: 'expire', key: 'coord:t1:text', seconds: 3600 })).toMatchObject({
      ok: true,
    });
    expect(Number(await ask(client, 'PTTL', 'coord:t1:text'))).toBeGreaterThan(3_000_000);
    await valueOf(browser, 'coord:t1:list');
    expect(await browser.apply({ kind: 'item', key: 'coord:t1:list', index: 1, text: 'B' })).toMatchObject({
      ok: true,
    });
    await until(browser, () => browser.selected?.value?.raw[1] === 'B');
    expect(await browser.apply({ kind: 'redeliver', key: 'coord:t1:list', index: 1 })).toMatchObject({
      ok: true,
    });
    expect(await browser.apply({ kind: 'push', key: 'coord:t1:list', text: 'new' })).toMatchObject({
      ok: true,
    });
    expect(await ask(client, 'LRANGE', 'coord:t1:list', '0', '-1')).toEqual(['new', 'B', 'a', 'B']);
    await valueOf(browser, 'coord:t1:hash');
    expect(await browser.apply({ kind: 'field', key: 'coord:t1:hash', field: 'f', text: 'w' })).toMatchObject(
      { ok: true },
    );
    expect(await ask(client, 'HGET', 'coord:t1:hash', 'f')).toBe('w');

    await valueOf(browser, 'coord:t1:text');
    browser.setWatched(false);
    await ask(client, 'SET', 'coord:t1:text', 'by another');
    const late = await browser.apply({ kind: 'set', key: 'coord:t1:text', text: 'too late' });
    expect(!late.ok && late.error).toContain('changed meanwhile');
    expect(await ask(client, 'GET', 'coord:t1:text')).toBe('by another');
    expect(await browser.apply({ kind: 'delete', key: 'coord:t1:text' })).toMatchObject({ ok: true });
    expect(await ask(client, 'EXISTS', 'coord:t1:text')).toBe(0);

    const { changes, count } = await createHandChanges(folder).recent(9);
    expect(count - counted).toBe(9);
    expect(changes.map(({ action }) => action)).toContain('changed the TTL of');
    expect(changes.at(-2)).toMatchObject({
      key: 'coord:t1:text',
      detail: expect.stringContaining('not done'),
    });
    expect(JSON.stringify(changes)).not.toContain('größer');
  });

  it('say when a hand-over is not what the journal holds', async () => {
    const text = JSON.stringify({ gate: 'passed' });
    await ask(client, 'SET', 'task:t1:loop3', text);
    await ask(client, 'SET', 'task:t1:long', 'x'.repeat(70_000));
    const browser = browse(store, (key) =>
      key === 'task:t1:loop3'
        ? { point: 4, sha256: sha256(text) }
        : key === 'task:t1:long'
          ? { point: 2, sha256: sha256('x'.repeat(70_000)) }
          : null,
    );
    await ready(browser);
    await valueOf(browser, 'task:t1:loop3');
    expect(browser.selected?.handOver).toEqual({ point: 4, verified: true });
    await ask(client, 'SET', 'task:t1:loop3', text.replace('passed', 'failed'));
    await until(browser, () => browser.selected?.handOver?.verified === false);
    await valueOf(browser, 'task:t1:long');
    expect(browser.selected?.handOver).toEqual({ point: 2, verified: true });
  });

  it('show who waits on them', async () => {
    const browser = browse(store);
    await ready(browser);
    const agent = await connect(store.taskUrl('t1'));
    const waiting = agent.command(['BRPOP', 'coord:t1:signal:a', '60']);
    const [wait] = await until(browser, () => browser.waits.length === 1 && browser.waits);
    expect(wait).toMatchObject({ taskId: 't1', command: 'brpop', keys: ['coord:t1:signal:a'] });
    expect((wait?.until ?? 0) - Date.now()).toBeGreaterThan(30_000);
    expect(await browser.apply({ kind: 'push', key: 'coord:t1:signal:a', text: 'go' })).toMatchObject({
      ok: true,
    });
    expect(await waiting).toMatchObject({ ok: true, value: ['coord:t1:signal:a', 'go'] });
    await until(browser, () => browser.waits.length === 0);
    agent.close();
  });

  it('keep their end when a message is pushed to a list that was not looked at', async () => {
    await ask(client, 'LPUSH', 'coord:t1:signal:b', 'one');
    await ask(client, 'PEXPIRE', 'coord:t1:signal:b', '60000');
    const browser = browse(store);
    await ready(browser);
    for (const key of ['coord:t1:signal:b', 'coord:t1:signal:new']) {
      expect(await browser.apply({ kind: 'push', key, text: 'two' })).toMatchObject({ ok: true });
    }
    expect(await ask(client, 'PTTL', 'coord:t1:signal:b')).toBeLessThanOrEqual(60_000);
    expect(await ask(client, 'PTTL', 'coord:t1:signal:new')).toBeGreaterThan(60_000);
  });
});

describe.skipIf(missing.length > 0)('keys of a server that we did not start', () => {
  it('are read only until a person allows edits', async () => {
    const store = await single();
    const client = await connect(store.adminUrl);
    await ask(client, 'SET', 'coord:t1:x', '1');
    const browser = browse(store);
    await until(browser, () => browser.scan.complete);
    expect(browser.store.edits).toBe('read-only');
    const refused = await browser.apply({ kind: 'delete', key: 'coord:t1:x' });
    expect(!refused.ok && refused.error).toContain('Allow edits');
    expect(await ask(client, 'EXISTS', 'coord:t1:x')).toBe(1);
    browser.allowEdits();
    expect(await browser.apply({ kind: 'delete', key: 'coord:t1:x' })).toMatchObject({ ok: true });
    browser.dispose();
    client.close();
    await store.close();
  });

  it('stay in sight while it is away, and are read again by themselves when it is back', async () => {
    const store = await single();
    const client = await connect(store.adminUrl);
    await ask(client, 'SET', 'coord:t1:x', '1');
    const browser = browse(store);
    await until(browser, () => browser.scan.complete);
    await store.redis?.kill();
    const down = await until(browser, () => browser.store.state.kind === 'down' && browser.store.state);
    expect(Date.now() - down.since).toBeLessThan(10_000);
    expect(down.problem).toContain('does not serve');
    expect(rowsOf(browser)).toEqual(['coord:t1:x']);
    await store.redis?.restart();
    await until(browser, () => browser.store.state.kind === 'up');
    await until(browser, () => browser.scan.complete && browser.scan.read === 0);
    browser.dispose();
    client.close();
    await store.close();
  });
});
