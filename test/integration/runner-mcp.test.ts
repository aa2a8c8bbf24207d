import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentContext } from '../../src/domain/agents/context.ts';
import type { AttemptSpec } from '../../src/protocol/attempt.ts';
import { ATTEMPT_TOOLS } from '../../src/protocol/mcp.ts';
import {
  buildRunner,
  fixture,
  makeAttempt,
  startRunner,
  until,
  type Attempt,
  type BuiltRunner,
} from './support/attempt.ts';
import { startTestStore } from './store-support.ts';

type Step = Readonly<Record<string, unknown>>;
interface Outcome {
  readonly text?: string;
  readonly isError?: boolean;
  readonly status?: number;
  readonly failed?: string;
  readonly url?: string;
  readonly token?: string;
  readonly tools?: readonly { readonly name: string }[];
}

let runner: BuiltRunner;
let folder = '';
const attempts: Attempt[] = [];
beforeAll(async () => {
  runner = await buildRunner();
  folder = mkdtempSync(join(tmpdir(), 'cfn-mcp-'));
});
afterAll(() => {
  for (const attempt of attempts) attempt.remove();
  rmSync(folder, { recursive: true, force: true });
  runner.remove();
});

const PING = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const CONTEXT = agentContext({
  taskId: 'task-1',
  agentId: 'agent-1',
  role: 'implementer',
  iteration: 2,
  workspace: '/w',
  redis: null,
  channels: { complete: 'c', error: 'e', signal: 's' },
  memoryLimit: null,
  totalLimitMs: 60_000,
  description: 'Fix the parser.',
  requirements: ['keep the API'],
  priority: 'normal',
  deliverables: ['src/parser.ts'],
  acceptance: ['npm test passes'],
  feedback: ['The empty input fails.'],
  nonce: 'n',
  scoreThreshold: null,
});

function start(steps: readonly Step[], change: Partial<AttemptSpec> = {}, env: Record<string, string> = {}) {
  const attempt = makeAttempt({
    program: {
      kind: 'exec',
      argv: [process.execPath, fixture('mcp-agent.mjs'), ...steps.map((step) => JSON.stringify(step))],
      tty: false,
    },
    ...change,
  });
  attempts.push(attempt);
  attempt.write('context.json', CONTEXT);
  const log = join(attempt.folder, 'mcp.log');
  writeFileSync(log, '');
  const running = startRunner(runner.file, attempt, { ...process.env, MCP_LOG: log, ...env });
  const outcomes = () =>
    readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Outcome);
  return { attempt, running, outcomes };
}

it('takes a result, and tells of an invalid one which field takes what; the last valid one wins', async () => {
  const { running, outcomes } = start([
    { call: 'report_result', with: { confidence: '92%' } },
    { call: 'report_result', with: { confidence: 0.4, summary: 'first', nonce: 'guessed' } },
    { call: 'report_result', with: { confidence: 0.5, summary: 'first' } },
    { call: 'report_result', with: { confidence: 0.9, summary: 'second', files: ['a.ts'] } },
    { call: 'report_result', with: { confidence: 7 } },
  ]);
  const record = await running.finished();
  expect(record).toMatchObject({
    ending: 'completed',
    channel: 'report',
    result: { role: 'implementer', confidence: 0.9, summary: 'second', files: ['a.ts'] },
  });
  const [percent, nonce, first, second, seven] = outcomes();
  expect(percent).toEqual({
    isError: true,
    text: 'The result was not taken: confidence is "92%"; it takes a number from 0 to 1.',
  });
  expect(nonce).toMatchObject({ isError: true, text: expect.stringMatching(/nonce is "guessed"; it takes/) });
  expect([first?.isError, second?.isError, seven?.isError]).toEqual([false, false, true]);
});

it('is not there for an attempt that was to have none', async () => {
  const { running, outcomes } = start([{ access: true }], { mcp: false });
  await running.finished();
  expect(outcomes()).toEqual([{}]);
});

it('holds results of each role against its own rules', async () => {
  const review = start(
    [
      { call: 'report_result', with: { score: 0.4 } },
      {
        call: 'report_result',
        with: { score: 0.4, findings: [{ severity: 'critical', text: 'It fails.' }] },
      },
    ],
    { role: 'validator', scoreThreshold: 0.9 },
  );
  const owner = start(
    [
      { call: 'report_result', with: { decision: 'ITERATE' } },
      { call: 'report_result', with: { decision: 'PROCEED' } },
    ],
    { role: 'product-owner' },
  );
  expect(await review.running.finished()).toMatchObject({ result: { role: 'validator', score: 0.4 } });
  expect(await owner.running.finished()).toMatchObject({ result: { decision: 'PROCEED' } });
  expect(review.outcomes()[0]?.text).toContain(
    'findings is empty; a score below 0.9 takes at least one finding',
  );
  expect(owner.outcomes()[0]?.text).toContain('feedback is empty');
});

it('a result by MCP wins over the file and the final message', async () => {
  const { running } = start([
    { call: 'report_result', with: { confidence: 0.8 } },
    { file: { confidence: 0.1 } },
    { block: { confidence: 0.2 } },
  ]);
  expect(await running.finished()).toMatchObject({ channel: 'report', result: { confidence: 0.8 } });
});

