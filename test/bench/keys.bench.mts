/** The coordination view on a million keys: when its first rows are there, and how long the editor is held up meanwhile. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openStore } from '../../src/adapters/coordination/open-store.ts';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { ensureStore, type EnsureStore } from '../../src/adapters/coordination/store-launch.ts';
import { createHandChanges } from '../../src/adapters/state/hand-changes.ts';
import { createKeyBrowser } from '../../src/app/keys/create-key-browser.ts';
import type { KeyBrowser } from '../../src/app/keys/key-browser.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { StoreCommands } from '../../src/ports/store-commands.ts';
import { redisConfig, type RedisConfig } from '../../src/protocol/redis-settings.ts';
import type { ToKeys } from '../../src/protocol/webview-keys.ts';
import { createKeyIds } from '../../src/vscode/keys/key-ids.ts';
import { createKeysChannel } from '../../src/vscode/keys/keys-channel.ts';
import { ADMIN_PASSWORD, startRedis } from '../integration/store-support.ts';
import type { Bench, Row } from './measure.mts';

const DIST = resolve(import.meta.dirname, '../../dist');
const SPACES = ['coord', 'swarm', 'task', 'context'] as const;
const KEYS_OF_A_TASK = 1000;
const STEP_MS = 60_000;

type Place = Omit<EnsureStore, 'signal'>;

const placeOf = (folder: string, redis: RedisConfig | null): Place => ({
  folder,
  program: { execPath: process.execPath, args: [join(DIST, 'store.js')] },
  redis,
  deadlineMs: 20_000,
});

/** So many keys of many tasks, as loops have them; the store's own client writes them. */
async function fill(place: Place, keys: number, say: (line: string) => void): Promise<StoreCommands> {
  const store = await ensureStore({ ...place, signal: AbortSignal.timeout(STEP_MS) });
  if (!store.ok) throw new Error(store.error.message);
  // It stays open, so that the store stays.
  const client = await openRespClient({ url: store.value.adminUrl, deadlineMs: STEP_MS });
  if (!client.ok) throw new Error(client.error.message);
  const writes: Promise<unknown>[] = [];
  for (let written = 0; written < keys; written += KEYS_OF_A_TASK) {
    const task = `t${written / KEYS_OF_A_TASK}`;
    const words = Array.from({ length: KEYS_OF_A_TASK }, (_, index) => [
      `${SPACES[index % SPACES.length]}:${task}:k${index}`,
      'value',
    ]);
    writes.push(
      client.value.command(['MSET', ...words.flat()]).then((reply) => {
        if (!reply.ok) throw new Error(reply.error.message);
      }),
    );
    if (writes.length >= 20) await Promise.all(writes.splice(0));
  }
  await Promise.all(writes);
  say(`  ${keys.toLocaleString('en')} keys are there`);
  return client.value;
}

/**
 * The longest time that the thread worked without a pause, milliseconds. Its own time is counted, not the wall's: that
 * another program had the processor is not the editor's doing.
 */
function watchBlocks() {
  const worked = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let longest = 0;
  let last = worked();
  let stopped = false;
  const look = (): void => {
    const now = worked();
    longest = Math.max(longest, now - last);
    last = now;
    if (!stopped) setImmediate(look);
  };
  setImmediate(look);
  return {
    /** And begins anew. */
    take: (): number => {
      const taken = longest;
      longest = 0;
      return taken;
    },
    stop: (): void => {
      stopped = true;
    },
  };
}

interface Opened {
  readonly browser: KeyBrowser;
  readonly channel: ReturnType<typeof createKeysChannel>;
  /** Resolves at the next message that is wanted. */
  readonly next: (wanted: (message: ToKeys) => boolean) => Promise<void>;
  readonly close: () => void;
}

/** As the editor opens it, without a window around it; messages are made into text, as a webview's are. */
function open(place: Place): Opened {
  const waiting = new Set<{ readonly wanted: (message: ToKeys) => boolean; readonly done: () => void }>();
  const browser = createKeyBrowser({
    connect: openStore(place),
    changes: createHandChanges(place.folder),
    clock: systemClock,
    hash: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
    handOver: () => null,
  });
  const channel = createKeysChannel({
    loops: { views: () => [], onChange: () => ({ dispose: () => undefined }) },
    ids: createKeyIds(),
    visible: () => true,
    post: (message) => {
      JSON.stringify(message);
      for (const each of waiting) {
        if (!each.wanted(message)) continue;
        waiting.delete(each);
        each.done();
      }
    },
    kept: null,
  });
  return {
    browser,
    channel,
    next: (wanted) => new Promise((done) => waiting.add({ wanted, done })),
    close: () => {
      channel.dispose();
      browser.dispose();
    },
  };
}

