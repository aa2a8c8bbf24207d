import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { createPullRequests } from '../../src/adapters/github/pull-requests.ts';
import type { NewPullRequest } from '../../src/ports/pull-requests.ts';
import { startGitHubServer, type GitHubServer } from '../support/github-server.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
/** A whole loop runs in it. */
const LIMIT_MS = 300_000;
const TOKEN = 'gho_0123456789abcdefghijABCDEFGHIJ012345';
let folder: string;
let server: GitHubServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-pull-request-'));
  server = await startGitHubServer(join(folder, 'server'), TOKEN);
  return async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
});

describe('a GitHub server', () => {
  const wanted = (change: Partial<NewPullRequest['repository']> = {}): NewPullRequest => ({
    repository: { server: server.url, api: server.api, owner: 'ada', name: 'engine', ...change },
    head: 'work',
    base: null,
    title: 'Work',
    body: '',
    draft: true,
  });
  const create = (request: NewPullRequest, token = TOKEN, signal = new AbortController().signal) =>
    createPullRequests('test').create(request, token, signal);
  const haveBranches = async (...names: readonly string[]): Promise<void> => {
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    const git = (...argv: readonly string[]) => run('git', ['-C', server.repository, ...identity, ...argv]);
    const tree = (await git('hash-object', '-w', '-t', 'tree', '/dev/null')).stdout.trim();
    const commit = (await git('commit-tree', tree, '-m', 'Work')).stdout.trim();
    for (const name of names) await git('update-ref', `refs/heads/${name}`, commit);
  };

  it('opens a draft against the default branch, and finds it when asked again', async () => {
    await haveBranches('main', 'work');
    const first = await create(wanted());
    const url = `${server.url}/ada/engine/pull/1`;
    expect(first).toEqual({ ok: true, value: { number: 1, url, base: 'main', existed: false } });
    expect(server.pulls).toMatchObject([{ head: 'work', base: 'main', title: 'Work', draft: true }]);
    expect(await create(wanted())).toEqual({
      ok: true,
      value: { number: 1, url, base: 'main', existed: true },
    });
  });

  it('says what was wrong with a refused one, a wrong sign-in and a repository that is not shown', async () => {
    await haveBranches('main');
    expect(await create({ ...wanted(), base: 'main' })).toEqual({
      ok: false,
      error: { kind: 'refused', message: `${server.url} refused the pull request: head is invalid.` },
    });
    expect(await create(wanted(), 'wrong')).toEqual({
      ok: false,
      error: { kind: 'sign-in', message: `${server.url} did not take the sign-in: Bad credentials.` },
    });
    expect(await create(wanted({ name: 'other' }))).toEqual({
      ok: false,
      error: {
        kind: 'not-found',
        message: `${server.url} shows this sign-in no pull request at ada/other: Not Found.`,
      },
    });
  });

  it('takes no page of another server for a pull request', async () => {
    await haveBranches('main', 'work');
    server.pretend('https://example.org');
    expect(await create(wanted())).toMatchObject({ ok: false, error: { kind: 'refused' } });
  });

  it('ends at once when it is cancelled, and says when nobody answers', async () => {
    expect(await create(wanted(), TOKEN, AbortSignal.abort())).toMatchObject({
      ok: false,
      error: { kind: 'unreachable' },
    });
    const request = wanted({ api: 'http://127.0.0.1:9/api/v3' });
    expect(await create(request)).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
  });
});

describe('cfn merge --pull-request', () => {
  let programs: string;
  beforeAll(async () => {
    programs = await mkdtemp(join(tmpdir(), 'cfn-programs-'));
    await run(process.execPath, ['esbuild.mjs', `--outdir=${programs}`], { cwd: root });
  });
  afterAll(() => rm(programs, { recursive: true, force: true }));

  it(
    'pushes what a loop made and opens a pull request that says what was measured, with the token nowhere',
    { timeout: LIMIT_MS },
    async () => {
      const repository = join(folder, 'repository');
      const state = join(folder, 'state');
      await mkdir(state);
      await createSampleRepository(repository);
      const git = async (...argv: readonly string[]) =>
        (await run('git', ['-C', repository, ...argv])).stdout.trim();
      await git('remote', 'add', 'origin', `${server.url}/ada/engine.git`);
      await git('push', '--quiet', 'origin', 'HEAD:main');
      const env: NodeJS.ProcessEnv = {
        ...process.env,
        CFN_STATE_HOME: state,
        CFN_DEMO_PAUSE_MS: '0',
        GITHUB_SERVER_URL: server.url,
        GITHUB_API_URL: server.api,
        GITHUB_TOKEN: '',
        GH_TOKEN: '',
      };
      const cfn = (argv: readonly string[], extra: NodeJS.ProcessEnv = {}) =>
        run(process.execPath, [join(programs, 'cli.js'), ...argv], {
          cwd: repository,
          env: { ...env, ...extra },
        });
      const task = ['run', '--task', 'Make every test pass', '--mode', 'mvp', '--task-id', 'fix'];
      await cfn([
        ...task,
        '--implementer',
        'demo',
        '--validator',
        'demo',
        '--product-owner',
        'demo',
        '--json',
      ]);

      await expect(cfn(['merge', 'fix', '--pull-request'])).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining(
          `A pull request at ${server.url} takes a token in GH_TOKEN or GITHUB_TOKEN.`,
        ),
      });
      const opened = await cfn(['merge', 'fix', '--pull-request', '--draft'], { GITHUB_TOKEN: TOKEN });
      expect(opened.stdout).toBe(
        `fix was pushed to cfn/fix/result at origin.\nPull request: ${server.url}/ada/engine/pull/1\n`,
      );
      const head = await run('git', ['-C', server.repository, 'rev-parse', 'refs/heads/cfn/fix/result']);
      expect(head.stdout.trim()).toBe(await git('rev-parse', 'refs/heads/cfn/fix/result'));
      const [pull] = server.pulls;
      expect(pull).toMatchObject({ base: 'main', title: 'Make every test pass', draft: true });
      expect(pull?.body).toMatch(/PROCEED after .* iteration/);
      expect(pull?.body).toMatch(/`.*`: (\d+) of \1 checks pass \(before: .* %\)/);
      expect(pull?.body).toContain('Made by the loop `fix`.');

      const again = await cfn(['merge', 'fix', '--pull-request', '--json'], { GITHUB_TOKEN: TOKEN });
      expect(JSON.parse(again.stdout)).toMatchObject({ pullRequest: { number: 1, existed: true } });
      expect(server.pulls).toHaveLength(1);
      const kept = await readdir(state, { recursive: true, withFileTypes: true });
      const files = kept
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name));
      expect(files.length).toBeGreaterThan(5);
      const texts = await Promise.all(files.map((file) => readFile(file)));
      expect(files.filter((_, index) => texts[index]?.includes(TOKEN))).toEqual([]);
    },
  );
});