it('[P3-054] answers its agent alone, on one path and by one method', async () => {
  const other = start([{ access: true }, { hang: true }]);
  const theirs = await until(() => other.outcomes()[0]);
  const { running, outcomes, attempt } = start([
    { post: PING },
    { post: PING, headers: { authorization: '' } },
    { post: PING, headers: { authorization: `Bearer ${theirs.token}` } },
    { post: PING, headers: { origin: 'https://evil.example' } },
    { post: PING, method: 'GET' },
    { post: PING, method: 'DELETE' },
    { post: PING, padding: 4 * 1024 * 1024 },
    { post: 'no JSON' },
  ]);
  await running.finished();
  const answers = outcomes().map(({ status, failed }) => status ?? failed);
  // Whoever is still sending may find the connection closed before it reads why.
  expect([413, 'TypeError: fetch failed']).toContain(answers[6]);
  expect(answers.toSpliced(6, 1)).toEqual([200, 401, 401, 403, 405, 405, 400]);
  expect(attempt.record()?.result).toBeNull();
  other.running.child.kill('SIGTERM');
  await other.running.finished();
});

it('is gone once its agent is, so that what is reported later does not count', async () => {
  const { attempt, running, outcomes } = start([
    { access: true },
    { call: 'report_result', with: { confidence: 0.6 } },
  ]);
  const record = await running.finished();
  expect(record).toMatchObject({ result: { confidence: 0.6 } });
  const [{ url = '', token = '' } = {}] = outcomes();
  expect(token).toMatch(/^agent-agent-1-task-1-\d+\.cfn\.\d+\.[\w-]{43}$/);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await expect(fetch(url, { method: 'POST', headers, body: JSON.stringify(PING) })).rejects.toThrow(
    'fetch failed',
  );
  expect(attempt.record()).toEqual(record);
});

it('tells the task, the limits and the feedback, and lists its tools', async () => {
  const { running, outcomes } = start([
    { list: true },
    { call: 'get_task' },
    { call: 'get_feedback' },
    { call: 'nope' },
  ]);
  await running.finished();
  const [list, task, feedback, nope] = outcomes();
  expect(list?.tools?.map(({ name }) => name)).toEqual([...ATTEMPT_TOOLS]);
  expect(JSON.parse(task?.text ?? '')).toMatchObject({
    description: 'Fix the parser.',
    role: 'implementer',
    iteration: 2,
    attempt: 1,
    acceptance: ['npm test passes'],
    limits: { total_seconds: 60, idle_seconds: 20 },
  });
  expect(JSON.parse(feedback?.text ?? '')).toEqual({ iteration: 2, feedback: ['The empty input fails.'] });
  expect(nope).toMatchObject({ isError: true, text: 'There is no tool "nope".' });
});

it('stores and gets values of the task in the coordination store, and says where there is none', async () => {
  const store = await startTestStore();
  const steps = [
    { call: 'store_context', with: { key: 'plan', value: '{"step":1}' } },
    { call: 'get_context', with: { key: 'plan' } },
    { call: 'get_context', with: { key: 'other' } },
    { call: 'get_context', with: { key: 'a:b' } },
  ];
  const { running, outcomes } = start(steps, {}, { CFN_REDIS_URL: store.taskUrl('task-1') });
  await running.finished();
  await store.close();
  const [stored, got, other, wrong] = outcomes();
  expect(stored).toEqual({ isError: false, text: 'Stored context:task-1:plan for 86400 s.' });
  expect(got).toEqual({ isError: false, text: '{"step":1}' });
  expect(other).toEqual({ isError: true, text: 'context:task-1:other is not stored.' });
  expect(wrong).toMatchObject({ isError: true, text: expect.stringMatching(/^key is "a:b"; it takes/) });

  const without = start(steps.slice(0, 1), {}, { CFN_REDIS_URL: '' });
  const gone = start(steps.slice(0, 1), {}, { CFN_REDIS_URL: store.taskUrl('task-1') });
  await Promise.all([without.running.finished(), gone.running.finished()]);
  expect(without.outcomes()[0]?.text).toMatch(/has no coordination store/);
  expect(gone.outcomes()[0]).toMatchObject({
    isError: true,
    text: expect.stringMatching(/is not reachable/),
  });
});

it('[X-19] keeps its token out of everything that the runner writes', async () => {
  const { attempt, running, outcomes } = start([
    { access: true },
    { say: 'CFN_MCP_TOKEN is %token' },
    { call: 'report_result', with: { confidence: 0.5 } },
  ]);
  await running.finished();
  const token = outcomes()[0]?.token ?? '';
  rmSync(join(attempt.folder, 'mcp.log'));
  expect(attempt.transcript().map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/is \[secret sha256:/),
  );
  const secret = token.split('.').at(-1) ?? '';
  expect(secret).not.toBe('');
  const written = readdirSync(attempt.folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(attempt.folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'));
  expect(written.filter((text) => text.includes(secret))).toEqual([]);
});
