/** The agent program behind the preset `vscode`, as a real process, against a real socket; only the model is scripted. */
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createModelServer } from '../../src/adapters/language-models/model-server.ts';
import { err, ok, type Result } from '../../src/base/result.ts';
import type { Usage } from '../../src/domain/loop/model.ts';
import type {
  LanguageModels,
  ModelAsk,
  ModelFailure,
  ModelPiece,
  ModelServer,
} from '../../src/ports/language-models.ts';
import {
  MODEL_SOCKET,
  MODEL_TOKEN,
  modelAgentEventSchema,
  type ModelAgentEvent,
} from '../../src/protocol/model-socket.ts';

const program = fileURLToPath(new URL('../../dist/model-agent.js', import.meta.url));
const MODEL = {
  id: 'scripted-1',
  vendor: 'test',
  family: 'scripted',
  name: 'Scripted',
  maxInputTokens: 10_000,
};

let base: string;
let server: ModelServer | null;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'cfn-model-agent-')));
  server = null;
  mkdirSync(join(base, 'tree', 'src'), { recursive: true });
  mkdirSync(join(base, 'attempt', 'out'), { recursive: true });
  const git = (...args: string[]) => execFileSync('git', args, { cwd: join(base, 'tree') });
  git('init', '--quiet');
  git('config', 'user.name', 'T');
  git('config', 'user.email', 't@example.invalid');
  writeFileSync(join(base, 'tree', 'src', 'a.txt'), 'one\ntwo\n');
  writeFileSync(join(base, 'secret'), 'never told');
  symlinkSync(join(base, 'secret'), join(base, 'tree', 'link'));
  git('add', '-A');
  git('commit', '--quiet', '-m', 'First');
  writeFileSync(join(base, 'tree', 'src', 'a.txt'), 'one\nthree\n');
  writeFileSync(join(base, 'attempt', 'prompt.md'), 'Review it.');
});
afterEach(async () => {
  await server?.dispose();
  rmSync(base, { recursive: true, force: true });
});

type Answer = (request: ModelAsk, round: number) => Promise<Result<Usage | null, ModelFailure>>;

function scripted(answer: Answer): LanguageModels & { readonly asked: (string | null)[] } {
  const asked: (string | null)[] = [];
  return {
    asked,
    list: () => Promise.resolve([MODEL]),
    open: (model) => {
      asked.push(model);
      let round = 0;
      return Promise.resolve(ok({ model: MODEL, ask: (request) => answer(request, (round += 1)) }));
    },
  };
}

const answering =
  (pieces: readonly (readonly ModelPiece[])[], seen: ModelAsk[] = []): Answer =>
  (request, round) => {
    seen.push(request);
    for (const piece of pieces[round - 1] ?? []) request.onPiece(piece);
    return Promise.resolve(ok({ input: 100 * round, cachedInput: 0, output: 7 }));
  };

