import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRepositories } from '../../src/adapters/git/repositories.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { git, makeWorld, never, read, refusal, value, write, type World } from './git-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.dispose());

const openIt = (folder: string) => world.repositories.open(folder, never);
const place = (name: string) => {
  const path = join(world.folder, name);
  mkdirSync(path);
  return path;
};
/** A whole small loop step, to show that a repository does not only open. */
async function works(folder: string): Promise<string[]> {
  const repository = value(await openIt(folder));
  const start = repository.facts.head;
  const task = repository.task('works');
  const { path } = value(await task.worktree({ agentId: 'a', start }, never));
  write(path, 'work.txt', 'work');
  const request = { agentId: 'a', iteration: 1, attempt: 1, start, message: 'work' };
  const done = value(await task.commitAttempt(request));
  const merged = value(
    await task.integrate({ iteration: 1, start, commits: [{ agentId: 'a', commit: done.commit }] }),
  );
  const checkout = value(await task.checkout(merged.commit, 'v', never));
  expect(git(checkout.path, 'status', '--porcelain')).toBe('');
  expect(git(checkout.path, 'log', '-1', '--format=%s', 'HEAD^')).not.toBe('');
  await task.discard(checkout);
  value(await repository.compareOutside(value(await repository.lookOutside())));
  return value(await repository.changes(start, merged.commit)).map((file) => file.path);
}

describe('repositories that are refused, each in one sentence', () => {
  const sentence = (message: string) => expect(message).toMatch(/^[^\n]{20,400}\.$/);

  it('says when there is no folder, no repository, no checkout, no commit', async () => {
    const cases: [string, string][] = [];
    cases.push([join(world.folder, 'nowhere'), 'does not exist']);
    cases.push([place('plain'), 'is not in a git repository']);
    const bare = place('bare.git');
    git(bare, 'init', '-q', '--bare');
    cases.push([bare, 'is a bare repository']);
    cases.push([join(world.repo, '.git'), 'is inside a git directory']);
    const empty = place('empty');
    git(empty, 'init', '-q');
    cases.push([empty, 'has no commits yet']);
    for (const [folder, reason] of cases) {
      const message = refusal(await openIt(folder));
      expect(message).toContain(reason);
      sentence(message);
    }
    expect(existsSync(join(empty, '.git/cfn-id'))).toBe(false);
  });

  it('says that partial clones are not worked with', async () => {
    git(world.repo, 'config', 'uploadpack.allowFilter', 'true');
    git(world.folder, 'clone', '-q', '--filter=blob:none', pathToFileURL(world.repo).href, 'partial');
    const partial = refusal(await openIt(join(world.folder, 'partial')));
    expect(partial).toContain('is a partial clone');
    sentence(partial);
  });

  it.skipIf(process.platform === 'win32')('says that git is missing or too old', async () => {
    const withGit = (gitBinary: string) =>
      createRepositories({
        stateFolder: () => world.state,
        ledger: () => world.ledger,
        ids: { token: () => 'a'.repeat(32), taskId: () => 'x' },
        clock: { now: () => 0, sleep: () => Promise.resolve() },
        logger: silentLogger,
        worktreeRoot: () => null,
        gitBinary,
      }).open(world.repo, never);
    expect(refusal(await withGit('/nowhere/git'))).toBe(
      'git was not found on PATH; install git 2.38 or newer.',
    );
    write(world.folder, 'old-git', '#!/bin/sh\necho git version 2.37.4\n', 0o755);
    expect(refusal(await withGit(join(world.folder, 'old-git')))).toBe(
      'git is 2.37.4, but CFN Loop needs git 2.38 or newer; install a newer git.',
    );
  });

  it('answers a cancelled call with an error, and creates nothing', async () => {
    const result = await world.repositories.open(world.repo, AbortSignal.abort());
    expect(result).toMatchObject({ ok: false, error: { kind: 'failed' } });
    expect(existsSync(join(world.repo, '.git/cfn-id'))).toBe(false);
    const repository = await world.open();
    const request = { agentId: 'a', start: repository.facts.head };
    expect((await repository.task('t').worktree(request, AbortSignal.abort())).ok).toBe(false);
    expect((await repository.task('t').worktree(request, never)).ok).toBe(true);
  });

  it('says what to do about an id file that holds something else', async () => {
    write(world.repo, '.git/cfn-id', '../../etc\n');
    const message = refusal(await openIt(world.repo));
    expect(message).toContain('does not hold an id');
    sentence(message);
  });
});

