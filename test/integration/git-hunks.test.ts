import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { choose, rejectedOf, type HunkChoice } from '../../src/domain/review/choices.ts';
import { act, begin, redo, undo, type History } from '../../src/domain/review/history.ts';
import {
  hunkSize,
  lineHunks,
  readPlaces,
  splitLines,
  textWithout,
  type Hunk,
} from '../../src/domain/review/hunks.ts';
import { within } from '../../src/domain/review/ranges.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-hunks-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

/** Few different lines, so that equal ones stand side by side; some bytes that are no UTF-8, some Windows ends. */
const line = fc.constantFrom(
  'a',
  'b',
  'b',
  'c',
  '',
  '@@ -1 +1 @@',
  '- x',
  '\\ y',
  'caf\xe9',
  '\xff\xfe',
  'w\r',
);
const text = fc
  .tuple(fc.array(line, { maxLength: 14 }), fc.boolean())
  .map(([lines, end]) => lines.join('\n') + (end && lines.length > 0 ? '\n' : ''));

/** What a person does, as numbers: which hunk, which of its lines, and what. */
const move = fc.record({
  hunk: fc.nat({ max: 50 }),
  lines: fc.option(fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 12 }))),
  what: fc.constantFrom('accepted', 'rejected', 'rejected', 'undecided', 'undo', 'redo'),
});
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

function play(hunks: readonly Hunk[], moves: readonly Move[], withLines: boolean): readonly HunkChoice[] {
  let history: History<readonly HunkChoice[]> = begin([]);
  for (const { hunk: number, lines, what } of moves) {
    if (what === 'undo' || what === 'redo') {
      history = (what === 'undo' ? undo(history) : redo(history)) ?? history;
      continue;
    }
    const hunk = hunks[number % Math.max(1, hunks.length)];
    if (!hunk) continue;
    const [from, to] = [...(lines ?? [0, 0])].sort((a, b) => a - b) as [number, number];
    const ranges = withLines && lines ? ([[from, to + 1]] as const) : null;
    history = act(history, choose(history.present, { path: 'f', hunk, lines: ranges, choice: what }));
  }
  return history.present;
}

const gitDiff = (before: string, after: string, context: number): string => {
  writeFileSync(join(folder, 'before'), before, 'latin1');
  writeFileSync(join(folder, 'after'), after, 'latin1');
  const args = [
    'diff',
    '--no-index',
    '--text',
    `--unified=${context}`,
    '--diff-algorithm=myers',
    'before',
    'after',
  ];
  return spawnSync('git', args, { cwd: folder, encoding: 'latin1' }).stdout;
};

/** A change of some lines: what it looks like in a patch, and how many lines it takes and gives. */
interface Piece {
  readonly start: number;
  readonly old: number;
  readonly now: number;
  readonly body: string;
}

/**
 * Has the real git apply pieces of a patch to a file, and reads what it made of it. All other lines stand around them
 * as context: without any, git takes the first line that looks right.
 */
function gitApply(before: string, pieces: readonly Piece[]): string {
  const place = join(folder, 'apply');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'f'), before, 'latin1');
  if (pieces.length > 0) {
    const lines = splitLines(before);
    const context = (from: number, to?: number) =>
      lines
        .slice(from, to)
        .map((each) => bodyLine(' ', each))
        .join('');
    let at = 0;
    let body = '';
    for (const piece of pieces) {
      body += context(at, piece.start) + piece.body;
      at = piece.start + piece.old;
    }
    const count = pieces.reduce((sum, { old, now }) => sum + now - old, lines.length);
    const header = `@@ -${Math.min(1, lines.length)},${lines.length} +${Math.min(1, count)},${count} @@\n`;
    const input = Buffer.from(`--- a/f\n+++ b/f\n${header}${body}${context(at)}`, 'latin1');
    execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: place, input });
  }
  return readFileSync(join(place, 'f'), 'latin1');
}

