import { expect, it } from 'vitest';
import type { QueueEntry } from '../../app/loop-service.ts';
import { dispatch } from '../dispatch.ts';
import { createTestLoop } from '../test-loop.ts';
import { createTestWorld } from '../test-service.ts';

const entry = (taskId: string, change: Partial<QueueEntry> = {}): QueueEntry => ({
  taskId,
  repository: { id: 'r', root: '/home/shop' },
  since: Date.now() - 130_000,
  attended: true,
  here: true,
  ...change,
});

function start(line: readonly QueueEntry[], ...argv: readonly string[]) {
  const loop = createTestLoop('next', { queuedSince: 1 });
  const world = createTestWorld({
    loops: [loop, createTestLoop('runs')],
    service: { queue: () => Promise.resolve(line) },
  });
  return { ...world, loop, exit: dispatch(['queue', ...argv], '1.2.3', world.context) };
}

it('shows the line, hostile folders as text, and where nobody waits', async () => {
  const elsewhere = { id: 'x', root: '/tmp/\u001b[2Jevil' };
  const { exit, output } = start([
    entry('next'),
    entry('lonely', { attended: false, repository: elsewhere, here: false }),
  ]);
  expect(await exit).toBe(0);
  expect(output.stdout.split('\n')).toEqual([
    '1  next    queued 2 min                                          /home/shop',
    '2  lonely  queued 2 min  nobody waits for it: cfn resume lonely  /tmp/\uFFFD[2Jevil',
    '',
  ]);
  const none = start([]);
  expect(await none.exit).toBe(0);
  expect(none.output.stdout).toBe('No loop is queued on this machine.\n');
  const json = start([entry('next')], '--json');
  await json.exit;
  expect(JSON.parse(json.output.stdout)).toMatchObject({ position: 1, taskId: 'next', attended: true });
});

it('moves a loop, takes one out, and begins one', async () => {
  const moved = start([entry('next')], 'move', 'next', '2');
  expect(await moved.exit).toBe(0);
  expect(moved.calls).toContainEqual(['moveInQueue', 'next', 2]);
  const removed = start([], 'remove', 'next');
  expect(await removed.exit).toBe(0);
  expect(removed.calls).toContainEqual(['stop', 'next']);
  expect(removed.output.stdout).toContain('nothing of it had begun');
  const started = start([], 'start', 'next');
  await started.loop.followed;
  started.loop.finish('PROCEED');
  expect(await started.exit).toBe(0);
  expect(started.calls).toContainEqual(['startNow', 'next']);
});

it.each([
  [['jump', 'next'], 'cfn queue is given "jump"; it takes list, move, remove, start.'],
  [['move'], 'TASK_ID is missing; it takes the id of a queued loop (cfn queue lists them).'],
  [['remove', '../x'], 'TASK_ID is "../x"'],
  [['move', 'next'], 'POSITION is ""; it takes a whole number from 1, which is the next one.'],
  [['move', 'next', '0'], 'POSITION is "0"; it takes a whole number from 1'],
  [['remove', 'next', 'now'], 'cfn queue remove is given "now" too much.'],
])('refuses %j before the core is loaded', async (argv, sentence) => {
  const { exit, output, calls } = start([], ...argv);
  expect(await exit).toBe(2);
  expect(output.stderr).toContain(sentence);
  expect(calls).toEqual([]);
});

it('leaves a loop alone that is not queued', async () => {
  const { exit, output, calls } = start([], 'remove', 'runs');
  expect(await exit).toBe(2);
  expect(output.stderr).toBe('The loop runs is not queued.\n');
  expect(calls.map(([name]) => name)).not.toContain('stop');
});