describe('repositories that work', () => {
  it('describes the checkout, and a folder below it', async () => {
    const { facts } = value(await openIt(join(world.repo, 'src')));
    expect(facts).toMatchObject({
      root: world.repo,
      commonDir: join(world.repo, '.git'),
      prefix: 'src',
      head: git(world.repo, 'rev-parse', 'HEAD'),
      headRef: 'refs/heads/main',
      dirty: false,
    });
    expect(facts.id).toMatch(/^[0-9a-f]{32}$/);
    expect(read(world.repo, '.git/cfn-id').trim()).toBe(facts.id);
    expect(value(await openIt(world.repo)).facts).toEqual({ ...facts, prefix: '' });
  });

  it('keeps the opened folder in every checkout, even when nothing in it is committed', async () => {
    mkdirSync(join(world.repo, 'packages/new app'), { recursive: true });
    const repository = await world.open(join(world.repo, 'packages/new app'));
    expect(repository.facts.prefix).toBe('packages/new app');
    const start = repository.facts.head;
    const { path } = value(await repository.task('t').worktree({ agentId: 'a', start }, never));
    const checkout = value(await repository.task('t').checkout(start, 'v', never));
    for (const at of [path, checkout.path]) expect(existsSync(join(at, repository.facts.prefix))).toBe(true);
  });

  it('works with a detached head and a dirty tree, and leaves both alone', async () => {
    git(world.repo, 'checkout', '-q', '--detach');
    write(world.repo, 'readme.md', 'dirty');
    const { facts } = value(await openIt(world.repo));
    expect(facts).toMatchObject({ headRef: null, dirty: true });
    expect(await works(world.repo)).toEqual(['work.txt']);
    expect(read(world.repo, 'readme.md')).toBe('dirty');
  });

  it('gives all worktrees of a repository the same id and the same place for agents', async () => {
    const main = value(await openIt(world.repo)).facts;
    git(world.repo, 'worktree', 'add', '-q', join(world.folder, 'linked'));
    git(join(world.folder, 'linked'), 'worktree', 'add', '-q', join(world.folder, 'second'));
    for (const name of ['linked', 'second']) {
      const { facts } = value(await openIt(join(world.folder, name)));
      expect(facts).toMatchObject({ id: main.id, commonDir: main.commonDir, root: join(world.folder, name) });
    }
    expect(await works(join(world.folder, 'second'))).toEqual(['work.txt']);
    expect(existsSync(join(world.folder, 'project.cfn/works/a/work.txt'))).toBe(true);
  });

  it('works in a worktree of a bare repository', async () => {
    git(world.folder, 'clone', '-q', '--bare', world.repo, 'hub.git');
    git(join(world.folder, 'hub.git'), 'worktree', 'add', '-q', join(world.folder, 'from-bare'), 'main');
    expect(await works(join(world.folder, 'from-bare'))).toEqual(['work.txt']);
  });

  it.each(['with space', 'ünïcödé-名前', `quo'te"d`, 'dollar$(touch x);&', 'semi:colon', 'trailing.'])(
    'works in a folder named %s',
    async (name) => {
      renameSync(world.repo, join(world.folder, name));
      expect(await works(join(world.folder, name))).toEqual(['work.txt']);
    },
  );

  it('works in a shallow clone', async () => {
    write(world.repo, 'second.txt', '2');
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'second');
    git(world.folder, 'clone', '-q', '--depth', '1', pathToFileURL(world.repo).href, 'shallow');
    expect(await works(join(world.folder, 'shallow'))).toEqual(['work.txt']);
  });

  it('works with objects named by SHA-256', async () => {
    const folder = place('sha256');
    git(folder, 'init', '-q', '--object-format=sha256');
    write(folder, 'a.txt', 'a');
    git(folder, 'add', '-A');
    git(folder, 'commit', '-q', '-m', 'a');
    expect(await works(folder)).toEqual(['work.txt']);
  });

  it('works through a symbolic link and with an environment that points git elsewhere', async () => {
    symlinkSync(world.repo, join(world.folder, 'link'), 'junction');
    process.env['GIT_DIR'] = '/nowhere';
    process.env['GIT_INDEX_FILE'] = '/nowhere/index';
    try {
      expect(value(await openIt(join(world.folder, 'link'))).facts.root).toBe(world.repo);
      const folder = join(world.folder, 'link');
      const { facts } = value(await openIt(folder));
      expect(facts.commonDir).toBe(join(world.repo, '.git'));
    } finally {
      delete process.env['GIT_DIR'];
      delete process.env['GIT_INDEX_FILE'];
    }
    expect(await works(join(world.folder, 'link'))).toEqual(['work.txt']);
  });

  it('honours the ignore file and line ends of the user, as they stood when the task began', async () => {
    const repository = await world.open();
    write(world.folder, 'home/.config/git/ignore', '*.swp\n');
    git(world.repo, 'config', 'core.autocrlf', 'input');
    const start = repository.facts.head;
    const task = repository.task('fix');
    const { path } = value(await task.worktree({ agentId: 'a', start }, never));
    write(world.folder, 'home/.config/git/ignore', '*\n');
    git(world.repo, 'config', 'core.autocrlf', 'false');
    const later = value(await world.restarted().open(world.repo, never));
    write(path, 'x.swp', 'x');
    write(path, 'crlf.txt', 'a\r\nb\r\n');
    const request = { agentId: 'a', iteration: 1, attempt: 1, start, message: 'a' };
    const done = value(await later.task('fix').commitAttempt(request));
    expect(done.files.map((file) => file.path)).toEqual(['crlf.txt']);
    expect(Buffer.from(value(await later.show(done.commit, 'crlf.txt')) ?? []).toString()).toBe('a\nb\n');
  });
});

