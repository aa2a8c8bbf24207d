import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allOf } from '../../src/domain/review/hunks.ts';
import { take, type TakenFile } from '../../src/domain/review/taken.ts';
import type { RejectedLines, Repository, RevisionRequest } from '../../src/ports/worktrees.ts';
import { commitAside, git, makeWorld, refusal, value, write, type World } from './git-fixture.ts';

let world: World;
let repository: Repository;
let base: string;
beforeEach(async () => {
  world = makeWorld();
  repository = await world.open();
  base = repository.facts.head;
});
afterEach(() => world.dispose());

const commit = (): string => commitAside(world, base);

const put = (path: string, content: string): void => {
  mkdirSync(dirname(join(world.repo, path)), { recursive: true });
  write(world.repo, path, content);
};

const revise = (request: Partial<RevisionRequest> & { readonly commit: string }) =>
  repository
    .task('fix')
    .revise({ iteration: 1, onto: null, rejected: [], taken: [], message: 'Take', ...request });

/** `100644 OID` of every path. */
const tree = (at: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    git(world.repo, 'ls-tree', '-r', '-z', at)
      .split('\0')
      .filter(Boolean)
      .map((line) => {
        const [facts = '', path = ''] = line.split('\t');
        const [mode, , oid] = facts.split(' ');
        return [path, `${mode} ${oid}`];
      }),
  );

async function rejectedIn(to: string, path: string): Promise<RejectedLines[]> {
  const file = value(await repository.hunks(base, to, path));
  return (file?.hunks ?? []).map((hunk) => ({ base, path, hunk: hunk.id, lines: allOf(hunk) }));
}

