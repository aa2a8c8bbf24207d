import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ENDINGS } from '../../src/domain/loop/model.ts';
import { buildRunner, makeAttempt, run, type BuiltRunner } from './support/attempt.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/custom-agents.md'), 'utf8');
let built: BuiltRunner;
beforeAll(async () => {
  built = await buildRunner();
});
afterAll(() => built.remove());

it.skipIf(process.platform === 'win32')('runs the agent of the page on writing agents', async () => {
  const script = /```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const attempt = makeAttempt({ program: { kind: 'exec', argv: ['sh', '-c', script], tty: false } });
  const record = await run(built.file, attempt);
  const hello = readFileSync(join(attempt.worktree, 'hello.txt'), 'utf8');
  attempt.remove();
  expect(record).toMatchObject({ ending: 'completed', channel: 'file', result: { confidence: 0.9 } });
  expect(hello).toBe('hello\n');
});

it('names every ending on that page', () => {
  for (const ending of ENDINGS) expect(page).toContain(`| \`${ending}\``);
});