const hasRows = (message: ToKeys): boolean => message.type === 'rows' && message.rows.length > 0;
const isRead = (message: ToKeys): boolean => message.type === 'rows' && !message.scan.running;

interface Look {
  readonly firstRowsMs: number;
  /** While rows came, were opened, scrolled and searched. */
  readonly longestMs: number;
}

async function look(place: Place, blocks: ReturnType<typeof watchBlocks>): Promise<Look> {
  // The loop is idle again before it is measured.
  await new Promise((resolve) => setTimeout(resolve, 50));
  blocks.take();
  const startedAt = performance.now();
  const { browser, channel, next, close } = open(place);
  try {
    const rows = next(hasRows);
    const read = next((message) => hasRows(message) && isRead(message));
    channel.use(browser, null);
    channel.hello();
    await rows;
    const firstRowsMs = performance.now() - startedAt;
    channel.fold('coord', true);
    channel.look({ offset: 0, count: 60 });
    await read;
    // All that it keeps, ten thousand at a time.
    while (!browser.scan.full && !browser.scan.complete) {
      const more = next(isRead);
      browser.more();
      await more;
      channel.look({ offset: Math.floor(browser.rowCount / 2), count: 60 });
    }
    const found = next(isRead);
    channel.search({ text: 'k77', type: null, taskId: null });
    await found;
    return { firstRowsMs, longestMs: blocks.take() };
  } finally {
    close();
  }
}

/** What anybody has to wait for a page of names. */
async function pageMs(client: StoreCommands): Promise<number> {
  const startedAt = performance.now();
  const reply = await client.command(['SCAN', '0', 'COUNT', '500']);
  if (!reply.ok) throw new Error(reply.error.message);
  return performance.now() - startedAt;
}

interface Store {
  readonly id: string;
  readonly title: string;
  readonly redis: RedisConfig | null;
}

async function measure(
  store: Store,
  {
    keys,
    rounds,
    say,
  }: { readonly keys: number; readonly rounds: number; readonly say: (line: string) => void },
): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'cfn-keys-bench-'));
  const place = placeOf(folder, store.redis);
  const client = await fill(place, keys, say);
  const blocks = watchBlocks();
  try {
    const looks: Look[] = [];
    const pages: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const seen = await look(place, blocks);
      say(`  first rows ${seen.firstRowsMs.toFixed(1)} ms, longest block ${seen.longestMs.toFixed(1)} ms`);
      pages.push(await pageMs(client));
      // The first one only warms up.
      if (round > 0) looks.push(seen);
    }
    const of = `${keys.toLocaleString('en')} keys, ${store.title}`;
    return [
      {
        id: `keys-first-${store.id}`,
        title: `${of}: first rows`,
        unit: 'ms',
        samples: looks.map(({ firstRowsMs }) => firstRowsMs),
        limit: { title: 'one page of names', samples: pages.slice(1) },
        target: { kind: 'at-most', value: 200 },
      },
      {
        id: `keys-block-${store.id}`,
        title: `${of}: longest time that the editor’s host could do nothing else`,
        unit: 'ms',
        samples: looks.map(({ longestMs }) => longestMs),
        limit: { title: 'what a picture of a screen takes', samples: [16] },
        target: { kind: 'at-most', value: 16 },
        note: `the worst of ${looks.length} looks ${Math.max(...looks.map(({ longestMs }) => longestMs)).toFixed(1)} ms`,
      },
    ];
  } finally {
    blocks.stop();
    await client.command(['SHUTDOWN']).catch(() => undefined);
    client.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const keys: Bench = {
  id: 'keys',
  title: 'Coordination view, a million keys',
  run: async ({ short, say }) => {
    const options = { keys: short ? 50_000 : 1_000_000, rounds: short ? 2 : 7, say };
    const embedded = await measure({ id: 'embedded', title: 'embedded store', redis: null }, options);
    const server = await startRedis();
    if (!server) return embedded;
    try {
      const redis = redisConfig({ url: `redis://127.0.0.1:${server.port}` }, { password: ADMIN_PASSWORD });
      if (!redis.ok) throw new Error(redis.error);
      return [
        ...embedded,
        ...(await measure({ id: 'redis', title: 'a real Redis', redis: redis.value }, options)),
      ];
    } finally {
      await server.close();
    }
  },
};
