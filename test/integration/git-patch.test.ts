import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { git, makeWorld, value, write, type World } from './git-fixture.ts';

let world: World;
beforeEach(() => {
  world = makeWorld();
});
afterEach(() => world.dispose());

const BINARY = Uint8Array.from({ length: 2048 }, (_, index) => (index * 89) % 256);
const HOSTILE = 'Fix "quotes" — ünïcode\u202e\n\n---\ndiff --git a/x b/x\nFrom nobody\n';

/** A second commit that changes text, binary, mode, line ends, names. */
function change(): string {
  write(world.repo, 'logo.bin', BINARY);
  write(world.repo, 'crlf.txt', 'one\r\ntwo\r\n');
  write(world.repo, 'späce name.txt', 'no newline at its end');
  write(world.repo, 'run.sh', '#!/bin/sh\n', 0o755);
  git(world.repo, 'mv', 'src/a.txt', 'src/moved.txt');
  git(world.repo, 'rm', '-q', 'readme.md');
  git(world.repo, 'add', '-A');
  git(world.repo, 'commit', '-q', '-m', 'second');
  return git(world.repo, 'rev-parse', 'HEAD');
}

const feed = (patch: Uint8Array, ...args: string[]) =>
  execFileSync('git', args, { cwd: world.repo, input: patch, stdio: ['pipe', 'pipe', 'pipe'] });

describe('a patch', () => {
  it('gives the same tree by git am and by git apply, whatever the files hold', async () => {
    const from = git(world.repo, 'rev-parse', 'HEAD');
    const to = change();
    const repository = await world.open();
    const objects = git(world.repo, 'count-objects', '-v');
    const refs = git(world.repo, 'for-each-ref');
    const patch = value(await repository.patch({ from, to, message: 'Second thoughts\n\nBody.', at: 1e12 }));
    expect(git(world.repo, 'count-objects', '-v')).toBe(objects);
    expect(git(world.repo, 'for-each-ref')).toBe(refs);
    const wanted = git(world.repo, 'rev-parse', `${to}^{tree}`);

    git(world.repo, 'checkout', '-q', '-b', 'am', from);
    feed(patch, 'am', '-q', '--keep-cr');
    expect(git(world.repo, 'rev-parse', 'HEAD^{tree}')).toBe(wanted);
    expect(git(world.repo, 'log', '-1', '--format=%s|%b|%at')).toBe('Second thoughts|Body.\n|1000000000');
    expect(readFileSync(join(world.repo, 'logo.bin'))).toEqual(Buffer.from(BINARY));

    git(world.repo, 'checkout', '-q', '-b', 'apply', from);
    feed(patch, 'apply', '--index');
    expect(git(world.repo, 'write-tree')).toBe(wanted);
  });

  it('is not shaped by the repository: no external diff, text conversion, prefix or hook of it is used', async () => {
    const from = git(world.repo, 'rev-parse', 'HEAD');
    const to = change();
    const repository = await world.open();
    const request = { from, to, message: HOSTILE, at: 1e12 } as const;
    const plain = value(await repository.patch(request));
    write(world.repo, '.git/info/attributes', '* diff=evil\n');
    for (const [key, text] of [
      ['diff.evil.command', 'touch ran'],
      ['diff.evil.textconv', 'touch ran'],
      ['diff.external', 'touch ran'],
      ['diff.noprefix', 'true'],
      ['format.attach', 'true'],
      ['format.signature', 'evil'],
    ] as const) {
      git(world.repo, 'config', key, text);
    }
    const again = value(
      await (
        await world.restarted().open(world.repo, AbortSignal.timeout(60_000)).then(value)
      ).patch(request),
    );
    expect(Buffer.from(again).equals(Buffer.from(plain))).toBe(true);
    git(world.repo, 'config', '--unset', 'diff.noprefix');
    git(world.repo, 'checkout', '-q', '-f', '-b', 'am', from);
    feed(again, 'am', '-q', '--keep-cr');
    expect(git(world.repo, 'rev-parse', 'HEAD^{tree}')).toBe(git(world.repo, 'rev-parse', `${to}^{tree}`));
  });
});
