import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { AttemptSpec, ResultRecord } from '../../src/protocol/attempt.ts';
import {
  buildRunner,
  fixture,
  makeAttempt,
  until,
  type Attempt,
  type BuiltRunner,
} from './support/attempt.ts';

// util-linux's script gives a program a terminal of its own.
const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
if (!hasTerminal) process.stdout.write('Skipped: no `script` program that makes terminals here.\n');

let built: BuiltRunner;
beforeAll(async () => {
  built = await buildRunner('test/integration/support/runner-with-chatty-cli.ts');
});
afterAll(() => built.remove());

const attempts: Attempt[] = [];
afterEach(() => {
  for (const attempt of attempts.splice(0)) attempt.remove();
});

const chatty = { kind: 'preset', preset: 'chatty' } as const;

interface Terminal {
  readonly attempt: Attempt;
  screen(): string;
  type(text: string): void;
  finished(): Promise<ResultRecord>;
}

function open(prompt: string, change: Partial<AttemptSpec> = {}): Terminal {
  const attempt = makeAttempt({ program: chatty, ...change }, prompt);
  attempts.push(attempt);
  const command = [process.execPath, built.file, attempt.folder].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: { ...process.env, CHATTY_CLI: fixture('chatty-cli.mjs'), TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.on('data', (data: Buffer) => (screen += data.toString()));
  const exited = once(child, 'exit');
  return {
    attempt,
    screen: () => screen,
    type: (text) => child.stdin.write(text),
    async finished() {
      await exited;
      const record = attempt.record();
      if (record === null) throw new Error(`No record; the screen says:\n${screen}`);
      return record;
    },
  };
}

it.skipIf(!hasTerminal)('shows what the agent says and ends by itself', async () => {
  const terminal = open('confidence=0.6');
  const record = await terminal.finished();
  expect(record).toMatchObject({ ending: 'completed', sessionId: 'session-1', result: { confidence: 0.6 } });
  expect(terminal.screen()).toContain('text: prompt: confidence=0.6');
});

it.skipIf(!hasTerminal)(
  'gives typed lines to the agent at the end of its turn and takes its newest result',
  async () => {
    const terminal = open('linger, confidence=0.6');
    await until(() => terminal.screen().includes('prompt: linger'));
    terminal.type('please look again, confidence=0.9\r');
    await until(() => terminal.screen().includes('at the end of its turn'));
    const record = await terminal.finished();
    expect(record).toMatchObject({
      ending: 'completed',
      result: { confidence: 0.9 },
      usage: { input: 20, cachedInput: 0, output: 10 },
    });
    expect(terminal.attempt.transcript().map((line) => line.text)).toContain(
      'prompt: please look again, confidence=0.9',
    );
  },
);

it.skipIf(!hasTerminal)('hands the session to the person and goes on when they leave', async () => {
  const limits = { idleMs: 2500, totalMs: 8000, completionMs: 1000, killGraceMs: 300 };
  const terminal = open('wait', { limits });
  await until(() => terminal.screen().includes('prompt: wait'));
  terminal.type('/take-over\r');
  await until(() => terminal.screen().includes('interface of session-1, terminal: true'));
  // Longer than the idle limit: the time that a person takes does not count.
  await new Promise((resolve) => setTimeout(resolve, 3500));
  terminal.type('hello\r');
  await until(() => terminal.screen().includes('heard: hello'));
  terminal.type('bye\r');
  const record = await terminal.finished();
  expect(record).toMatchObject({ ending: 'completed', lingered: false, result: { confidence: 0.5 } });
  const said = terminal.attempt.transcript().map((line) => line.text);
  expect(said).toContain(
    'prompt: A person has worked with you on this and has left. Finish what is still open, then end your message with',
  );
});

it.skipIf(!hasTerminal)(
  'takes over when the orchestrator asks for it, and cancels for any other reason',
  async () => {
    const terminal = open('wait');
    await until(() => terminal.screen().includes('prompt: wait'));
    terminal.attempt.write('control.json', { version: 1, cancel: { reason: 'taken-over' }, suspendedMs: 0 });
    await until(() => terminal.screen().includes('interface of session-1'));
    terminal.attempt.write('control.json', { version: 1, cancel: { reason: 'enough' }, suspendedMs: 0 });
    expect(await terminal.finished()).toMatchObject({ ending: 'cancelled', failure: 'Cancelled: enough.' });
  },
);

it.skipIf(!hasTerminal)('says that an agent has no interface to take over, and lets it go on', async () => {
  const code = `
    console.log('working');
    const result = JSON.stringify({ nonce: process.env.CFN_NONCE, confidence: 0.4 });
    const timer = setInterval(() => {
      if (!require('fs').existsSync('go-on')) return;
      clearInterval(timer);
      require('fs').writeFileSync(process.env.CFN_RESULT_FILE, result);
    }, 20);`;
  const terminal = open('', { program: { kind: 'exec', argv: [process.execPath, '-e', code], tty: false } });
  await until(() => terminal.screen().includes('working'));
  terminal.attempt.write('control.json', { version: 1, cancel: { reason: 'taken-over' }, suspendedMs: 0 });
  await until(() => terminal.screen().includes('has no interface to take over'));
  writeFileSync(join(terminal.attempt.worktree, 'go-on'), '');
  expect(await terminal.finished()).toMatchObject({ ending: 'completed', result: { confidence: 0.4 } });
});

it.skipIf(!hasTerminal)('cancels on Ctrl+C', async () => {
  const terminal = open('wait');
  await until(() => terminal.screen().includes('prompt: wait'));
  terminal.type('\u0003');
  expect(await terminal.finished()).toMatchObject({ ending: 'cancelled' });
});

it.skipIf(!hasTerminal)('gives the whole terminal to an exec-tty agent', async () => {
  const code = `
    process.stdout.write('terminal: ' + process.stdin.isTTY + ' ' + process.stdout.isTTY + String.fromCharCode(10));
    process.stdin.once('data', (data) => {
      const confidence = Number(data.toString());
      const result = { nonce: process.env.CFN_NONCE, confidence };
      require('fs').writeFileSync(process.env.CFN_RESULT_FILE, JSON.stringify(result));
      process.exit(0);
    });`;
  const terminal = open('', { program: { kind: 'exec', argv: [process.execPath, '-e', code], tty: true } });
  await until(() => terminal.screen().includes('terminal: true true'));
  terminal.type('0.3\r');
  expect(await terminal.finished()).toMatchObject({
    ending: 'completed',
    channel: 'file',
    result: { confidence: 0.3 },
  });
});
