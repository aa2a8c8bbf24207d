import { expect, it } from 'vitest';
import { createJsonReporter, createLineReporter } from './reporter.ts';
import { createTestLoop } from './test-loop.ts';
import { createTestWorld } from './test-service.ts';

const begun = Date.now() - 34_000;
const left = { command: 'npm test', run: 'left', since: begun } as const;
const restored = { ...left, run: 'restored', since: begun + 30_000 } as const;

it('tells in a pipe when an evidence command begins and how long it took, once each', () => {
  const { context, output } = createTestWorld();
  const reporter = createLineReporter(context.io);
  const show = (running: typeof left | typeof restored | null) =>
    reporter.view(createTestLoop('t1', { running }).view);
  show(null);
  show(left);
  show(left);
  show(restored);
  reporter.event({ type: 'EvidenceCollected', at: '2026-01-01T10:00:00.000Z', run: 'left' });
  // A view from before the event, which was held back.
  show(restored);
  show(null);
  expect(output.stdout.split('\n').map((line) => line.replace(/^\d.*(?=evidence)/, ''))).toEqual([
    'evidence (left) npm test …',
    'evidence (left) npm test: 30 s',
    'evidence (restored) npm test …',
    'evidence (restored) npm test: 4 s',
    'evidence (left) : ,  passed,  failed,  skipped',
    '',
  ]);
});

it('keeps them off the JSON stream', () => {
  const { context, output } = createTestWorld();
  createJsonReporter(context.io).view(createTestLoop('t1', { running: left }).view);
  expect(output.stdout).toBe('');
});
