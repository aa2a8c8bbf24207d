import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLoopQueue } from '../../src/adapters/journal/loop-queue.ts';
import { createProcesses } from '../../src/adapters/journal/process-identity.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import type { QueueWait } from '../../src/ports/loop-queue.ts';

const QUIET = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';
const CONTENDER = fileURLToPath(new URL('../fixtures/queue-contender.ts', import.meta.url));

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-queue-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const queueOf = (id = 'here') =>
  createLoopQueue({
    folder,
    repository: { id, root: `/${id}` },
    processes: createProcesses(),
    clock: systemClock,
    logger: silentLogger,
  });
const line = async () => (await queueOf().list()).map(({ taskId, attended }) => [taskId, attended]);

/** As if whoever waited there had been dead for long. */
async function abandon(taskId: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((each) => each.startsWith('place-'))) {
    const place = join(folder, name);
    if ((await readFile(place, 'utf8')).includes(`"taskId":"${taskId}"`)) await utimes(place, 0, 0);
  }
}

/** A process of its own that runs a queued loop. */
function contender(taskId: string) {
  const child = spawn(process.execPath, [QUIET, CONTENDER, folder, taskId], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const heard: { readonly waits?: QueueWait; readonly turn?: true; readonly done?: string }[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (text) => heard.push(JSON.parse(text) as (typeof heard)[number]));
  const until = async (said: (event: (typeof heard)[number]) => boolean) => {
    while (!heard.some(said)) await once(lines, 'line');
    return heard.find(said);
  };
  return {
    waits: async () => (await until((event) => event.waits !== undefined))?.waits,
    waitsFor: (ahead: number) => until((event) => event.waits?.ahead === ahead),
    turn: () => until((event) => event.turn === true),
    hasTurn: () => heard.some((event) => event.turn === true),
    tell: async (word: 'working' | 'resting' | 'close') => {
      child.stdin.write(`${word}\n`);
      await until((event) => event.done === word);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('the queue of the machine', () => {
  it('gives turns one after the other, in the order of asking', async () => {
    const first = contender('a');
    await first.turn();
    await first.tell('working');
    const second = contender('b');
    expect(await second.waits()).toEqual({ atWork: 1, ahead: 0 });
    const third = contender('c');
    expect(await third.waits()).toEqual({ atWork: 1, ahead: 1 });
    expect(await line()).toEqual([
      ['b', true],
      ['c', true],
    ]);
    await first.tell('resting');
    await second.turn();
    expect(third.hasTurn()).toBe(false);
    await second.tell('working');
    await second.tell('resting');
    await third.turn();
  });

  it('gives nobody a turn twice, and no two at once, when all come at once and one is killed with it', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    let waiting = ids.map((id) => ({ id, loop: contender(id) }));
    const turns: string[] = [];
    while (waiting.length > 0) {
      const next = await Promise.race(waiting.map(async (each) => (await each.loop.turn(), each)));
      expect(waiting.filter((each) => each.loop.hasTurn())).toHaveLength(1);
      turns.push(next.id);
      waiting = waiting.filter((each) => each !== next);
      if (turns.length === 2) await next.loop.kill();
      else await next.loop.tell('resting');
    }
    expect(turns.toSorted()).toEqual(ids);
    // Whoever died with its turn and told nobody is still queued.
    expect(await line()).toEqual([[turns[1], expect.any(Boolean)]]);
  });

  it('passes over a loop that nobody waits for, and keeps its place', async () => {
    const atWork = contender('a');
    await atWork.turn();
    await atWork.tell('working');
    const killed = contender('b');
    await killed.waits();
    const last = contender('c');
    await last.waitsFor(1);
    await killed.kill();
    await abandon('b');
    expect(await line()).toEqual([
      ['b', false],
      ['c', true],
    ]);
    const again = contender('b');
    expect(await again.waits()).toEqual({ atWork: 1, ahead: 0 });
    await again.kill();
    await abandon('b');
    await atWork.tell('resting');
    await last.turn();
  });

  it('puts a loop where a person wants it, whoever waits for it', async () => {
    const atWork = contender('a');
    await atWork.turn();
    await atWork.tell('working');
    const loops = [];
    for (const id of ['b', 'c', 'd']) {
      const loop = contender(id);
      await loop.waits();
      loops.push(loop);
    }
    expect(await queueOf().move('d', 1)).toBe(true);
    expect(await queueOf().move('b', 99)).toBe(true);
    expect(await line()).toEqual([
      ['d', true],
      ['c', true],
      ['b', true],
    ]);
    expect(await queueOf('elsewhere').move('b', 1)).toBe(false);
    expect(await queueOf().move('none', 1)).toBe(false);
    await atWork.tell('resting');
    await loops[2]?.turn();
    expect(loops[1]?.hasTurn()).toBe(false);
  });

  it('counts a loop at work no longer once its process is killed', async () => {
    const atWork = contender('a');
    await atWork.turn();
    await atWork.tell('working');
    const next = contender('b');
    await next.waits();
    expect(next.hasTurn()).toBe(false);
    await atWork.kill();
    await next.turn();
  });

  it('is told of loops of other repositories with their places', async () => {
    const elsewhere = queueOf('elsewhere').member({ taskId: 'a', since: 7 });
    await elsewhere.stands('queued');
    await queueOf().member({ taskId: 'a', since: 8 }).stands('queued');
    expect(await queueOf().list()).toEqual([
      { taskId: 'a', repository: { id: 'elsewhere', root: '/elsewhere' }, since: 7, attended: true },
      { taskId: 'a', repository: { id: 'here', root: '/here' }, since: 8, attended: true },
    ]);
    await elsewhere.close();
    expect((await queueOf().list()).map(({ attended }) => attended)).toEqual([false, true]);
    await queueOf().forget('A');
    expect(await queueOf().list()).toHaveLength(1);
  });

  it('gives no turn to a loop that is called off', async () => {
    const atWork = queueOf().member({ taskId: 'a', since: 1 });
    await atWork.stands('working');
    const controller = new AbortController();
    const waiting = queueOf()
      .member({ taskId: 'b', since: 2 })
      .turn(() => controller.abort(new Error('called off')), controller.signal);
    await expect(waiting).rejects.toThrow('called off');
    await atWork.close();
    const next = queueOf().member({ taskId: 'c', since: 3 });
    await queueOf().forget('b');
    await next.turn(() => expect.unreachable(), new AbortController().signal);
  });
});
