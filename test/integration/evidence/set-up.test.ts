import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBench, never, type Bench, type BenchOptions, type Files } from './bench.ts';

const run = promisify(execFile);
let bench: Bench;
let outside = '';
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'cfn-outside-'));
});
afterEach(async () => {
  await bench.dispose();
  await rm(outside, { recursive: true, force: true });
});
const start = async (files: Files, options?: BenchOptions) => {
  bench = await createBench(files, options);
};
async function prepared(commit = bench.base): Promise<string> {
  const result = await bench.runner.prepare(commit, never);
  if (!result.ok) throw new Error(result.error.log);
  return result.value.path;
}
const runOf = async (kind: 'left' | 'restored', commit: string, command: string) => {
  const result = await bench.runner.run({ commit, baseCommit: bench.base, run: kind, command }, never);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

describe('.worktreeinclude', () => {
  it('copies the local files that it names, and no others', async () => {
    await start({
      '.gitignore': '.env*\nnode_modules\n',
      '.worktreeinclude': '.env.test\n/config/*.local\n!config/no.local\n',
      'a.txt': '1',
    });
    await bench.write({
      '.env.test': 'A=1',
      '.env': 'SECRET=1',
      'config/yes.local': 'y',
      'config/no.local': 'n',
      'deep/.env.test': 'D=1',
      'node_modules/x/.env.test': 'N=1',
      'a.txt': 'changed by the user',
    });
    const path = await prepared();
    expect(await readFile(join(path, '.env.test'), 'utf8')).toBe('A=1');
    expect(await readFile(join(path, 'deep/.env.test'), 'utf8')).toBe('D=1');
    expect(existsSync(join(path, 'config/yes.local'))).toBe(true);
    for (const name of ['.env', 'config/no.local', 'node_modules'])
      expect(existsSync(join(path, name))).toBe(false);
    expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('1');
  });

  it('reads nothing outside of the user checkout and writes nothing outside of the copy', async () => {
    await start({ '.worktreeinclude': 'local\nsecrets\n*.key\n../x\n' });
    await bench.write({ 'local/a.key': 'k' });
    await symlink(outside, join(bench.root, 'secrets'));
    await symlink('/etc/hostname', join(bench.root, 'host.key'));
    const commit = await bench.commit({ local: { link: outside } });
    const path = await prepared(commit);
    expect(existsSync(join(path, 'secrets'))).toBe(false);
    expect(existsSync(join(path, 'host.key'))).toBe(false);
    expect(await readdir(outside)).toEqual([]);
  });

  it('cannot be widened by agents', async () => {
    await start({ '.gitignore': '.env\n', 'a.txt': '1' });
    await bench.write({ '.env': 'SECRET=1' });
    const path = await prepared(await bench.commit({ '.worktreeinclude': '.env\n' }));
    expect(existsSync(join(path, '.env'))).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('.cfn/setup (these scripts are for sh)', () => {
  const counting = 'echo run >> "$OUTSIDE/runs"; echo made > made.txt; echo hello from setup\n';
  const environment = () => ({ environment: { OUTSIDE: outside } });
  const runs = async () => (await readFile(join(outside, 'runs'), 'utf8')).trim().split('\n').length;

  it('runs once for a commit, with a live log, and each run gets a copy', async () => {
    await start({ '.cfn/setup.sh': counting }, environment());
    const log: string[] = [];
    await bench.runner.prepare(bench.base, never, (text) => log.push(text));
    expect(log.join('')).toContain('$ sh .cfn/setup.sh\nhello from setup\n');
    const command = 'test -f made.txt && rm made.txt && touch dirt && test ! -f more && touch more';
    for (let n = 0; n < 2; n += 1) expect((await runOf('left', bench.base, command)).report.exitCode).toBe(0);
    expect(await readdir(await prepared())).not.toContain('dirt');
    expect(await runs()).toBe(1);
  });

  it('is preferred executable, and stands in for the lockfile', async () => {
    await start({
      '.cfn/setup': { executable: '#!/bin/bash\n[[ 1 = 1 ]] && touch by-bash' },
      'package-lock.json': '{',
      'package.json': '{}',
    });
    expect(existsSync(join(await prepared(), 'by-bash'))).toBe(true);
  });

  it('fails preparation with the end of its log, and can be tried again', async () => {
    await start(
      { '.cfn/setup.sh': 'echo cannot reach the database; test -f "$OUTSIDE/now" || exit 7\n' },
      environment(),
    );
    const result = await bench.runner.prepare(bench.base, never);
    expect(result).toMatchObject({
      ok: false,
      error: { kind: 'prepare-failed', log: 'cannot reach the database\n' },
    });
    expect(result.ok ? '' : result.error.message).toContain('`sh .cfn/setup.sh` ended with exit code 7');
    await writeFile(join(outside, 'now'), '');
    expect((await runOf('left', bench.base, 'true')).report.exitCode).toBe(0);
  });

  it('is ended over its limit', async () => {
    await start({ '.cfn/setup.sh': 'sleep 60\n' }, { limits: { setUpMs: 400 } });
    const result = await bench.runner.prepare(bench.base, never);
    expect(result.ok ? '' : result.error.message).toContain('did not end within');
  });

  it('is the one of the base in the restored run', async () => {
    await start({ '.cfn/setup.sh': 'echo base > who\n', 'a.txt': '1' });
    const commit = await bench.commit({ '.cfn/setup.sh': 'echo agents > who\n' });
    const command = 'grep base who';
    const left = await runOf('left', commit, command);
    const restored = await runOf('restored', commit, command);
    expect([left.report.exitCode, restored.report.exitCode]).toEqual([1, 0]);
    expect(restored.protectedFilesChanged).toEqual(['.cfn/setup.sh']);
  });

  it('writes absolute paths that hold in every run', async () => {
    await start({ '.cfn/setup.sh': 'pwd > where\n' });
    const command = 'test "$(cat where)" = "$(pwd)"';
    const both = await Promise.all([runOf('left', bench.base, command), runOf('left', bench.base, command)]);
    expect(both.map((one) => one.report.exitCode)).toEqual([0, 0]);
  });

  it('makes evidence unconfirmed where only the one of the base does not fit', async () => {
    await start({ '.cfn/setup.sh': 'test -f old.txt\n', 'old.txt': '1' });
    const commit = await bench.commit({
      '.cfn/setup.sh': 'test -f new.txt\n',
      'old.txt': null,
      'new.txt': '1',
    });
    const verdict = await bench.evidence('true', commit);
    expect(verdict).toMatchObject({ status: 'unconfirmed', unconfirmedFiles: ['.cfn/setup.sh'] });
  });

  it('is not repeated for the restored run where only tests differ', async () => {
    await start({ '.cfn/setup.sh': counting, 'test/a.txt': 'base' }, environment());
    const commit = await bench.commit({ 'test/a.txt': 'agents', 'test/new.txt': 'n' });
    const left = await runOf('left', commit, 'grep agents test/a.txt && test -f test/new.txt');
    const restored = await runOf('restored', commit, 'grep base test/a.txt && test ! -e test/new.txt');
    expect([left.report.exitCode, restored.report.exitCode]).toEqual([0, 0]);
    expect(restored.protectedFilesChanged).toEqual(['test/a.txt', 'test/new.txt']);
    expect(await runs()).toBe(1);
  });

  it('sets up an agent worktree the same way', async () => {
    await start({
      '.gitignore': '.env.test\n',
      '.worktreeinclude': '.env.test\n',
      '.cfn/setup.sh': 'cat .env.test; echo ok > done\n',
    });
    await bench.write({ '.env.test': 'A=1\n' });
    const path = await prepared();
    await rm(join(path, 'done'));
    const log: string[] = [];
    expect(await bench.runner.setUpWorktree(path, never, (text) => log.push(text))).toMatchObject({
      ok: true,
    });
    expect(existsSync(join(path, 'done'))).toBe(true);
    expect(log.join('')).toContain('A=1');
  });
});

describe('set-up by lockfile', () => {
  it('installs what the lockfile says, and nothing without one', async () => {
    const manifest = '{ "name": "x", "version": "1.0.0", "dependencies": { "local": "file:local" } }';
    const lock = JSON.stringify({
      name: 'x',
      version: '1.0.0',
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { name: 'x', version: '1.0.0', dependencies: { local: 'file:local' } },
        local: { name: 'local', version: '1.0.0' },
        'node_modules/local': { resolved: 'local', link: true },
      },
    });
    const files = {
      'package.json': manifest,
      'local/package.json': '{ "name": "local", "version": "1.0.0" }',
    };
    await start(files);
    expect(existsSync(join(await prepared(), 'node_modules'))).toBe(false);
    const commit = await bench.commit({ 'package-lock.json': lock });
    const path = await prepared(commit);
    expect(existsSync(join(path, 'node_modules/local/package.json'))).toBe(true);
    // Links are copied as they are: they lead into the copy, not back into the prepared folder.
    const print = `node -p "require('fs').realpathSync('node_modules/local').startsWith(process.cwd())"`;
    expect((await runOf('left', commit, print)).report.tail).toBe('true\n');
  });

  it('is left out in worktrees of agents where a person refused it; a set-up script runs all the same', async () => {
    const files = { 'package.json': '{ "name": "x", "version": "1.0.0" }', 'package-lock.json': '{' };
    await start(files, { installForAgents: false });
    expect(await bench.runner.installs(bench.root)).toEqual(['npm ci --no-audit --no-fund']);
    // The lockfile is broken: only who installs from it fails.
    expect(await bench.runner.setUpWorktree(bench.root, never)).toEqual({ ok: true, value: undefined });
    expect((await bench.runner.prepare(bench.base, never)).ok).toBe(false);
    await bench.write({ '.cfn/setup': 'echo ran > ran.txt\n' });
    expect(await bench.runner.installs(bench.root)).toEqual([]);
    await bench.runner.setUpWorktree(bench.root, never);
    expect(await readFile(join(bench.root, 'ran.txt'), 'utf8')).toBe('ran\n');
  });
});

describe('the checkout of a validator', () => {
  it('gets what set-up made beside the commit, once installed and then copied; what is there stays', async () => {
    const install = `appendFileSync('${join(outside, 'runs').replaceAll('\\', '/')}', 'x')`;
    await start({
      'package.json': `{ "name": "x", "version": "1.0.0", "scripts": { "install": "node set-up.cjs" } }`,
      'package-lock.json':
        '{ "name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": { "name": "x", "version": "1.0.0", "hasInstallScript": true } } }',
      '.gitignore': 'node_modules\n',
      'set-up.cjs': `const { appendFileSync, mkdirSync, writeFileSync } = require('fs'); ${install};
        mkdirSync('node_modules', { recursive: true }); writeFileSync('node_modules/made.txt', 'made');`,
      'a.txt': '1',
    });
    await prepared();
    for (const name of ['one', 'two']) {
      const path = join(outside, name);
      await run('git', ['clone', '-q', bench.root, path]);
      await writeFile(join(path, 'a.txt'), 'as it is');
      const head = await readFile(join(path, '.git/HEAD'), 'utf8');
      expect(await bench.runner.furnish({ commit: bench.base, path }, never)).toMatchObject({ ok: true });
      expect(await readFile(join(path, 'node_modules/made.txt'), 'utf8')).toBe('made');
      expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('as it is');
      expect(await readFile(join(path, '.git/HEAD'), 'utf8')).toBe(head);
    }
    expect(await readFile(join(outside, 'runs'), 'utf8')).toBe('x');
  });

  it('is set up in its own place by a script, which may write absolute paths', async () => {
    await start({ '.cfn/setup': 'pwd -P > where.txt\n', '.gitignore': 'where.txt\n' });
    const path = join(outside, 'checkout');
    await run('git', ['clone', '-q', bench.root, path]);
    expect(await bench.runner.furnish({ commit: bench.base, path }, never)).toMatchObject({ ok: true });
    expect(await readFile(join(path, 'where.txt'), 'utf8')).toBe(`${await realpath(path)}\n`);
  });
});

describe('runs', () => {
  it('that the disk does not allow fail with its reason instead of throwing', async () => {
    await start({ 'a.txt': '1' });
    const path = await prepared();
    await rm(path, { recursive: true });
    const request = { commit: bench.base, baseCommit: bench.base, run: 'left', command: 'true' } as const;
    const result = await bench.runner.run(request, never);
    expect(result.ok ? '' : result.error.message).toContain('ENOENT');
  });

  it('see neither keys nor a terminal, and know that they are automatic', async () => {
    process.env['ANTHROPIC_API_KEY'] = 'sk-test';
    await start({
      'a.txt': '1',
      'print.cjs':
        'console.log(process.env.CI, process.env.ANTHROPIC_API_KEY ?? "none", !!process.stdout.isTTY)',
    });
    const { report } = await runOf('left', bench.base, 'node print.cjs');
    delete process.env['ANTHROPIC_API_KEY'];
    expect(report.tail).toBe('1 none false\n');
  });

  it('happen in the opened folder below the root', async () => {
    await start(
      { 'packages/a/name.txt': 'a', 'packages/a/package.json': '{ "scripts": { "test": "node --test" } }' },
      { prefix: 'packages/a' },
    );
    expect(
      (await runOf('left', bench.base, "node -p \"require('fs').readFileSync('name.txt','utf8')\"")).report
        .tail,
    ).toBe('a\n');
    expect(await bench.runner.discover(bench.root)).toMatchObject([{ command: 'npm test' }]);
  });

  it('with restored scripts and tool configuration keep the dependencies of the agents', async () => {
    await start({
      'package.json': '{ "scripts": { "test": "node check.cjs" } }',
      'check.cjs': 'console.log(JSON.stringify(require("./package.json")))',
    });
    const commit = await bench.commit({
      'package.json': '{ "scripts": { "test": "true" }, "jest": {}, "dependencies": { "local": "1" } }',
    });
    const { report, protectedFilesChanged } = await runOf('restored', commit, 'node check.cjs');
    expect(JSON.parse(report.tail)).toEqual({
      scripts: { test: 'node check.cjs' },
      dependencies: { local: '1' },
    });
    expect(protectedFilesChanged).toEqual(['package.json']);
  });

  it('with restored tests write through no link that agents committed', async () => {
    await start({ 'test/a.txt': 'base' });
    const commit = await bench.commit({ test: { link: outside } });
    const { report } = await runOf(
      'restored',
      commit,
      "node -p \"require('fs').readFileSync('test/a.txt','utf8')\"",
    );
    expect(report.tail).toBe('base\n');
    expect(await readdir(outside)).toEqual([]);
  });

  it('are unavailable where the program is missing', async () => {
    await start({ 'a.txt': '1' });
    const { report } = await runOf('left', bench.base, 'no-such-program-here --test');
    expect(report).toMatchObject({ status: 'unavailable', checks: [] });
  });

  it('keep only the checkouts that are still needed', async () => {
    await start({ 'a.txt': '0', 'test/t.txt': '0' }, { limits: { maxPrepared: 1 } });
    for (let n = 1; n <= 5; n += 1) {
      const commit = await bench.commit({ 'a.txt': String(n) });
      expect((await runOf('left', commit, `grep ${n} a.txt`)).report.exitCode).toBe(0);
      expect((await runOf('restored', commit, 'grep 0 test/t.txt')).report.exitCode).toBe(0);
    }
    expect(bench.openCheckouts()).toBeLessThanOrEqual(4);
    expect(await readdir(join(bench.root, '../work'))).toHaveLength(1);
  });

  it('can be cancelled, and leave nothing behind', async () => {
    await start({ 'hang.cjs': 'console.log("hanging"); setInterval(() => {}, 1000)' });
    const cancel = AbortSignal.timeout(1_000);
    const request = {
      commit: bench.base,
      baseCommit: bench.base,
      run: 'left',
      command: 'node hang.cjs',
    } as const;
    const result = await bench.runner.run(request, cancel);
    expect(result).toMatchObject({ ok: false, error: { kind: 'prepare-failed' } });
    expect(bench.openCheckouts()).toBe(1);
    await bench.runner.dispose();
    expect(bench.openCheckouts()).toBe(0);
    expect(await readdir(join(bench.root, '..'))).toEqual(['user']);
  });
});
