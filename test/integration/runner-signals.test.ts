import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/open-engine.ts';
import { createAttemptWatch } from '../../src/adapters/process/attempt-watch.ts';
import { createProcessTable } from '../../src/adapters/process/process-table.ts';
import type { RunnerSignals } from '../../src/domain/agents/signals.ts';
import type { AttemptSpec, RunnerState } from '../../src/protocol/attempt.ts';
import {
  buildRunner,
  fixture,
  makeAttempt,
  scripted,
  startRunner,
  type Attempt,
  type BuiltRunner,
} from './support/attempt.ts';

const watch = createAttemptWatch({ openEngine, table: createProcessTable(), pollMs: 200 });
let built: BuiltRunner;
beforeAll(async () => {
  built = await buildRunner('test/integration/support/runner-with-chatty-cli.ts');
});
afterAll(() => built.remove());

const attempts: Attempt[] = [];
afterEach(() => {
  for (const attempt of attempts.splice(0)) attempt.remove();
});

function start(change: Partial<AttemptSpec>, prompt?: string) {
  const attempt = makeAttempt(change, prompt);
  attempts.push(attempt);
  const running = startRunner(built.file, attempt, {
    ...process.env,
    CHATTY_CLI: fixture('chatty-cli.mjs'),
  });
  const finished = running.finished();
  // A test that looks at signals alone takes the folder away under it.
  finished.catch(() => undefined);
  return { attempt, running, finished };
}

const limits = { idleMs: 20_000, totalMs: 60_000, completionMs: 700, killGraceMs: 200 };
const chatty = { kind: 'preset', preset: 'chatty' } as const;

/** The first state for which `look` holds, of those that whoever follows the attempt is told. */
function stateWhere(folder: string, look: (signals: RunnerSignals) => boolean): Promise<RunnerState> {
  return new Promise((resolve, reject) => {
    const watching = watch.watchState(folder, (state) => {
      const found = state?.signals && look(state.signals);
      if (!state || (!found && state.phase !== 'done')) return;
      // It may be told before `watchState` has answered.
      queueMicrotask(() => watching.dispose());
      if (found) resolve(state);
      else reject(new Error(`The attempt ended without it: ${JSON.stringify(state)}`));
    });
  });
}

describe('the signals of a running agent', () => {
  it('reach whoever follows the attempt: output, pulse, file and CPU time', async () => {
    const { attempt, finished } = start({
      program: scripted('say=working on it', 'touch=made.txt', 'burn=60000'),
      limits: { ...limits, idleMs: 8000 },
    });
    const printed = await stateWhere(attempt.folder, ({ line }) => line !== null);
    expect(printed.signals).toMatchObject({
      line: { text: 'working on it' },
      attention: null,
      rateLimit: null,
    });
    // In the newest span of the pulse, or in the one before where it has just begun.
    expect(printed.signals?.pulse.bytes).toContain('working on it\n'.length);
    const changed = await stateWhere(attempt.folder, ({ file }) => file !== null);
    expect(changed.signals?.file?.path).toBe('made.txt');
    const busy = await stateWhere(attempt.folder, ({ cpu }) => cpu !== null && cpu.busyAt !== null);
    expect(busy.signals?.cpu?.share).toBeGreaterThan(0);
    await watch.cancel(attempt.folder, 'seen enough');
    expect(await finished).toMatchObject({ ending: 'cancelled' });
  });

  it('are absent from a runner of an earlier version, whose state is read all the same', async () => {
    const attempt = makeAttempt();
    attempts.push(attempt);
    const runner = { pid: process.pid, startTime: '1' };
    const state = {
      version: 1,
      runToken: 't',
      runner,
      agent: null,
      phase: 'running',
      lastSign: null,
      usage: null,
      costUsd: null,
    };
    writeFileSync(join(attempt.folder, 'runner.json'), JSON.stringify(state));
    expect(await watch.state(attempt.folder)).toEqual(state);
  });
});

