/** Anchors against what `git blame` says of real histories. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { follow } from '../../src/domain/review/anchor.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-anchors-'));
  git('init', '-q');
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  });

function commit(lines: readonly string[]): string {
  writeFileSync(join(folder, 'a.txt'), `${lines.join('\n')}\n`);
  git('add', '-A');
  git('commit', '-q', '--allow-empty', '-m', 'x');
  return git('rev-parse', 'HEAD').trim();
}

/** For each line of HEAD: the line of `first` that it is, by `git blame`. */
function blamed(first: string): ReadonlyMap<number, number> {
  const headers = git('blame', '--porcelain', 'a.txt').matchAll(/^([0-9a-f]{40}) (\d+) (\d+)/gm);
  return new Map(
    Array.from(headers).flatMap(([, sha, from, to]) => (sha === first ? [[Number(to), Number(from)]] : [])),
  );
}

type Edit = readonly [at: number, removed: number, added: readonly string[]];
const line = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 100, max: 99_999 }).map((n) => `  statement ${n};`) },
  { weight: 1, arbitrary: fc.constantFrom('}', '') },
);
const edit: fc.Arbitrary<Edit> = fc.tuple(
  fc.nat({ max: 60 }),
  fc.nat({ max: 3 }),
  fc.array(line, { maxLength: 3 }),
);

it('a line that survived as git blame says is where its anchor points, after any edits', () => {
  const cases = fc.sample(
    fc.tuple(fc.array(line, { minLength: 5, maxLength: 50 }), fc.array(edit, { minLength: 1, maxLength: 6 })),
    { numRuns: 60, seed: 11 },
  );
  const wrong: unknown[] = [];
  let followed = 0;
  for (const [before, edits] of cases) {
    const first = commit(before);
    const after = edits.reduce<readonly string[]>(
      (text, [at, removed, added]) => text.toSpliced(at % (text.length + 1), removed, ...added),
      before,
    );
    commit(after);
    for (const [to, from] of blamed(first)) {
      const text = before[from - 1] ?? '';
      const place = follow({ line: from, endLine: from }, before, after);
      followed += 1;
      // Among lines that are all the same blame has to choose one, and so have we.
      const isRight = isOne(text, before) && isOne(text, after) ? place?.line === to : true;
      const isSame = place === null || after[place.line - 1] === text;
      if (!isRight || !isSame) wrong.push({ text, from, to, place, before, after });
    }
  }
  expect(wrong).toEqual([]);
  expect(followed).toBeGreaterThan(300);
});

const isOne = (text: string, lines: readonly string[]): boolean =>
  lines.filter((line) => line === text).length === 1;