describe('a commit with files of another one', () => {
  it('has each as it is there: bytes, mode, link, submodule, new and gone, and the rest as it was', async () => {
    put('tool.sh', 'echo\n');
    put('gone.txt', 'gone\n');
    put('image.bin', 'old\0');
    const into = commit();
    put('tool.sh', 'echo\n');
    chmodSync(join(world.repo, 'tool.sh'), 0o755);
    put('image.bin', 'new\0\u00FF');
    put('deep/new file "1".txt', 'new\r\n');
    put('model.lfs', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
    symlinkSync('readme.md', join(world.repo, 'link'));
    git(world.repo, 'update-index', '--add', '--cacheinfo', `160000,${base},module`);
    mkdirSync(join(world.repo, 'module'));
    const from = commit();
    rmSync(join(world.repo, 'module'), { recursive: true, force: true });
    const head = git(world.repo, 'rev-parse', 'HEAD');
    const paths = [
      'tool.sh',
      'image.bin',
      'deep/new file "1".txt',
      'model.lfs',
      'link',
      'module',
      'gone.txt',
    ];
    const revised = value(await revise({ commit: into, taken: paths.map((path) => ({ path, from })) }));
    expect(tree(revised)).toEqual({ ...tree(from), 'readme.md': tree(into)['readme.md'] });
    expect(tree(revised)['gone.txt']).toBeUndefined();
    expect(tree(revised)['tool.sh']).toMatch(/^100755 /);
    expect(tree(revised)['module']).toBe(`160000 ${base}`);
    expect(git(world.repo, 'log', '-1', '--format=%P', revised)).toBe(into);
    expect(git(world.repo, 'rev-parse', 'HEAD')).toBe(head);
    expect(git(world.repo, 'status', '--porcelain')).toBe('');
  });

  it('names what has no place, is a folder, or is the same already, and makes nothing', async () => {
    put('a/b.txt', 'b\n');
    const into = commit();
    put('a', 'a file\n');
    const from = commit();
    const asked = (path: string) => revise({ commit: into, taken: [{ path, from }] });
    expect(refusal(await asked('a'))).toBe(
      'a has no place while a/b.txt is there; reject or take that, too.',
    );
    expect(refusal(await asked('readme.md'))).toBe(
      'readme.md is the same there already, so there is nothing to take.',
    );
    expect(refusal(await revise({ commit: from, taken: [{ path: 'a', from: into }] }))).toMatch(
      /^a is a folder in /,
    );
    const both = value(
      await revise({
        commit: into,
        taken: [
          { path: 'a', from },
          { path: 'a/b.txt', from },
        ],
      }),
    );
    expect(tree(both)).toEqual(tree(from));
  });

  it('refuses a file of which changes were rejected too', async () => {
    put('readme.md', 'one\nTWO\n');
    const into = commit();
    put('readme.md', 'ONE\ntwo\n');
    const from = commit();
    const rejected = await rejectedIn(into, 'readme.md');
    const taken = [{ path: 'readme.md', from }];
    expect(refusal(await revise({ commit: into, rejected, taken }))).toMatch(
      /^readme.md is taken from another commit, and changes of it were rejected/,
    );
  });

  it('goes on from what an earlier review left out and took of the same commit', async () => {
    put('readme.md', 'ONE\ntwo\nthree\nFOUR\n');
    put('a.txt', 'a\n');
    put('b.txt', 'b\n');
    const into = commit();
    const [first, second] = await rejectedIn(into, 'readme.md');
    const once = value(await revise({ commit: into, rejected: [first!] }));
    const twice = value(await revise({ commit: into, onto: once, rejected: [second!] }));
    expect(tree(twice)['readme.md']).toBe(tree(base)['readme.md']);
    expect(git(world.repo, 'log', '-1', '--format=%P', twice)).toBe(once);
    put('b.txt', 'other\n');
    const from = commit();
    const taken = [{ path: 'b.txt', from }];
    const thrice = value(await revise({ commit: into, onto: twice, taken }));
    expect(tree(thrice)).toEqual({ ...tree(twice), 'b.txt': tree(from)['b.txt'] });
    // Taken again from elsewhere, what was taken last counts.
    const back = value(await revise({ commit: into, onto: thrice, taken: [{ path: 'b.txt', from: into }] }));
    expect(tree(back)).toEqual(tree(twice));
  });
});

describe('whatever files are taken from whichever commits', () => {
  const path = fc.constantFrom('a.txt', 'b/a.txt', 'b/b.txt', 'c d.txt', 'ä.txt');
  const file = fc.record({ content: fc.constantFrom('', 'x\n', 'y\r\n', 'z\0'), exec: fc.boolean() });
  const files = fc.dictionary(path, file);

  function commitOf(wanted: Readonly<Record<string, { content: string; exec: boolean }>>): string {
    for (const [name, { content, exec }] of Object.entries(wanted)) {
      put(name, content);
      if (exec) chmodSync(join(world.repo, name), 0o755);
    }
    return commit();
  }

  it('has those paths as they are there, and undone or taken in another order it is the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        files,
        fc.array(files, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(path, fc.nat(2)), { minLength: 1, maxLength: 6 }),
        async (into, others, wishes) => {
          const commits = others.map(commitOf);
          const at = commitOf(into);
          const asked = wishes.map(([name, n]): TakenFile => ({
            path: name,
            from: commits[n % commits.length]!,
          }));
          const taken = take([], asked);
          const expected: Record<string, string> = { ...tree(at) };
          for (const { path: name, from } of taken) {
            const there = tree(from)[name];
            if (there === undefined) delete expected[name];
            else expected[name] = there;
          }
          const made = await revise({ commit: at, taken });
          if (isDeepStrictEqual(expected, tree(at))) return !made.ok;
          const revised = value(made);
          expect(tree(revised)).toEqual(expected);
          expect(tree(value(await revise({ commit: at, taken: taken.toReversed() })))).toEqual(expected);
          const undone = taken.map(({ path: name }) => ({ path: name, from: at }));
          expect(tree(value(await revise({ commit: revised, taken: undone })))).toEqual(tree(at));
          return true;
        },
      ),
      { numRuns: 12 },
    );
  }, 120_000);
});
