import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgentSlots } from '../../src/adapters/journal/agent-slots.ts';
import { createProcesses } from '../../src/adapters/journal/process-identity.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { SlotWait } from '../../src/ports/agent-slots.ts';

const QUIET = '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON';
const CONTENDER = fileURLToPath(new URL('../fixtures/slot-contender.ts', import.meta.url));

let folder: string;
let children: ChildProcess[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-slots-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const ACCOUNT = 'a'.repeat(16);

const slotsFolder = () => join(folder, 'agents');
const attemptOf = (name: string) => join(folder, name);

/** A process of its own that wants a slot. */
async function contender(name: string, limit: number, account = '') {
  await mkdir(attemptOf(name), { recursive: true });
  const child = spawn(
    process.execPath,
    [QUIET, CONTENDER, slotsFolder(), String(limit), attemptOf(name), account],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  children.push(child);
  const heard: { readonly waits?: SlotWait; readonly taken?: true; readonly done?: string }[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => heard.push(JSON.parse(line) as (typeof heard)[number]));
  const until = async (said: (event: (typeof heard)[number]) => boolean) => {
    while (!heard.some(said)) await once(lines, 'line');
    return heard.find(said);
  };
  return {
    heard,
    waits: async () => (await until((event) => event.waits !== undefined))?.waits,
    taken: () => until((event) => event.taken === true),
    holds: () => heard.some((event) => event.taken === true),
    tell: async (word: string) => {
      child.stdin.write(`${word}\n`);
      await until((event) => event.done === word);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('slots of the machine', () => {
  it('are given to those who wait longest, and never more than there are', async () => {
    const first = await contender('a', 2);
    const second = await contender('b', 2);
    await Promise.all([first.taken(), second.taken()]);
    const third = await contender('c', 2);
    expect(await third.waits()).toEqual({ limit: 2, running: 2, ahead: 0 });
    const fourth = await contender('d', 2);
    expect(await fourth.waits()).toEqual({ limit: 2, running: 2, ahead: 1 });
    await first.tell('release');
    await third.taken();
    expect(fourth.holds()).toBe(false);
    await second.tell('release');
    await fourth.taken();
    expect((await readdir(slotsFolder())).filter((name) => name.startsWith('agent-'))).toHaveLength(2);
  });

  it('are never more than there are when all come at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, (_, n) => contender(`x${n}`, 1)));
    while (all.length > 0) {
      const holder = await Promise.race(
        all.map(async (each) => {
          await each.taken();
          return each;
        }),
      );
      expect(all.filter((each) => each.holds())).toEqual([holder]);
      all.splice(all.indexOf(holder), 1);
      await holder.tell('release');
    }
  });

  it('keep an account whose provider took no more, and nobody else', async () => {
    const first = await contender('a', 8, ACCOUNT);
    const second = await contender('b', 8, ACCOUNT);
    await Promise.all([first.taken(), second.taken()]);
    const retryAt = Date.now() + 2_000;
    await first.tell(JSON.stringify({ kind: 'rate-limited', at: Date.now(), startedAt: 0, retryAt }));
    await second.kill();
    await first.kill();
    const held = await contender('held', 8, ACCOUNT);
    expect(await held.waits()).toMatchObject({ running: 0, ahead: 0, hold: { kind: 'rate-limit' } });
    const other = await contender('other', 8, 'b'.repeat(16));
    const without = await contender('without', 8);
    await Promise.all([other.taken(), without.taken()]);
    expect(held.holds()).toBe(false);
    await held.taken();
    expect(Date.now()).toBeGreaterThanOrEqual(retryAt);
    // Half of the two that ran.
    const behind = await contender('behind', 8, ACCOUNT);
    expect(await behind.waits()).toMatchObject({ hold: { kind: 'most', most: 1 } });
    await held.kill();
    await behind.taken();
  });

  it('let one agent try an account that failed three times in a row, after a while', async () => {
    const failing = await contender('fails', 8, ACCOUNT);
    await failing.taken();
    for (let time = 0; time < 3; time += 1)
      await failing.tell(JSON.stringify({ kind: 'error', message: 'HTTP 500' }));
    await failing.tell('release');
    const trial = await contender('trial', 8, ACCOUNT);
    expect(await trial.waits()).toMatchObject({ hold: { kind: 'errors' } });
    await trial.taken();
    const next = await contender('next', 8, ACCOUNT);
    expect(await next.waits()).toMatchObject({ hold: { kind: 'most', most: 1 } });
    await trial.tell(JSON.stringify({ kind: 'completed' }));
    await next.taken();
    expect((await readdir(slotsFolder())).filter((name) => name.startsWith('account-'))).toEqual([]);
  });

  it('are free when their owner was killed, but not while its agent runs on', async () => {
    const dies = await contender('dies', 2);
    const runsOn = await contender('runs-on', 2);
    await Promise.all([dies.taken(), runsOn.taken()]);
    await writeFile(join(attemptOf('runs-on'), 'alive'), '');
    const next = await contender('next', 2);
    await next.waits();
    await runsOn.kill();
    await dies.kill();
    await next.taken();
    const last = await contender('last', 2);
    expect(await last.waits()).toEqual({ limit: 2, running: 2, ahead: 0 });
    await rm(join(attemptOf('runs-on'), 'alive'));
    await last.taken();
  });

  it('stay with an agent whose orchestrator let go of it, for as long as it runs', async () => {
    const owner = await contender('left', 1);
    await owner.taken();
    await writeFile(join(attemptOf('left'), 'alive'), '');
    await owner.tell('leave');
    const next = await contender('next', 1);
    expect(await next.waits()).toEqual({ limit: 1, running: 1, ahead: 0 });
    await rm(join(attemptOf('left'), 'alive'));
    await next.taken();
  });

  it('are not held up by a killed or suspended process that waits at the head', async () => {
    const owner = await contender('owner', 1);
    await owner.taken();
    const killed = await contender('killed', 1);
    await killed.waits();
    await killed.kill();
    const place = (await readdir(slotsFolder())).find((name) => name.startsWith('waiting-')) ?? '';
    const old = new Date(Date.now() - 16_000);
    await utimes(join(slotsFolder(), place), old, old);
    const next = await contender('next', 1);
    expect(await next.waits()).toMatchObject({ ahead: 0 });
    await owner.tell('release');
    await next.taken();
  });

  it('are given at once to agents that run already, and a wait that is called off leaves nothing', async () => {
    const slots = createAgentSlots({
      folder: slotsFolder(),
      limit: () => Promise.resolve(1),
      runs: () => Promise.resolve(false),
      processes: createProcesses(),
      clock: systemClock,
    });
    const { signal } = new AbortController();
    const adopted = await Promise.all(
      ['one', 'two'].map((name) =>
        slots.acquire({ folder: name, started: true, account: null }, () => undefined, signal),
      ),
    );
    const stop = new AbortController();
    const reason = new Error('stopped');
    const waiting = slots.acquire(
      { folder: 'three', started: false, account: null },
      () => stop.abort(reason),
      stop.signal,
    );
    await expect(waiting).rejects.toBe(reason);
    for (const slot of adopted) await slot.release();
    const rest = (await readdir(slotsFolder())).filter((name) => name !== 'lock');
    expect(rest).toEqual([]);
  });
});
