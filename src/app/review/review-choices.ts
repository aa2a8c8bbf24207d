import { decodeBytes } from '../../base/byte-text.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { HunkChoice } from '../../domain/review/choices.ts';
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

/** The chosen hunks that are still there, one item for each side of a choice. */
export function chosenItems(
  { commit, choices }: ReviewChoices,
  files: ReadonlyMap<string, FileHunks>,
): readonly ChosenItem[] {
  return choices.flatMap((choice) => {
    const file = files.get(choice.path);
    const hunk = file?.hunks.find(({ id }) => id === choice.hunk);
    if (!file || !hunk) return [];
    const item = (kind: ChosenItem['kind'], lines: Ranges): ChosenItem[] =>
      lines.length === 0
        ? []
        : [
            {
              id: `${kind}:${commit.slice(0, 16)}:${hunk.id}`,
              kind,
              file: choice.path,
              ...placeOf(hunk, lines),
              quote: hunk.kind === 'file' ? wholeText(file) : quoteOf(hunk, lines),
              text: kind === 'rejected' ? choice.reason : '',
            },
          ];
    return [...item('accepted', choice.accepted), ...item('rejected', choice.rejected)];
  });
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