const bodyLine = (sign: string, content: string): string =>
  content.endsWith('\n') ? `${sign}${content}` : `${sign}${content}\n\\ No newline at end of file\n`;

/** The patch as `git add --edit` has a person write it: an unwanted `+` goes, an unwanted `-` becomes context. */
function edited(hunks: readonly Hunk[], choices: readonly HunkChoice[]): Piece[] {
  const rejected = rejectedOf(choices, 'f');
  return hunks.flatMap((hunk) => {
    const left = rejected.get(hunk.id) ?? [];
    const added = hunk.added.filter((_, at) => !within(left, hunk.removed.length + at));
    const kept = hunk.removed.filter((_, at) => within(left, at)).length;
    if (added.length === 0 && kept === hunk.removed.length) return [];
    const old = hunk.removed.map((each, at) => {
      if (!within(left, at)) return bodyLine('-', each);
      // A kept last line that now has lines after it needs an end, which is a change of it.
      if (each.endsWith('\n') || added.length === 0) return bodyLine(' ', each);
      return `${bodyLine('-', each)}+${each}${added[0]?.endsWith('\r\n') ? '\r' : ''}\n`;
    });
    const body = old.join('') + added.map((each) => bodyLine('+', each)).join('');
    return [{ start: hunk.before[0], old: hunk.removed.length, now: kept + added.length, body }];
  });
}

/** The hunks of git's own patch, as git printed them. */
const printedPieces = (patch: string): Piece[] =>
  patch.split(/^(?=@@ -)/m).flatMap((part) => {
    const header = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@.*\n/.exec(part);
    if (!header) return [];
    const [all, start, old = '1', now = '1'] = header;
    const place = { start: Number(start) - (old === '0' ? 0 : 1), old: Number(old), now: Number(now) };
    return [{ ...place, body: part.slice(all.length) }];
  });

const hunksOf = (before: string, after: string): Hunk[] => {
  const places = readPlaces(gitDiff(before, after, 0));
  return lineHunks({ path: 'f', places, before, after, hash });
};
const runs = { numRuns: Number(process.env['CFN_PROPERTY_RUNS'] ?? 80) };

describe('hunks against the real git apply', () => {
  it('gives the base plus the accepted hunks of git, byte for byte, after any accepts, rejects and undos', () => {
    fc.assert(
      fc.property(text, text, fc.array(move, { maxLength: 20 }), (before, after, moves) => {
        const patch = gitDiff(before, after, 0);
        const hunks = hunksOf(before, after);
        const printed = printedPieces(patch);
        expect(printed).toHaveLength(hunks.length);
        const choices = play(hunks, moves, false);
        const rejected = rejectedOf(choices, 'f');
        const accepted = printed.filter((_, at) => !rejected.has(hunks[at]!.id));
        expect(textWithout(before, hunks, rejected)).toBe(gitApply(before, accepted));
      }),
      runs,
    );
  });

  it('gives what git makes of an edited patch when only some lines of hunks are chosen', () => {
    fc.assert(
      fc.property(text, text, fc.array(move, { maxLength: 20 }), (before, after, moves) => {
        const hunks = hunksOf(before, after);
        const choices = play(hunks, moves, true);
        const applied = gitApply(before, edited(hunks, choices));
        expect(textWithout(before, hunks, rejectedOf(choices, 'f'))).toBe(applied);
      }),
      runs,
    );
  });

  it('names every hunk of a file differently, and the same when only its place moved', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const hunks = hunksOf(before, after);
        expect(new Set(hunks.map(({ id }) => id)).size).toBe(hunks.length);
        const moved = hunksOf(`first\n${before}`, `first\n${after}`);
        expect(moved.map(({ id }) => id)).toEqual(hunks.map(({ id }) => id));
        expect(hunks.every((hunk) => hunkSize(hunk) > 0)).toBe(true);
      }),
      runs,
    );
  });
});
