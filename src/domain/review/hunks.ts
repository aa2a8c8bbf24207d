import { within, type LineRange, type Ranges } from './ranges.ts';

/**
 * A part of a file's change that can be taken or left by itself. Text is bytes, one character for each (latin1), so
 * that no encoding is lost; its lines keep their ends.
 */
export interface Hunk {
  /** The same for the same change of the same file, wherever its lines have moved to. */
  readonly id: string;
  /** `lines`: lines that changed together. `file`: what else became of the file; it is one line long. */
  readonly kind: 'lines' | 'file';
  /** Lines of the file before and after, counted from 0. */
  readonly before: LineRange;
  readonly after: LineRange;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** Why a file is only taken or left as a whole. */
export type WholeReason = 'binary' | 'large' | 'link' | 'submodule' | 'lfs' | 'type' | 'deleted' | 'empty';

export interface FileHunks {
  readonly path: string;
  /** The old path of a renamed file. */
  readonly from: string | null;
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed' | 'type-changed';
  /** Null: its hunks can be chosen one by one. */
  readonly whole: WholeReason | null;
  readonly hunks: readonly Hunk[];
}

/** How many lines of a hunk can be chosen: those removed first, those added after them. */
export const hunkSize = (hunk: Hunk): number =>
  hunk.kind === 'file' ? 1 : hunk.removed.length + hunk.added.length;

export const allOf = (hunk: Hunk): Ranges => [[0, hunkSize(hunk)]];

/** Lines with their ends; the last one may have none. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.length;) {
    const feed = text.indexOf('\n', at);
    const end = feed < 0 ? text.length : feed + 1;
    lines.push(text.slice(at, end));
    at = end;
  }
  return lines;
}

/** Behind a line feed alone: a carriage return within a line begins no line of git's. */
const HEADER = /(?<![^\n])@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/g;

export interface HunkPlace {
  readonly before: LineRange;
  readonly after: LineRange;
}

/**
 * Reads the headers of `git diff --unified=0`. Content lines start with "+", "-" or "\", so no content looks like a
 * header. A hunk without lines on one side names the line after which it stands.
 */
export function readPlaces(patch: string): HunkPlace[] {
  const range = (start: string | undefined, count = '1'): LineRange => {
    const from = Number(count) === 0 ? Number(start) : Number(start) - 1;
    return [from, from + Number(count)];
  };
  return [...patch.matchAll(HEADER)].map(([, start, count, newStart, newCount]) => ({
    before: range(start, count),
    after: range(newStart, newCount),
  }));
}

export interface LineHunksRequest {
  readonly path: string;
  readonly places: readonly HunkPlace[];
  readonly before: string;
  readonly after: string;
  /** Lower-case hex of a digest. */
  readonly hash: (text: string) => string;
}

export function lineHunks({ path, places, before, after, hash }: LineHunksRequest): Hunk[] {
  const [old, now] = [splitLines(before), splitLines(after)];
  const id = createNames(hash);
  return places.map((place) => {
    const removed = old.slice(...place.before);
    const added = now.slice(...place.after);
    return { id: id([path, removed.join(''), added.join('')]), kind: 'lines', ...place, removed, added };
  });
}

/** Equal changes of one file are told apart by their order. */
function createNames(hash: (text: string) => string): (parts: readonly string[]) => string {
  const seen = new Map<string, number>();
  return (parts) => {
    const name = JSON.stringify(parts);
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return hash(`${name}${count}`).slice(0, 16);
  };
}

/** The part of a change that is no text; `facts` are what it consists of, such as modes, names and objects. */
export const fileHunk = (facts: readonly string[], hash: (text: string) => string): Hunk => ({
  id: hash(JSON.stringify(['file', ...facts])).slice(0, 16),
  kind: 'file',
  before: [0, 0],
  after: [0, 0],
  removed: [],
  added: [],
});

/** Lines of hunks that are left out, by the id of the hunk. */
export type Rejected = ReadonlyMap<string, Ranges>;

/** The text before the change plus all of the change but the rejected lines. */
export function textWithout(before: string, hunks: readonly Hunk[], rejected: Rejected): string {
  const lines = splitLines(before);
  const kept: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    if (hunk.kind !== 'lines') continue;
    const left = rejected.get(hunk.id) ?? [];
    const old = hunk.removed.filter((_, line) => within(left, line));
    const added = hunk.added.filter((_, line) => !within(left, hunk.removed.length + line));
    kept.push(lines.slice(at, hunk.before[0]).join(''), joined(old, added));
    at = hunk.before[1];
  }
  return kept.join('') + lines.slice(at).join('');
}

/** A last line without an end gets one when lines follow it that stood after it only in the change. */
function joined(old: readonly string[], added: readonly string[]): string {
  const open = old.at(-1)?.endsWith('\n') === false && added.length > 0;
  const end = added[0]?.endsWith('\r\n') ? '\r\n' : '\n';
  return old.join('') + (open ? end : '') + added.join('');
}
