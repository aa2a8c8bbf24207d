import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../src/ports/worktrees.ts';
import { git, ledgerIds, makeWorld, never, read, refusal, value, write, type World } from './git-fixture.ts';

let world: World;
let repository: Repository;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
});
afterEach(() => world.dispose());

const task = () => repository.task('fix');
const start = () => repository.facts.head;

async function attempt(
  agentId: string,
  files: Record<string, string | null>,
  iteration = 1,
): Promise<string> {
  const { path } = value(await task().worktree({ agentId, start: start() }, never));
  for (const [name, content] of Object.entries(files)) {
    if (content === null) rmSync(join(path, name));
    else write(path, name, content);
  }
  const request = { agentId, iteration, attempt: 1, start: start(), message: agentId };
  return value(await task().commitAttempt(request)).commit;
}

const integrate = async (...commits: { agentId: string; commit: string }[]) =>
  value(await task().integrate({ iteration: 1, start: start(), commits }));

describe('integration', () => {
  it('merges changes of several agents to the same file into one commit on the start', async () => {
    const a = await attempt('a', { 'readme.md': 'ONE\ntwo\nthree\n' });
    const b = await attempt('b', { 'readme.md': 'one\ntwo\nTHREE\n', 'new.txt': 'b' });
    const merged = await integrate({ agentId: 'a', commit: a }, { agentId: 'b', commit: b });
    expect(merged).toMatchObject({ merged: ['a', 'b'], conflicts: [] });
    expect(git(world.repo, 'show', `${merged.commit}:readme.md`)).toBe('ONE\ntwo\nTHREE');
    expect(git(world.repo, 'log', '-1', '--format=%P', merged.commit)).toBe(start());
    expect(await integrate({ agentId: 'a', commit: a }, { agentId: 'b', commit: b })).toEqual(merged);
    expect(git(world.repo, 'for-each-ref', '--contains', merged.commit, 'refs/cfn')).not.toBe('');
  });

  it('leaves a conflicting agent out and names both agents and the files', async () => {
    const a = await attempt('a', { 'readme.md': 'A\ntwo\nthree\n' });
    const b = await attempt('b', { 'src/a.txt': 'b\n' });
    const c = await attempt('c', { 'readme.md': 'C\ntwo\nthree\n', 'c.txt': 'c' });
    const d = await attempt('d', { 'd.txt': 'd' });
    const merged = await integrate(
      { agentId: 'a', commit: a },
      { agentId: 'b', commit: b },
      { agentId: 'c', commit: c },
      { agentId: 'd', commit: d },
    );
    expect(merged.merged).toEqual(['a', 'b', 'd']);
    expect(merged.conflicts).toEqual([{ agentId: 'c', with: ['a'], files: ['readme.md'] }]);
    expect(git(world.repo, 'ls-tree', '--name-only', merged.commit)).not.toContain('c.txt');
  });

  it('names a conflict between deleting and changing a file', async () => {
    const a = await attempt('a', { 'readme.md': null });
    const b = await attempt('b', { 'readme.md': 'one\ntwo\nthree\nfour\n' });
    const merged = await integrate({ agentId: 'a', commit: a }, { agentId: 'b', commit: b });
    expect(merged.conflicts).toEqual([{ agentId: 'b', with: ['a'], files: ['readme.md'] }]);
  });

  it('uses the start as base, even when an agent merged the branch of another', async () => {
    const a = await attempt('a', { 'a.txt': 'a' });
    const { path } = value(await task().worktree({ agentId: 'b', start: start() }, never));
    git(path, 'merge', '-q', a);
    write(path, 'b.txt', 'b');
    const request = { agentId: 'b', iteration: 1, attempt: 1, start: start(), message: 'b' };
    const b = value(await task().commitAttempt(request)).commit;
    const merged = await integrate({ agentId: 'a', commit: a }, { agentId: 'b', commit: b });
    expect(merged.merged).toEqual(['a', 'b']);
    expect(value(await repository.changes(start(), merged.commit)).map(({ path: name }) => name)).toEqual([
      'a.txt',
      'b.txt',
    ]);
  });

  it('[L-01] gives the start itself when nobody changed anything', async () => {
    const a = await attempt('a', {});
    expect((await integrate({ agentId: 'a', commit: a })).commit).toBe(start());
    expect((await integrate()).commit).toBe(start());
  });

  it('takes every change when agents touch different files, in any order', async () => {
    const agents = ['a', 'b', 'c'];
    const commits = new Map<string, string>();
    for (const agent of agents)
      commits.set(agent, await attempt(agent, { [`${agent}.txt`]: agent, 'readme.md': 'one\ntwo\nthree\n' }));
    const order = fc.shuffledSubarray(agents, { minLength: 1 });
    const trees = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(order, async (chosen) => {
        const merged = await integrate(
          ...chosen.map((agentId) => ({ agentId, commit: commits.get(agentId) ?? '' })),
        );
        expect(merged.merged).toEqual(chosen);
        const key = [...chosen].sort().join();
        const tree = git(world.repo, 'rev-parse', `${merged.commit}^{tree}`);
        expect(trees.get(key) ?? tree).toBe(tree);
        trees.set(key, tree);
      }),
      { numRuns: 8 },
    );
  });
});