describe('the id of a repository', () => {
  it('stays with a moved repository and is new for a copied one', async () => {
    const { id } = value(await openIt(world.repo)).facts;
    const copy = join(world.folder, 'copy');
    cpSync(world.repo, copy, { recursive: true });
    const copied = value(await openIt(copy)).facts.id;
    expect(copied).not.toBe(id);
    expect(value(await openIt(copy)).facts.id).toBe(copied);
    expect(value(await openIt(world.repo)).facts.id).toBe(id);
    renameSync(world.repo, join(world.folder, 'moved'));
    expect(value(await openIt(join(world.folder, 'moved'))).facts.id).toBe(id);
  });

  it('is one when several windows open the repository for the first time together', async () => {
    const opened = await Promise.all(
      Array.from({ length: 6 }, () => world.restarted().open(world.repo, never)),
    );
    expect(new Set(opened.map((result) => value(result).facts.id)).size).toBe(1);
  });

  it('is found again when a crash left an empty file', async () => {
    write(world.repo, '.git/cfn-id', '');
    expect(value(await openIt(world.repo)).facts.id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe.skipIf(process.platform === 'win32')('large file storage', () => {
  it('runs the constant filter where the base uses it, not the configured one', async () => {
    const bin = place('bin');
    const log = join(world.folder, 'lfs.log');
    // A stand-in that speaks the one-file form: git falls back to it when the process form fails at once.
    const script = `#!/bin/sh\necho "$1" >> "${log}"\ncase "$1" in\nclean) echo pointer; cat >/dev/null;;\nsmudge) echo real; cat >/dev/null;;\n*) exit 1;;\nesac\n`;
    write(bin, 'git-lfs', script, 0o755);
    const path = process.env['PATH'];
    process.env['PATH'] = `${bin}:${path}`;
    try {
      write(world.repo, '.gitattributes', '*.bin filter=lfs\n');
      git(world.repo, 'config', 'filter.lfs.clean', `touch ${join(world.folder, 'canary')}; cat`);
      write(world.repo, 'plain.txt', 'x');
      git(world.repo, 'add', '-A');
      git(world.repo, 'commit', '-q', '-m', 'lfs');
      rmSync(join(world.folder, 'canary'), { force: true });
      const repository = value(await world.restarted().open(world.repo, never));
      const start = repository.facts.head;
      const made = value(await repository.task('t').worktree({ agentId: 'a', start }, never));
      write(made.path, 'new.bin', 'real');
      const request = { agentId: 'a', iteration: 1, attempt: 1, start, message: 'a' };
      await repository.task('t').commitAttempt(request);
      expect(read(world.folder, 'lfs.log')).toContain('filter-process');
      expect(existsSync(join(world.folder, 'canary'))).toBe(false);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

describe('a killed git', () => {
  it.skipIf(process.platform === 'win32')(
    'in the middle of adding a worktree leaves nothing that the next start does not repair',
    async () => {
      for (let n = 0; n < 40; n += 1) write(world.repo, `files/${n}.txt`, `${n}\n`);
      git(world.repo, 'add', '-A');
      git(world.repo, 'commit', '-q', '-m', 'many');
      const repository = await world.open();
      const start = repository.facts.head;
      for (let round = 0; round < 20; round += 1) {
        const agentId = `agent-${round}`;
        const path = join(world.folder, 'project.cfn', 'kill', agentId);
        const ref = `refs/heads/cfn/kill/${agentId}`;
        await world.ledger.record({ kind: 'worktree', id: `worktree:kill/${agentId}`, taskId: 'kill', path });
        await world.ledger.record({ kind: 'ref', id: `ref:${ref}`, taskId: 'kill', ref });
        const seconds = (0.001 + round * 0.0008).toFixed(4);
        const add = [
          '-s',
          'KILL',
          seconds,
          'git',
          'worktree',
          'add',
          '-q',
          '-b',
          `cfn/kill/${agentId}`,
          path,
        ];
        try {
          execFileSync('timeout', add, { cwd: world.repo, stdio: 'ignore' });
        } catch {
          // Killed, as planned.
        }
        const made = value(await repository.task('kill').worktree({ agentId, start }, never));
        expect(git(made.path, 'status', '--porcelain')).toBe('');
        expect(git(made.path, 'rev-parse', '--abbrev-ref', 'HEAD')).toBe(`cfn/kill/${agentId}`);
        expect(read(made.path, 'files/39.txt')).toBe('39\n');
      }
      expect(git(world.repo, 'fsck', '--no-dangling')).toBe('');
    },
  );

  it('that left a registration nobody can read does not keep us from listing worktrees', async () => {
    const repository = await world.open();
    git(world.repo, 'worktree', 'add', '-q', '-b', 'mine', join(world.folder, 'mine'));
    write(join(world.repo, '.git'), 'worktrees/mine/commondir', '');
    expect(() => git(world.repo, 'worktree', 'list')).toThrow('');
    value(await repository.task('t').worktree({ agentId: 'a', start: repository.facts.head }, never));
    expect(git(world.repo, 'worktree', 'list').split('\n')).toHaveLength(3);
  });

  it('that left a scratch folder loses it when the repository is opened again, a living one does not', async () => {
    const { facts } = await world.open();
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const tmp = join(world.state, facts.id, 'git', 'tmp');
    for (const name of [`op-${ended}-abc`, `op-${process.pid}-abc`]) write(join(tmp, name), 'index', 'x');
    await world.open();
    expect(readdirSync(tmp)).toEqual([`op-${process.pid}-abc`]);
  });
});
