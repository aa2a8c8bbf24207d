import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { agentContext } from '../../src/domain/agents/context.ts';
import { buildRunner, makeAttempt, run, type Attempt, type BuiltRunner } from './support/attempt.ts';

let runner: BuiltRunner;
const attempts: Attempt[] = [];

beforeAll(async () => {
  runner = await buildRunner();
  // The demo agent stands beside the runner, as it ships.
  await build({
    entryPoints: [resolve(import.meta.dirname, '../../src/demo-agent.ts')],
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    outdir: dirname(runner.file),
    logLevel: 'error',
  });
});
afterAll(() => {
  runner.remove();
  for (const attempt of attempts) attempt.remove();
});

interface Turn {
  readonly role: 'implementer' | 'validator' | 'product-owner';
  readonly iteration: number;
  readonly tree: string;
  readonly feedback?: readonly string[];
}

async function turn({ role, iteration, tree, feedback = [] }: Turn) {
  const attempt = makeAttempt({
    role,
    iteration,
    agentId: `${role}-1`,
    program: { kind: 'preset', preset: 'demo' },
    ...(role === 'validator' ? { scoreThreshold: 0.9 } : {}),
  });
  attempts.push(attempt);
  cpSync(tree, attempt.worktree, { recursive: true });
  attempt.write(
    'context.json',
    agentContext({
      taskId: 'task-1',
      agentId: `${role}-1`,
      role,
      iteration,
      workspace: attempt.worktree,
      redis: null,
      channels: { complete: '', error: '', signal: '' },
      memoryLimit: null,
      totalLimitMs: 300_000,
      description: 'Fix the shop',
      requirements: [],
      priority: 'normal',
      deliverables: [],
      acceptance: [],
      feedback,
      nonce: attempt.spec.nonce,
      scoreThreshold: role === 'validator' ? 0.9 : null,
    }),
  );
  const record = await run(runner.file, attempt, { ...process.env, CFN_DEMO_PAUSE_MS: '0' });
  return { attempt, record };
}

it('[FL-021] a demo crew takes the sample from red to green in two iterations under the real runner', async () => {
  const first = makeAttempt();
  attempts.push(first);
  const made = await createSampleRepository(first.worktree);
  expect(made).toMatchObject({ ok: true });

  const one = await turn({ role: 'implementer', iteration: 1, tree: first.worktree });
  expect(one.record).toMatchObject({
    ending: 'completed',
    lingered: false,
    channel: 'file',
    result: { role: 'implementer', confidence: 0.63 },
    usage: null,
    costUsd: 0,
    model: null,
  });
  const issues = one.record.result?.role === 'implementer' ? one.record.result.issues : [];
  const feedback = issues.map((issue) => issue.text);
  expect(feedback).toHaveLength(3);

  const two = await turn({ role: 'implementer', iteration: 2, tree: one.attempt.worktree, feedback });
  expect(two.record).toMatchObject({ ending: 'completed', result: { confidence: 0.95, issues: [] } });
  const said = two.attempt.transcript().map((line) => line.text);
  expect(said[0]).toContain('Demo agent (scripted, no model)');
  expect(said.filter((line) => line.includes('(named in the feedback)'))).toHaveLength(3);

  const { worktree } = two.attempt;
  expect(execFileSync('git', ['status', '--porcelain'], { cwd: worktree, encoding: 'utf8' })).toBe(
    ' M src/cart.js\n M src/price.js\n',
  );
  const review = await turn({ role: 'validator', iteration: 2, tree: worktree });
  expect(review.record.result).toEqual({ role: 'validator', score: 0.97, findings: [], confirmed: [] });
  const decision = await turn({ role: 'product-owner', iteration: 2, tree: worktree });
  expect(decision.record.result).toMatchObject({ decision: 'PROCEED', feedback: [] });
});

it('a demo validator finds a test that was weakened to run alone', async () => {
  const first = makeAttempt();
  attempts.push(first);
  await createSampleRepository(first.worktree);
  const file = join(first.worktree, 'test/price.test.js');
  writeFileSync(file, readFileSync(file, 'utf8').replace("test('a price", "test.only('a price"));
  const { record } = await turn({ role: 'validator', iteration: 1, tree: first.worktree });
  expect(record.result).toMatchObject({
    findings: expect.arrayContaining([
      { severity: 'critical', text: 'Only this test runs', file: 'test/price.test.js', line: 5 },
    ]) as unknown,
  });
});