describe('the result', () => {
  it('moves the result branch and never a numbered ref', async () => {
    const a = await attempt('a', { 'a.txt': 'a' });
    const b = await attempt('b', { 'b.txt': 'b' });
    expect(value(await task().publishResult(a, 1))).toEqual({ branch: 'cfn/fix/result' });
    expect(git(world.repo, 'rev-parse', 'refs/cfn/fix/1/integrated/1')).toBe(a);
    value(await task().publishResult(a, 1));
    value(await task().publishResult(b, 1));
    expect(git(world.repo, 'rev-parse', 'refs/cfn/fix/1/integrated/1')).toBe(a);
    expect(git(world.repo, 'rev-parse', 'refs/cfn/fix/1/integrated/2')).toBe(b);
    expect(git(world.repo, 'rev-parse', 'cfn/fix/result')).toBe(b);
  });

  it('refuses to move a result branch under a checkout of it', async () => {
    const a = await attempt('a', { 'a.txt': 'a' });
    value(await task().publishResult(start(), 1));
    git(world.repo, 'checkout', '-q', 'cfn/fix/result');
    expect(refusal(await task().publishResult(a, 1))).toContain('is checked out in');
  });
});

describe('diffs', () => {
  it('[X-33] shows the whole diff below the limit, else whole hunks and the list of files', async () => {
    const lines = Array.from({ length: 3000 }, (_, n) => `line ${n}`);
    const a = await attempt('a', {
      'readme.md': 'ONE\ntwo\nthree\n',
      'zz-long.txt': `${lines.join('\n')}\n`,
      'gone/../src/a.txt': null,
    });
    const small = value(await repository.diff(start(), a, { maxBytes: 1_000_000 }));
    expect(small.truncated).toBe(false);
    expect(small.text).toContain('+ONE');
    const cut = value(await repository.diff(start(), a, { maxBytes: 1000 }));
    expect(cut.truncated).toBe(true);
    expect(cut.text).toContain('+ONE');
    expect(cut.text).not.toContain('+line 5\n');
    expect(cut.text).toContain('+3000 -0\tadded\tzz-long.txt');
    expect(cut.files).toHaveLength(3);
  });

  it('describes binary files and renames', async () => {
    const content = Array.from({ length: 50 }, (_, n) => `line ${n}`).join('\n');
    write(world.repo, 'old-name.txt', content);
    git(world.repo, 'add', '-A');
    git(world.repo, 'commit', '-q', '-m', 'more');
    repository = await world.open();
    const a = await attempt('a', {
      'old-name.txt': null,
      'new-name.txt': `${content}\nmore`,
      'image.bin': 'a\0b',
    });
    expect(value(await repository.changes(start(), a))).toEqual([
      { path: 'image.bin', status: 'added', added: null, removed: null },
      { path: 'new-name.txt', status: 'renamed', added: 2, removed: 1 },
    ]);
    const { text } = value(await repository.diff(start(), a, { maxBytes: 65_536 }));
    expect(text).toContain('rename from old-name.txt');
    expect(text).toContain('Binary files /dev/null and b/image.bin differ');
  });

  it('shows the bytes of a file at a commit, and null for what is not a file there', async () => {
    const shown = value(await repository.show(start(), 'src/a.txt'));
    expect(Buffer.from(shown ?? []).toString()).toBe('a\n');
    expect(value(await repository.show(start(), 'src'))).toBeNull();
    expect(value(await repository.show(start(), 'nowhere'))).toBeNull();
    expect(value(await repository.show(start(), '*'))).toBeNull();
  });

  it('resolves revisions and says which one names nothing', async () => {
    expect(value(await repository.resolve('main'))).toBe(start());
    expect(refusal(await repository.resolve('--all'))).toContain('"--all" names no commit');
    expect(refusal(await repository.resolve('nothing'))).toContain('names no commit');
  });
});

describe('disposable checkouts', () => {
  it('are repositories of their own that cannot reach the refs of the user', async () => {
    const a = await attempt('a', { 'a.txt': 'a' });
    const checkout = value(await task().checkout(a, 'validator-1', never));
    expect(dirname(checkout.path).startsWith(world.state)).toBe(true);
    expect(await ledgerIds(world)).toContain(`checkout:${checkout.path}`);
    expect(git(checkout.path, 'log', '--format=%s')).toBe('a\nfirst');
    expect(git(checkout.path, 'diff', '--name-only', start())).toBe('a.txt');
    expect(git(checkout.path, 'status', '--porcelain')).toBe('');
    expect(value(await task().checkoutChanges(checkout))).toEqual([]);
    const refs = git(world.repo, 'for-each-ref');
    const objects = git(world.repo, 'count-objects', '-v');
    write(checkout.path, 'a.txt', 'mine');
    write(checkout.path, 'b.txt', 'b');
    git(checkout.path, 'add', '-A');
    git(checkout.path, 'commit', '-q', '-m', 'mine');
    git(checkout.path, 'update-ref', 'refs/heads/main', 'HEAD');
    git(checkout.path, 'gc', '-q', '--prune=now');
    expect(value(await task().checkoutChanges(checkout)).map(({ path }) => path)).toEqual(['a.txt', 'b.txt']);
    expect(git(world.repo, 'for-each-ref')).toBe(refs);
    expect(git(world.repo, 'count-objects', '-v')).toBe(objects);
    await task().discard(checkout);
    expect(existsSync(checkout.path)).toBe(false);
    expect(await ledgerIds(world)).not.toContain(`checkout:${checkout.path}`);
  });

  it('are removed with read-only folders in them, and nothing else is ever removed', async () => {
    const checkout = value(await task().checkout(start(), 'strange / label', never));
    mkdirSync(join(checkout.path, 'cache/deep'), { recursive: true });
    write(checkout.path, 'cache/deep/file', 'x');
    chmodSync(join(checkout.path, 'cache/deep'), 0o500);
    await task().discard({ path: world.repo, commit: start() });
    await task().discard({ path: join(checkout.path, '..'), commit: start() });
    expect(read(world.repo, 'readme.md')).toContain('one');
    expect(existsSync(checkout.path)).toBe(true);
    await task().discard(checkout);
    expect(existsSync(checkout.path)).toBe(false);
  });
});
