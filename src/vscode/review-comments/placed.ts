import { follow, linesOf, moved, type Place } from '../../domain/review/anchor.ts';
import type { Thread } from '../../domain/review/thread.ts';
import type { Loops } from '../loops.ts';

/** Texts of commits, which never change; the newest are kept. */
export interface CommitTexts {
  /** null where the file is not there, or can not be read. */
  lines(commit: string, path: string): Promise<readonly string[] | null>;
}

const KEPT = 60;
/** A file that is longer than this is no code that somebody comments line by line. */
const MAX_BYTES = 5_000_000;

export function createCommitTexts(loops: Loops): CommitTexts {
  const texts = new Map<string, Promise<readonly string[] | null>>();
  async function read(commit: string, path: string): Promise<readonly string[] | null> {
    const service = await loops.service();
    const found = service.ok ? await service.value.review?.read(commit, path) : undefined;
    if (!found?.ok || found.value === null || found.value.length > MAX_BYTES) return null;
    return linesOf(new TextDecoder().decode(found.value));
  }
  return {
    lines: (commit, path) => {
      const key = JSON.stringify([commit, path]);
      const known = texts.get(key) ?? read(commit, path);
      texts.delete(key);
      texts.set(key, known);
      const [oldest] = texts.keys();
      if (texts.size > KEPT && oldest !== undefined) texts.delete(oldest);
      return known;
    },
  };
}

export type Meant = Pick<Thread, 'commit' | 'file' | 'line' | 'endLine'>;

export interface Shown {
  readonly place: Place;
  /** The lines that were meant are not there any more. */
  readonly outdated: boolean;
}

/** Where what is meant stands in a text; without a line it is said of the file's first one. */
export function placeIn(
  meant: Meant,
  quote: string,
  before: readonly string[] | null,
  lines: readonly string[],
): Shown {
  const line = meant.line ?? 1;
  const place = { line, endLine: Math.max(line, meant.endLine ?? line) };
  const found =
    before === null ? (quote === '' ? null : moved(linesOf(quote), lines)) : follow(place, before, lines);
  if (found) return { place: found, outdated: false };
  const last = Math.max(1, Math.min(line, lines.length));
  return { place: { line: last, endLine: last }, outdated: meant.line !== null };
}
