import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTEMPT_FILES } from '../../src/protocol/attempt-folder.ts';
import type { AttemptSpec } from '../../src/protocol/attempt.ts';
import { readState } from '../../src/adapters/process/attempt-files.ts';
import {
  buildRunner,
  fixture,
  isRunning,
  makeAttempt,
  startRunner,
  until,
  type Attempt,
  type BuiltRunner,
} from './support/attempt.ts';

type Step = Readonly<Record<string, unknown>>;
const result = (nonce: string): Step => ({
  do: 'say',
  text: `Done.\n\n\`\`\`json\n${JSON.stringify({ nonce, confidence: 0.9, summary: 'Fixed.', files: [], issues: [] })}\n\`\`\`\n`,
});

describe.runIf(process.platform !== 'win32')('an agent that speaks the Agent Client Protocol', () => {
  let runner: BuiltRunner;
  let folder = '';
  const attempts: Attempt[] = [];

  beforeAll(async () => {
    runner = await buildRunner();
    folder = mkdtempSync(join(tmpdir(), 'cfn-acp-'));
    for (const name of ['gemini', 'opencode']) {
      const program = join(folder, name);
      writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${fixture('acp-agent.mjs')}'\n`);
      chmodSync(program, 0o755);
    }
  });
  afterAll(() => {
    for (const attempt of attempts) attempt.remove();
    rmSync(folder, { recursive: true, force: true });
    runner.remove();
  });

  function start(
    steps: (attempt: Attempt) => readonly Step[],
    change: Partial<AttemptSpec> = {},
    { can = 'load', control }: { readonly can?: string; readonly control?: object } = {},
  ) {
    const attempt = makeAttempt({ program: { kind: 'preset', preset: 'gemini+acp' }, ...change });
    attempts.push(attempt);
    const all = [...steps(attempt), result(attempt.spec.nonce)];
    attempt.write('prompt.md', all.map((step) => `STEP ${JSON.stringify(step)}`).join('\n'));
    if (control !== undefined) attempt.write('control.json', control);
    const log = join(attempt.folder, 'acp.log');
    writeFileSync(log, '');
    const PATH = [folder, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
    const running = startRunner(runner.file, attempt, { ...process.env, PATH, ACP_LOG: log, ACP_CAN: can });
    return { attempt, running, log: () => readFileSync(log, 'utf8').trim().split('\n') };
  }
  const text = (attempt: Attempt) => attempt.transcript().map(({ kind, text: said }) => `${kind}: ${said}`);

  it('edits below its folders with a diff in the transcript, and gives its result, session and tokens', async () => {
    const { attempt, running, log } = start(({ worktree }) => [
      { do: 'ask', path: join(worktree, 'a.js'), content: 'export const a = 2;\n' },
      { do: 'ask', command: 'ls' },
    ]);
    const record = await running.finished();
    expect(record).toMatchObject({
      ending: 'completed',
      lingered: false,
      exitCode: 0,
      failure: null,
      channel: 'message',
      result: { confidence: 0.9 },
      sessionId: 'session-of-the-scripted-agent',
      usage: { input: 100, cachedInput: 0, output: 7 },
    });
    expect(readFileSync(join(attempt.worktree, 'a.js'), 'utf8')).toBe('export const a = 2;\n');
    expect(text(attempt)).toContain(`notice: ${join(attempt.worktree, 'a.js')}:1\n+ export const a = 2;`);
    // Nothing was signed in, and the mode was the right one already.
    expect(log()).toEqual([`${join(attempt.worktree, 'a.js')}: allowed`, 'ls: allowed']);
  });

  it("is given the attempt's MCP server with its session, and reports by its tool", async () => {
    const { running, log } = start(() => [
      { do: 'tool', name: 'report_result', with: { confidence: 0.7, summary: 'By tool.' } },
    ]);
    expect(await running.finished()).toMatchObject({
      ending: 'completed',
      failure: null,
      channel: 'report',
      result: { confidence: 0.7, summary: 'By tool.' },
    });
    expect(log()).toEqual(['report_result: The result was taken. You are done: end your turn now.']);
  });

  it('has completed when it reported and then goes on with its turn', async () => {
    const { running, log } = start(() => [
      { do: 'tool', name: 'report_result', with: { confidence: 0.7 } },
      { do: 'hang' },
    ]);
    expect(await running.finished()).toMatchObject({
      ending: 'completed',
      lingered: true,
      channel: 'report',
    });
    expect(log()).not.toContain('cancelled');
  });

  /** Gemini CLI finds none of the sessions that it says it can load. */
  const program = { kind: 'preset', preset: 'opencode+acp' } as const;
  const nudge = (text: string, interrupt: boolean) => ({
    version: 1,
    cancel: null,
    suspendedMs: 0,
    nudges: [{ id: 'n1', text, interrupt }],
  });

  it.each(['load', 'resume', 'load resume'])(
    'goes on in its session by what it announces (%s), and nothing of earlier is taken for new',
    async (can) => {
      const { attempt, running, log } = start(() => [{ do: 'hang' }], { program }, { can });
      await until(() => log().includes('hangs'), 20_000);
      attempt.write('control.json', nudge(`STEP ${JSON.stringify(result(attempt.spec.nonce))}`, true));
      expect(await running.finished()).toMatchObject({
        ending: 'completed',
        failure: null,
        result: { confidence: 0.9 },
        sessionId: 'session-of-the-scripted-agent',
      });
      const how = can.includes('resume') ? 'resume' : 'load';
      expect(log()).toEqual(['hangs', 'cancelled', `${how} session-of-the-scripted-agent`]);
      expect(text(attempt).join('\n')).not.toContain('Said before.');
      expect(readState(attempt.folder)?.signals?.nudges).toMatchObject([{ id: 'n1', state: 'delivered' }]);
    },
  );

  it('is told no message where it announces nothing, which is said', async () => {
    const { attempt, running } = start(() => [], { program }, { can: '', control: nudge('Faster.', false) });
    expect(await running.finished()).toMatchObject({ ending: 'completed', sessionId: null });
    expect(readState(attempt.folder)?.signals?.nudges).toMatchObject([
      { id: 'n1', state: 'refused', why: 'opencode by ACP has no session to go on in.' },
    ]);
  });

  it('keeps what it did where it announces sessions and has none', async () => {
    const { attempt, running, log } = start(
      () => [],
      { program },
      { can: 'load lost', control: nudge('Faster.', false) },
    );
    expect(await running.finished()).toMatchObject({
      ending: 'completed',
      failure: null,
      result: { confidence: 0.9 },
    });
    expect(log()).toEqual(['load session-of-the-scripted-agent']);
    expect(readState(attempt.folder)?.signals?.nudges).toMatchObject([
      { id: 'n1', state: 'refused', why: 'opencode by ACP could not go on in its session.' },
    ]);
  });

  it.each(['session-of-the-scripted-agent', 'gone'])(
    'repairs its result in the session %s, or in a new one where it is not to be had',
    async (sessionId) => {
      const own = makeAttempt({});
      attempts.push(own);
      const repair = { error: 'No result.', sessionId, sessionFolder: own.spec.cwd };
      const { cwd, worktree } = own.spec;
      const { attempt, running, log } = start(() => [], { program, cwd, worktree, repair });
      expect(await running.finished()).toMatchObject({ ending: 'completed', result: { confidence: 0.9 } });
      expect(log()).toEqual([`load ${sessionId}`]);
      const begun = text(attempt).filter((line) => line.includes('begins a new session'));
      expect(begun).toHaveLength(sessionId === 'gone' ? 1 : 0);
    },
  );

  it.each([
    ['load image', ['image/png PNG']],
    ['load', ['']],
  ])('is given pictures as such where it takes them: %s', async (can, told) => {
    const picture = join(folder, 'shot');
    writeFileSync(picture, Buffer.from('\u0089PNG\r\n\u001a\n and more', 'latin1'));
    const note = join(folder, 'note.png');
    writeFileSync(note, 'no picture');
    const { running, log } = start(() => [], { images: [picture, note] }, { can });
    expect(await running.finished()).toMatchObject({ ending: 'completed' });
    expect(log()).toEqual(told);
  });

  it('is refused what `edits` does not allow, also through us', async () => {
    const outside = join(folder, 'stray.txt');
    const { attempt, running, log } = start(() => [
      { do: 'ask', path: outside, content: 'stray' },
      { do: 'write-through', path: outside, content: 'stray' },
      { do: 'ask', command: `git status; touch ${outside}` },
      { do: 'ask', command: 'curl example.org' },
    ]);
    expect(await running.finished()).toMatchObject({ ending: 'completed' });
    expect(existsSync(outside)).toBe(false);
    expect(log().every((line) => line.endsWith('refused'))).toBe(true);
    expect(text(attempt)).toContain('notice: Refused by the permission mode edits: curl example.org');
  });

  it('is never asked in the mode `full`, and its session is told so', async () => {
    const outside = join(folder, 'full.txt');
    const steps = () => [{ do: 'ask', path: outside, content: 'full' }];
    const { running, log } = start(steps, { permission: 'full' });
    expect(await running.finished()).toMatchObject({ ending: 'completed' });
    expect(log()).toEqual(['mode yolo', `${outside}: allowed`]);
    expect(existsSync(outside)).toBe(true);
  });

  it.each([
    ['Allow', 'allowed'],
    ['Refuse', 'refused'],
    ['Rather not', 'refused'],
  ])('asks a person in the mode `ask`, whose answer %s counts', async (answer, what) => {
    const place = join(mkdtempSync(join(folder, 'ask-')), 'asked.txt');
    const steps = ({ worktree }: Attempt) => [
      { do: 'ask', path: join(worktree, 'a.js'), content: 'own' },
      { do: 'ask', path: place, content: 'asked' },
    ];
    // Waiting for a person counts for no limit.
    const limits = { idleMs: 1500, totalMs: 60_000, completionMs: 1000, killGraceMs: 300 };
    const { attempt, running, log } = start(steps, { permission: 'ask', limits });
    const question = await until(() => readState(attempt.folder)?.signals?.questions[0], 20_000);
    expect(question).toMatchObject({ choices: ['Allow', 'Refuse'] });
    expect(question.text).toContain(place);
    expect(existsSync(place)).toBe(false);
    attempt.write('control.json', {
      version: 1,
      cancel: null,
      suspendedMs: 0,
      answers: [{ id: question.id, answer }],
    });
    expect(await running.finished()).toMatchObject({ ending: 'completed' });
    expect(log()).toEqual([`${join(attempt.worktree, 'a.js')}: allowed`, `${place}: ${what}`]);
    expect(existsSync(place)).toBe(what === 'allowed');
  });

  it('is asked to end its turn before it is ended', async () => {
    const { attempt, running, log } = start(() => [{ do: 'hang' }]);
    await until(() => log().includes('hangs'), 20_000);
    const pid = readState(attempt.folder)?.agent?.pid ?? 0;
    running.child.kill('SIGTERM');
    expect(await running.finished()).toMatchObject({ ending: 'cancelled', result: null });
    expect(log()).toContain('cancelled');
    expect(isRunning(pid)).toBe(false);
  });

  it('fails when it refuses its prompt, or dies in the middle, and is never signed in by us', async () => {
    const refused = start(() => [{ do: 'refuse' }]);
    const record = await refused.running.finished();
    expect(record).toMatchObject({ ending: 'failed', result: null });
    expect(record.failure).toMatch(/authentication/i);
    expect(refused.log()).not.toContain('authenticate');
    const dead = start(() => [{ do: 'die' }]);
    expect(await dead.running.finished()).toMatchObject({ ending: 'failed', exitCode: 3 });
  });

  it('asks no more than an attempt may', async () => {
    const steps = Array.from({ length: 21 }, (_, index) => ({ do: 'ask', command: `curl ${index}` }));
    const { attempt, running, log } = start(() => steps, { permission: 'ask' });
    mkdirSync(join(attempt.folder, ATTEMPT_FILES.questions), { recursive: true });
    const answers: { id: string; answer: string }[] = [];
    while (answers.length < 20) {
      const next = await until(
        () =>
          readState(attempt.folder)?.signals?.questions.find(({ id }) =>
            answers.every((one) => one.id !== id),
          ),
        20_000,
      );
      answers.push({ id: next.id, answer: 'Refuse' });
      attempt.write('control.json', { version: 1, cancel: null, suspendedMs: 0, answers });
    }
    expect(await running.finished()).toMatchObject({ ending: 'completed' });
    expect(log()).toHaveLength(21);
  });
});
