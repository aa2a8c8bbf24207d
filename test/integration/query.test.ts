import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { ensureStore } from '../../src/adapters/coordination/store-launch.ts';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { passing, startedLoop } from '../../src/domain/loop/test-loop.ts';

const run = promisify(execFile);
const dist = fileURLToPath(new URL('../../dist', import.meta.url));
let folder: string;
let repository: string;
let home: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-query-'));
  repository = join(folder, 'repository');
  home = join(folder, 'home');
  await run('git', ['init', '-q', repository]);
  const git = ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@localhost'];
  await run('git', [...git, 'commit', '-q', '--allow-empty', '-m', 'base']);
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

async function cfn(...words: readonly string[]) {
  const child = spawn(process.execPath, [join(dist, 'cli.js'), ...words], {
    cwd: repository,
    env: { PATH: process.env['PATH'], HOME: folder, CFN_STATE_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

/** `cfn status` gives the repository its state folder. */
async function stateFolder(): Promise<string> {
  await cfn('status');
  return join(home, readFileSync(join(repository, '.git', 'cfn-id'), 'utf8').trim());
}

async function aLoop(state: string, taskId: string, finish: boolean): Promise<void> {
  const loops = createLoopStore({ stateFolder: state });
  const holder = await loops.hold(taskId, () => Promise.resolve(null));
  if (!holder.ok) throw new Error('The loop could not be held');
  const journal = await loops.open(taskId, holder.value.epoch);
  if (!journal.ok) throw new Error(journal.error.message);
  const loop = startedLoop({ taskId });
  if (finish) loop.run({ agent: passing });
  await journal.value.append(loop.events);
  await journal.value.close();
  await holder.value.release();
}

const OUTCOMES = 'SELECT outcome, count(*) AS loops FROM loops GROUP BY outcome ORDER BY outcome';
const rowsOf = ({ out }: { out: string }) =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it('[SI-054] [DP-009] cfn query answers from all journals, as they are when it is asked', async () => {
  expect(await cfn('query', OUTCOMES)).toMatchObject({
    code: 2,
    err: 'No loop has run in this repository.\n',
  });
  const state = await stateFolder();
  await aLoop(state, 'first', true);
  await aLoop(state, 'second', false);
  expect(rowsOf(await cfn('query', '--json', OUTCOMES))).toEqual([
    { outcome: null, loops: 1 },
    { outcome: 'PROCEED', loops: 1 },
  ]);
  await aLoop(state, 'third', true);
  expect(await cfn('query', OUTCOMES)).toEqual({
    code: 0,
    out: 'outcome  loops\n         1\nPROCEED  2\n',
    err: '',
  });
  expect((await cfn('query', '--tables')).out).toMatch(/^attempts +task_id iteration agent_id attempt role/m);
  const refused = await cfn('query', 'DELETE FROM loops');
  expect(refused).toMatchObject({
    code: 1,
    out: '',
    err: /SQLite query failed: DELETE FROM loops .*readonly/,
  });
  expect(rowsOf(await cfn('query', '--json', 'SELECT count(*) AS n FROM loops'))).toEqual([{ n: 3 }]);
});

it('[DP-002] [DP-010] cfn query keeps its answers in a store that runs, and opens no index for one that it finds', async () => {
  const state = await stateFolder();
  await aLoop(state, 'first', true);
  const store = await ensureStore({
    folder: state,
    program: { execPath: process.execPath, args: [join(dist, 'store.js')] },
    deadlineMs: 30_000,
    signal: new AbortController().signal,
  });
  if (!store.ok) throw new Error(store.error.message);
  const client = await openRespClient({ url: store.value.adminUrl, deadlineMs: 30_000 });
  if (!client.ok) throw new Error(client.error.message);
  try {
    const first = await cfn('query', '--json', OUTCOMES);
    expect(rowsOf(first)).toEqual([{ outcome: 'PROCEED', loops: 1 }]);
    expect(await client.value.command(['KEYS', 'cache:query:*'])).toMatchObject({
      ok: true,
      value: [expect.any(String)],
    });
    rmSync(join(state, 'index.sqlite'));
    expect(await cfn('query', '--json', OUTCOMES)).toEqual(first);
    expect(existsSync(join(state, 'index.sqlite'))).toBe(false);
    await aLoop(state, 'second', true);
    expect(rowsOf(await cfn('query', '--json', OUTCOMES))).toEqual([{ outcome: 'PROCEED', loops: 2 }]);
  } finally {
    await client.value.command(['SHUTDOWN']);
    client.value.close();
  }
});