describe('a message for a running agent', () => {
  it('ends the turn of one that hangs, and its session goes on with the message', async () => {
    const { attempt, finished } = start({ program: chatty, limits }, 'wait');
    await stateWhere(attempt.folder, ({ line }) => line?.text === 'prompt: wait');
    await watch.nudge(attempt.folder, { id: 'n1', text: 'confidence=0.7', interrupt: true });
    expect(await finished).toMatchObject({ ending: 'completed', result: { confidence: 0.7 } });
    const last = await watch.state(attempt.folder);
    expect(last?.signals?.nudges).toMatchObject([{ id: 'n1', state: 'delivered', why: '' }]);
  });

  it('waits for the end of the turn of one that works', async () => {
    const { attempt, finished } = start({ program: chatty, limits }, 'until=go confidence=0.4');
    await stateWhere(attempt.folder, ({ line }) => line !== null);
    await watch.nudge(attempt.folder, { id: 'n1', text: 'confidence=0.9', interrupt: false });
    const told = await stateWhere(attempt.folder, ({ nudges }) => nudges.length > 0);
    expect(told.signals?.nudges[0]?.state).toBe('waiting');
    writeFileSync(join(attempt.worktree, 'go'), '');
    expect(await finished).toMatchObject({ ending: 'completed', result: { confidence: 0.9 } });
  });

  it('is refused in words where the program takes none, and changes nothing', async () => {
    const { attempt, finished } = start({ program: scripted('say=hello', 'hang'), limits });
    await stateWhere(attempt.folder, ({ line }) => line !== null);
    await watch.nudge(attempt.folder, { id: 'n1', text: 'Hurry', interrupt: true });
    const told = await stateWhere(attempt.folder, ({ nudges }) => nudges.length > 0);
    expect(told.signals?.nudges[0]).toMatchObject({ state: 'refused' });
    expect(told.signals?.nudges[0]?.why).toContain('takes no message while it runs');
    await watch.cancel(attempt.folder, 'enough');
    expect(await finished).toMatchObject({ ending: 'cancelled' });
  });

  it('does not take a cancel away, nor a cancel the message', async () => {
    const { attempt, finished } = start({ program: scripted('say=hello', 'hang'), limits });
    await stateWhere(attempt.folder, ({ line }) => line !== null);
    await watch.cancel(attempt.folder, 'enough');
    await watch.nudge(attempt.folder, { id: 'n1', text: 'Hurry', interrupt: false });
    expect(await finished).toMatchObject({ ending: 'cancelled' });
  });
});

/** Asks without `cfn`, takes the question back when `withdraw` is there, and reports the answer. */
const ASKING = `
const fs = require('node:fs');
const { dirname, join } = require('node:path');
const out = dirname(process.env.CFN_RESULT_FILE);
const question = join(out, 'questions', 'q1.json');
fs.mkdirSync(dirname(question));
fs.writeFileSync(question, JSON.stringify({ version: 1, question: 'Which?', choices: ['A', 'B'] }));
const timer = setInterval(() => {
  if (fs.existsSync('withdraw')) fs.rmSync(question, { force: true });
  const file = join(dirname(out), 'answers', 'q1.json');
  if (!fs.existsSync(file)) return;
  clearInterval(timer);
  const { answer: summary } = JSON.parse(fs.readFileSync(file, 'utf8'));
  const result = { nonce: process.env.CFN_NONCE, confidence: 0.9, summary };
  fs.writeFileSync(process.env.CFN_RESULT_FILE, JSON.stringify(result));
}, 300);
`;
const asking = {
  program: { kind: 'exec', argv: [process.execPath, '-e', ASKING], tty: false },
  limits: { ...limits, idleMs: 5000, totalMs: 10_000 },
} as const;
const asks = ({ questions }: RunnerSignals) => questions.length > 0;

describe('a question of a running agent', () => {
  it('holds its limits, of silence and in all, until the answer is there', async () => {
    const { attempt, finished } = start(asking);
    const told = await stateWhere(attempt.folder, asks);
    expect(told.signals?.questions).toMatchObject([{ id: 'q1', text: 'Which?', choices: ['A', 'B'] }]);
    // Longer than both limits; that nothing happens is no event.
    await new Promise((resolve) => setTimeout(resolve, asking.limits.totalMs + 1000));
    expect(attempt.record()).toBeNull();
    await watch.answer(attempt.folder, { id: 'q1', answer: 'B' });
    expect(await finished).toMatchObject({ ending: 'completed', result: { summary: 'B' } });
    expect((await watch.state(attempt.folder))?.signals?.questions).toEqual([]);
  });

  it('holds them no longer once the agent waits no more', async () => {
    const { attempt, finished } = start(asking);
    await stateWhere(attempt.folder, asks);
    writeFileSync(join(attempt.worktree, 'withdraw'), '');
    expect(await finished).toMatchObject({ ending: 'idle' });
  });
});
