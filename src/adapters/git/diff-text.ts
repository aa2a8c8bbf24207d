import type { FileChange } from '../../ports/worktrees.ts';

/** Longer file lists are counted, not shown. */
const MAX_LISTED = 400;

/**
 * Cuts a unified diff back to whole hunks within `maxBytes`. A file header whose first hunk does not fit goes too.
 * Content lines start with ' ', '+', '-' or '\', so a line that starts with `@@ ` or `diff --git ` is a boundary.
 */
export function cutToHunks(diff: Buffer, maxBytes: number): string {
  if (diff.length <= maxBytes) return diff.toString('utf8');
  const head = diff.subarray(0, maxBytes);
  let end = 0;
  let hunks = 0;
  for (let at = 0; at < head.length; at = nextLine(head, at)) {
    if (startsWith(head, at, 'diff --git ')) {
      end = at;
      hunks = 0;
    } else if (startsWith(head, at, '@@ ')) {
      if (hunks > 0) end = at;
      hunks += 1;
    }
  }
  return head.subarray(0, end).toString('utf8');
}

function nextLine(bytes: Buffer, from: number): number {
  const feed = bytes.indexOf(10, from);
  return feed < 0 ? bytes.length : feed + 1;
}

function startsWith(bytes: Buffer, at: number, word: string): boolean {
  return bytes.subarray(at, at + word.length).toString('latin1') === word;
}

/** The list that follows a cut diff, with the command that shows the rest. */
export function fileList(files: readonly FileChange[], from: string, to: string): string {
  const lines = files.slice(0, MAX_LISTED).map((file) => {
    const counts = file.added === null ? 'binary' : `+${file.added} -${file.removed ?? 0}`;
    return `${counts}\t${file.status}\t${file.path}`;
  });
  const rest = files.length - lines.length;
  return [
    '',
    `The diff is cut here. All ${files.length} changed files (git diff ${from.slice(0, 12)} ${to.slice(0, 12)} shows the rest):`,
    ...lines,
    ...(rest > 0 ? [`… and ${rest} more`] : []),
    '',
  ].join('\n');
}