function start(env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [program], {
    cwd: join(base, 'tree'),
    env: {
      PATH: process.env['PATH'],
      CFN_PROMPT_FILE: join(base, 'attempt', 'prompt.md'),
      CFN_RESULT_FILE: join(base, 'attempt', 'out', 'result.json'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const ended = new Promise<{ code: number | null; events: ModelAgentEvent[] }>((resolve) => {
    child.once('close', (code) => {
      const lines = out.split('\n').filter((line) => line !== '');
      resolve({ code, events: lines.map((line) => modelAgentEventSchema.parse(JSON.parse(line))) });
    });
  });
  return { child, ended };
}

const call = (callId: string, name: string, input: object): ModelPiece => ({
  kind: 'tool-call',
  callId,
  name,
  input,
});

describe('a language model of the editor as an agent', () => {
  it('looks with tools that read, in its worktree alone, and gives its final message and what it used', async () => {
    const seen: ModelAsk[] = [];
    const models = scripted(
      answering(
        [
          [
            { kind: 'text', text: 'I look.' },
            call('1', 'read_file', { path: 'src/a.txt' }),
            call('2', 'list_files', {}),
            call('3', 'search', { pattern: 'thr.e' }),
            call('4', 'diff', { from: 'HEAD' }),
            call('5', 'read_file', { path: '../secret' }),
            call('6', 'read_file', { path: 'link' }),
            call('7', 'diff', { from: '--output=x' }),
            call('8', 'write_file', { path: 'x' }),
            call('9', 'read_file', { path: 7 }),
          ],
          [
            { kind: 'text', text: 'Done.\n' },
            { kind: 'text', text: '```json\n{}\n```' },
          ],
        ],
        seen,
      ),
    );
    server = createModelServer(models);
    const { code, events } = await start(await server.admit('scripted')).ended;
    expect(code).toBe(0);
    expect(models.asked).toEqual(['scripted']);
    expect(seen[0]?.tools.map(({ name }) => name)).toEqual(['read_file', 'list_files', 'search', 'diff']);
    expect(seen[0]?.parts[0]).toMatchObject({
      kind: 'text',
      text: expect.stringMatching(/run no command[^]*Review it\.$/),
    });
    const told = new Map(
      seen[1]?.parts.map((part) => [part.kind === 'tool-result' ? part.callId : '', part.text]),
    );
    expect(told.get('1')).toBe('src/a.txt, lines 1 to 3 of 3:\none\nthree\n');
    expect(told.get('2')).toBe('link\nsrc/a.txt');
    expect(told.get('3')).toBe('src/a.txt:2:three');
    expect(told.get('4')).toContain('-two\n+three');
    expect(told.get('5')).toContain('lies outside');
    expect(told.get('6')).toContain('lies outside');
    expect(told.get('7')).toContain("is no commit's hash");
    expect(told.get('8')).toContain('There is no tool "write_file"');
    expect(told.get('9')).toContain('read_file: path');
    expect([...told.values()].join('\n')).not.toContain('never told');
    expect(events.findLast(({ type }) => type === 'usage')).toEqual({
      type: 'usage',
      usage: { input: 300, cachedInput: 0, output: 14 },
    });
    expect(events.slice(-2)).toEqual([
      { type: 'said', text: 'Done.\n```json\n{}\n```' },
      { type: 'finished' },
    ]);
  });

  it('comes to its end when the model is nearly full, and fails when it never does', async () => {
    const seen: ModelAsk[] = [];
    server = createModelServer(
      scripted((request) => {
        seen.push(request);
        request.onPiece(call(String(seen.length), 'list_files', {}));
        return Promise.resolve(ok({ input: 9_000, cachedInput: 0, output: 1 }));
      }),
    );
    const { code, events } = await start(await server.admit(null)).ended;
    expect(code).toBe(1);
    expect(seen[1]?.parts.map(({ text }) => text).join()).toContain('Give your final message now');
    expect(events.at(-1)).toMatchObject({ type: 'failed', reason: 'failed' });
  });

  it('fails with the reason of the editor', async () => {
    const failure: ModelFailure = { reason: 'no-permission', message: 'You said no.' };
    server = createModelServer(scripted(() => Promise.resolve(err(failure))));
    const { code, events } = await start(await server.admit(null)).ended;
    expect(code).toBe(1);
    expect(events.at(-1)).toEqual({ type: 'failed', ...failure });
  });

  it('fails with a name when the window goes; the window stops asking when the agent goes', async () => {
    let cancelled: () => void = () => undefined;
    let asked: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (asked = resolve));
    const aborted = new Promise<void>((resolve) => (cancelled = resolve));
    const models = scripted(({ signal }) => {
      asked();
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          cancelled();
          resolve(err({ reason: 'failed', message: 'Cancelled.' }));
        });
      });
    });
    server = createModelServer(models);
    const agent = start(await server.admit(null));
    await waiting;
    await server.dispose();
    expect((await agent.ended).events.at(-1)).toMatchObject({
      type: 'failed',
      reason: 'closing',
      message: expect.stringContaining('was reloaded or closed') as string,
    });
    await aborted;
  });

  it('stops the request of an agent that is killed', async () => {
    let asked: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (asked = resolve));
    let aborted: () => void = () => undefined;
    const cancelled = new Promise<void>((resolve) => (aborted = resolve));
    server = createModelServer(
      scripted(({ signal }) => {
        asked();
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted();
            resolve(err({ reason: 'failed', message: 'Cancelled.' }));
          });
        });
      }),
    );
    const agent = start(await server.admit(null));
    await waiting;
    agent.child.kill('SIGKILL');
    await cancelled;
    expect((await agent.ended).code).toBe(null);
  });

  it('says outside of the editor that it runs only inside', async () => {
    const { code, events } = await start({}).ended;
    expect(code).toBe(1);
    expect(events).toEqual([
      {
        type: 'failed',
        reason: 'closing',
        message: expect.stringContaining('only inside VS Code') as string,
      },
    ]);
  });

  it('lends nothing without a token, and by each token once; nothing is left when it is over', async () => {
    const models = scripted(answering([[{ kind: 'text', text: 'Hi.' }]]));
    server = createModelServer(models);
    const admitted = await server.admit('a');
    const address = admitted[MODEL_SOCKET] ?? '';
    const wrong = await start({ ...admitted, [MODEL_TOKEN]: 'f'.repeat(64) }).ended;
    expect(wrong.events.at(-1)).toMatchObject({ type: 'failed', reason: 'closing' });
    expect((await start(admitted).ended).code).toBe(0);
    expect((await start(admitted).ended).code).toBe(1);
    expect(models.asked).toEqual(['a']);
    // An ask before a hello, and what is no message.
    for (const line of ['{"type":"ask","parts":[{"kind":"text","text":"x"}],"tools":[]}\n', 'x\n']) {
      const socket = connect(address);
      socket.write(line);
      await new Promise((resolve) => socket.once('close', resolve).resume());
    }
    const isPipe = process.platform === 'win32';
    expect(isPipe || (statSync(dirname(address)).mode & 0o777) === 0o700).toBe(true);
    await server.dispose();
    expect(!isPipe && existsSync(dirname(address))).toBe(false);
    expect(await server.admit('a')).toEqual({});
  });
});
