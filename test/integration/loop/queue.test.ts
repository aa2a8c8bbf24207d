import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { createLoopQueue } from '../../../src/adapters/journal/loop-queue.ts';
import { createProcesses } from '../../../src/adapters/journal/process-identity.ts';
import { stateHome } from '../../../src/adapters/state/root.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { deferred } from '../../../src/base/deferred.ts';
import { all, GOOD, last, LoopBench, removePrograms, type PublicEvent } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
  writeFileSync(join(bench.folder, 'hold'), '');
});
afterEach(() => {
  letGo();
  bench.finish();
});
afterAll(removePrograms);

/** Implementers work until `letGo`. */
const held = () => ({
  ...GOOD,
  implementer: [
    { ...GOOD.implementer[0], run: [`while [ -e '${join(bench.folder, 'hold')}' ]; do sleep 0.1; done`] },
  ],
});
const letGo = () => rmSync(join(bench.folder, 'hold'), { force: true });

/** A command line that runs a loop; `sees` resolves with the first event of a type. */
async function command(args: readonly string[]) {
  const seen = new Map<string, ReturnType<typeof deferred<PublicEvent>>>();
  const of = (type: string) => {
    const one = seen.get(type) ?? deferred<PublicEvent>();
    seen.set(type, one);
    return one;
  };
  const { child, ended } = await bench.start(args, (event) => of(event.type).resolve(event));
  return { child, ended, sees: (type: string) => of(type).promise };
}
/** The smallest crew that there is. */
const SMALL = ['--evidence', 'git --version', '--validator', 'v1=CREW'];
const loop = (taskId: string, ...more: readonly string[]) =>
  command(bench.runArguments(held(), ['--task-id', taskId, ...SMALL, ...more]));

/** The line as it stands on disk. */
const line = () =>
  createLoopQueue({
    folder: join(stateHome({ env: bench.env }), 'queue'),
    repository: { id: '', root: '' },
    processes: createProcesses(),
    clock: systemClock,
    logger: silentLogger,
  }).list();
const order = async () => (await line()).map(({ taskId }) => taskId);
/** A queued loop stands in the line a moment after it was journaled. */
async function inLine(taskId: string): Promise<number> {
  for (;;) {
    const found = (await line()).findIndex((each) => each.taskId === taskId && each.attended);
    if (found >= 0) return found + 1;
    await systemClock.sleep(20);
  }
}

it('begins queued loops one after the other, as a person ordered them, and only once', async () => {
  const first = await loop('first');
  await first.sees('AgentStarted');
  const queued = [];
  for (const id of ['second', 'third', 'fourth']) {
    const next = await loop(id, '--queue');
    await next.sees('LoopQueued');
    await inLine(id);
    queued.push(next);
  }
  const shown = (await bench.cfn('queue', '--json')).events;
  expect(shown).toMatchObject(
    ['second', 'third', 'fourth'].map((taskId, index) => ({ position: index + 1, taskId, attended: true })),
  );
  const [status] = (await bench.cfn('status', 'third', '--json')).events;
  expect(status).toMatchObject({ headline: 'Queued', queuedSince: expect.any(Number) });

  expect((await bench.cfn('queue', 'move', 'fourth', '1')).code).toBe(0);
  expect((await bench.cfn('queue', 'remove', 'third')).code).toBe(0);
  expect(await order()).toEqual(['fourth', 'second']);
  const refused = await bench.cfn('queue', 'move', 'first', '1');
  expect(refused).toMatchObject({ code: 2, stderr: 'The loop first is not queued.\n' });
  letGo();

  const [one, two, three, four] = await Promise.all([first, ...queued].map(({ ended }) => ended));
  expect([one?.code, two?.code, three?.code, four?.code]).toEqual([0, 0, 130, 0]);
  expect(all(three!, 'AgentStarted')).toEqual([]);
  const at = (run: typeof one, type: string) => Date.parse(String(last(run!, type)?.['at']));
  expect(at(four, 'LoopDequeued')).toBeGreaterThanOrEqual(at(one, 'LoopFinished'));
  expect(at(two, 'LoopDequeued')).toBeGreaterThanOrEqual(at(four, 'LoopFinished'));
  for (const run of [two, four]) expect(all(run!, 'LoopDequeued')).toHaveLength(1);
  expect(await line()).toEqual([]);
}, 300_000);

it('keeps the place of a loop whose command line is killed, and runs nothing of it twice', async () => {
  const first = await loop('first');
  await first.sees('AgentStarted');
  const killed = await loop('killed', '--queue');
  await killed.sees('LoopQueued');
  await inLine('killed');
  const behind = await loop('behind', '--queue');
  await behind.sees('LoopQueued');
  await inLine('behind');
  killed.child.kill('SIGKILL');
  await killed.ended;

  const resumed = await command(['resume', 'killed', '--json']);
  expect(await inLine('killed')).toBe(1);
  letGo();
  const runs = await Promise.all([first, resumed, behind].map(({ ended }) => ended));
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  const [, own, other] = runs;
  expect(Date.parse(String(last(other!, 'LoopDequeued')?.['at']))).toBeGreaterThanOrEqual(
    Date.parse(String(last(own!, 'LoopFinished')?.['at'])),
  );
  const history = (await bench.cfn('replay', 'killed', '--json')).events;
  const count = (type: string) => history.filter((event) => event.type === type).length;
  expect([count('LoopStarted'), count('LoopDequeued'), count('AgentStarted')]).toEqual([1, 1, 3]);
}, 300_000);

it('begins a queued loop when whoever ran the one before it is killed, or at once when asked to', async () => {
  const first = await loop('first');
  await first.sees('AgentStarted');
  const second = await loop('second', '--queue');
  await second.sees('LoopQueued');
  const third = await loop('third', '--queue');
  await third.sees('LoopQueued');
  await inLine('third');
  const started = await command(['queue', 'start', 'third', '--json']);
  expect(await third.sees('LoopDequeued')).toMatchObject({ by: 'person' });
  first.child.kill('SIGKILL');
  await first.ended;
  letGo();
  const ends = await Promise.all([second, third, started].map(({ ended }) => ended));
  expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(last(ends[0]!, 'LoopDequeued')).toMatchObject({ by: 'turn' });
  const resumed = await bench.cfn('resume', 'first', '--json');
  expect(resumed.code).toBe(0);
}, 300_000);
