import { decodeBytes } from '../../base/byte-text.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { standingOf, type HunkChoice } from '../../domain/review/choices.ts';
import type { FileHunks, Hunk } from '../../domain/review/hunks.ts';
import { within, type Ranges } from '../../domain/review/ranges.ts';
import type { RejectedLines } from '../../ports/worktrees.ts';

/** What a person chose about the difference between two commits of a loop. */
export interface ReviewChoices {
  readonly base: Commit;
  readonly commit: Commit;
  readonly choices: readonly HunkChoice[];
}

/** A choice in the words of a review: `ReviewItem` without what the review itself adds. */
export interface ChosenItem {
  readonly id: string;
  readonly kind: 'accepted' | 'rejected';
  readonly file: string;
  /** The hunk that is meant, or the first of a whole file. */
  readonly hunk: string;
  /** From 1, in the reviewed commit. */
  readonly line: number | null;
  readonly endLine: number | null;
  readonly quote: string;
  readonly text: string;
}

export const rejectedLines = ({ base, choices }: ReviewChoices): readonly RejectedLines[] =>
  choices.flatMap(({ path, hunk, rejected }) =>
    rejected.length > 0 ? [{ base, path, hunk, lines: rejected }] : [],
  );

/** More hunks of one file than these are told of as one, when all of them were chosen alike. */
const TOLD_ONE_BY_ONE = 8;

/** The chosen hunks that are still there, one item for each side of a choice. */
export function chosenItems(
  { commit, choices }: ReviewChoices,
  files: ReadonlyMap<string, FileHunks>,
): readonly ChosenItem[] {
  return [...files.values()].flatMap((file) => {
    const own = choices.filter(({ path }) => path === file.path);
    return wholeFile(commit, file, own) ?? own.flatMap((choice) => itemsOf(commit, file, choice));
  });
}

const idOf = (kind: ChosenItem['kind'], commit: Commit, hunk: string): string =>
  `${kind}:${commit.slice(0, 16)}:${hunk}`;

function wholeFile(
  commit: Commit,
  file: FileHunks,
  choices: readonly HunkChoice[],
): readonly ChosenItem[] | null {
  const [first] = choices;
  if (!first || file.hunks.length <= TOLD_ONE_BY_ONE) return null;
  const kinds = new Set(file.hunks.map((hunk) => standingOf(choices, file.path, hunk)));
  const [kind] = kinds;
  const reasons = new Set(choices.map(({ reason }) => reason));
  if (kinds.size > 1 || reasons.size > 1 || (kind !== 'accepted' && kind !== 'rejected')) return null;
  const quote = `All ${file.hunks.length} changes of ${file.path}.`;
  const text = kind === 'rejected' ? first.reason : '';
  const id = idOf(kind, commit, first.hunk);
  return [{ id, kind, file: file.path, hunk: first.hunk, line: null, endLine: null, quote, text }];
}

function itemsOf(commit: Commit, file: FileHunks, choice: HunkChoice): readonly ChosenItem[] {
  const hunk = file.hunks.find(({ id }) => id === choice.hunk);
  if (!hunk) return [];
  const item = (kind: ChosenItem['kind'], lines: Ranges): ChosenItem => ({
    id: idOf(kind, commit, hunk.id),
    kind,
    file: file.path,
    hunk: hunk.id,
    ...placeOf(hunk, lines),
    quote: hunk.kind === 'file' ? wholeText(file) : quoteOf(hunk, lines),
    text: kind === 'rejected' ? choice.reason : '',
  });
  return [
    ...(choice.accepted.length > 0 ? [item('accepted', choice.accepted)] : []),
    ...(choice.rejected.length > 0 ? [item('rejected', choice.rejected)] : []),
  ];
}

/** The added lines that are meant; where none are, the line that they would follow. */
function placeOf(hunk: Hunk, lines: Ranges): Pick<ChosenItem, 'line' | 'endLine'> {
  if (hunk.kind === 'file') return { line: null, endLine: null };
  const [start] = hunk.after;
  const added = hunk.added.flatMap((_, at) =>
    within(lines, hunk.removed.length + at) ? [start + at + 1] : [],
  );
  const line = added[0] ?? Math.max(1, start);
  return { line, endLine: added.at(-1) ?? line };
}

function wholeText({ whole, from, path }: FileHunks): string {
  if (whole === 'deleted') return `The file ${path} was deleted.`;
  if (whole === null)
    return from === null ? `The mode of ${path} was changed.` : `${from} was renamed to ${path}.`;
  return `${path} was changed as a whole (${whole}).`;
}

/** A prompt holds many items, and whoever reads it has the commit. */
const QUOTED_LINES = 40;
const QUOTED_CHARACTERS = 200;

function quoteOf(hunk: Hunk, lines: Ranges): string {
  const signed = [...hunk.removed.map((line) => `-${line}`), ...hunk.added.map((line) => `+${line}`)].filter(
    (_, at) => within(lines, at),
  );
  const shown = signed.slice(0, QUOTED_LINES).map((line) => {
    const text = decodeBytes(line) ?? line;
    const plain = text.replace(/\r?\n$/, '');
    return plain.length > QUOTED_CHARACTERS ? `${plain.slice(0, QUOTED_CHARACTERS)}…` : plain;
  });
  const rest = signed.length - shown.length;
  return [...shown, ...(rest > 0 ? [`… and ${rest} more lines`] : [])].join('\n');
}
