import { expect, it } from 'vitest';
import type { RunMachineBench } from '../../app/machine-bench.ts';
import { dispatch } from '../dispatch.ts';
import { createTestWorld } from '../test-service.ts';

const start = (argv: readonly string[], run: RunMachineBench) => {
  const world = createTestWorld();
  const context = { ...world.context, loadBench: () => Promise.resolve(run) };
  return { ...world, exit: dispatch(['bench', ...argv], '1.2.3', context) };
};
const oneEvent: RunMachineBench = ({ onMeasured }) => {
  onMeasured({
    id: 'durable-event',
    title: 'one event',
    unit: 'ms',
    samples: [0.2, 0.3, 0.25],
    limit: { title: 'one fdatasync', samples: [0.1, 0.13, 0.16] },
  });
  return Promise.resolve();
};

it('shows each median with its spread, its limit and the ratio', async () => {
  const { exit, output } = start([], oneEvent);
  expect(await exit).toBe(0);
  expect(output.stdout).toContain(
    '\none event\n  0.25 ± 0.05 ms\n  limit 0.13 ± 0.03 ms: one fdatasync\n  ratio 1.92\n',
  );
});

it('writes the machine and each thing measured as one JSON object a line', async () => {
  const { exit, output } = start(['--json'], oneEvent);
  expect(await exit).toBe(0);
  const lines = output.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toEqual([
    { type: 'Machine', node: process.version, platform: 'linux', cores: expect.any(Number) },
    {
      type: 'Measured',
      id: 'durable-event',
      title: 'one event',
      unit: 'ms',
      median: 0.25,
      spread: expect.closeTo(0.05),
      samples: 3,
      limit: { title: 'one fdatasync', median: 0.13, spread: expect.closeTo(0.03) },
      ratio: expect.closeTo(1.923, 3),
    },
  ]);
});

it('ends with 130 when it is interrupted, and with 70 when something of it fails', async () => {
  const broken = start([], () => Promise.reject(new Error('the disk is full')));
  expect(await broken.exit).toBe(70);
  expect(broken.output.stderr).toBe('The bench failed: the disk is full\n');
  const long = start([], ({ signal }) => {
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      setImmediate(() => long.signal('SIGINT'));
    });
  });
  expect(await long.exit).toBe(130);
});
