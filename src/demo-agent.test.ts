import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSampleRepository } from './adapters/demo-agent/sample-repository.ts';
import { demoProgram } from './adapters/providers/demo.ts';

const run = promisify(execFile);
const program = demoProgram(new URL('./adapters/providers/demo.ts', import.meta.url).href);
let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'cfn-demo-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Given {
  readonly folder: string;
  readonly role: string;
  readonly iteration?: number;
  readonly context?: Record<string, unknown>;
  readonly prompt?: string;
}

async function demo({ folder, role, iteration = 1, context = {}, prompt = '' }: Given) {
  const attempt = mkdtempSync(join(root, 'attempt-'));
  const file = (name: string) => join(attempt, name);
  writeFileSync(file('context.json'), JSON.stringify({ description: 'Fix the shop', ...context }));
  writeFileSync(file('prompt.md'), prompt);
  const { stdout } = await run(process.execPath, [program], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      AGENT_ID: `${role}-1`,
      CFN_ROLE: role,
      CFN_ITERATION: String(iteration),
      CFN_NONCE: 'n0nce',
      CFN_CONTEXT_FILE: file('context.json'),
      CFN_PROMPT_FILE: file('prompt.md'),
      CFN_RESULT_FILE: file('result.json'),
      CFN_DEMO_PAUSE_MS: '0',
    },
  });
  const result = JSON.parse(readFileSync(file('result.json'), 'utf8')) as Record<string, unknown>;
  return { stdout, result };
}

async function sample() {
  const made = await createSampleRepository(mkdtempSync(join(root, 'sample-')));
  if (!made.ok) throw new Error(made.error);
  return made.value.folder;
}

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();

describe('the demo agent in the sample repository', () => {
  it('repairs one half, then what the feedback names, and tells how sure it is by what passes', async () => {
    const folder = await sample();
    const first = await demo({ folder, role: 'implementer' });
    expect(first.result).toMatchObject({
      nonce: 'n0nce',
      confidence: 0.63,
      files: ['src/cart.js', 'src/price.js'],
    });
    expect(first.result['issues']).toHaveLength(3);
    git(folder, 'commit', '-qam', 'first');

    const review = await demo({ folder, role: 'validator', context: { scoreThreshold: 0.8 } });
    expect(review.result['score']).toBeLessThan(0.8);
    expect(review.result['findings']).toHaveLength(3);
    const decision = await demo({ folder, role: 'product-owner' });
    expect(decision.result).toMatchObject({ decision: 'ITERATE' });
    expect(decision.result['feedback']).toHaveLength(3);

    const feedback = ['test/price.test.js: a discount is rounded to whole cents fails'];
    const second = await demo({ folder, role: 'implementer', iteration: 2, context: { feedback } });
    expect(second.result).toMatchObject({ confidence: 0.95, issues: [] });
    expect(second.stdout).toContain('rounds to whole cents (named in the feedback)');
    git(folder, 'commit', '-qam', 'second');
    expect(git(folder, 'diff', '--name-only', 'HEAD~2', 'HEAD')).toBe('src/cart.js\nsrc/price.js');

    expect((await demo({ folder, role: 'validator' })).result).toMatchObject({ score: 0.97, findings: [] });
    expect((await demo({ folder, role: 'product-owner' })).result).toMatchObject({ decision: 'PROCEED' });
  });

  it('as a validator finds what was left behind, with file and line', async () => {
    const folder = await sample();
    writeFileSync(join(folder, 'src', 'new.js'), 'export const a = 1;\ndebugger;\n');
    const { result } = await demo({ folder, role: 'validator' });
    expect(result['findings']).toContainEqual({
      severity: 'warning',
      text: 'A debugger statement was left behind',
      file: 'src/new.js',
      line: 2,
    });
  });
});

it('in any other repository writes a labelled note and says that the task was not done', async () => {
  const folder = mkdtempSync(join(root, 'other-'));
  git(folder, 'init', '-q');
  const { stdout, result } = await demo({ folder, role: 'implementer' });
  expect(stdout).toContain('Demo agent (scripted, no model)');
  expect(result).toMatchObject({ confidence: 0.5, files: ['demo-notes/implementer-1.md'] });
  expect(result['summary']).toContain('The task itself was not done');
  expect(git(folder, 'status', '--porcelain', '-uall')).toBe('?? demo-notes/implementer-1.md');
  expect(readFileSync(join(folder, 'demo-notes/implementer-1.md'), 'utf8')).toContain('no model');
});

it('outside a loop says what it is and ends with 2', async () => {
  await expect(run(process.execPath, [program], { env: {} })).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('started by a loop') as string,
  });
});

it('refuses to make a sample in a folder that holds something', async () => {
  const folder = mkdtempSync(join(root, 'full-'));
  writeFileSync(join(folder, 'a'), '');
  expect(await createSampleRepository(folder)).toMatchObject({ ok: false });
});
