export interface AddedLine {
  /** Counted from 1, in the newer commit. */
  readonly line: number;
  readonly text: string;
}

/** What a difference adds to one file. */
export interface AddedFile {
  readonly path: string;
  readonly lines: readonly AddedLine[];
}

const HUNK = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/**
 * Reads `git diff --unified=0`, as bytes (latin1). Lines of a hunk are counted, never guessed at: an added line can look
 * like the head of a file. Binary files add no lines.
 */
export function readAddedLines(patch: string): readonly AddedFile[] {
  const lines = patch.split('\n');
  const files: { path: string; lines: AddedLine[] }[] = [];
  let path: string | null = null;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('diff --git ')) path = null;
    else if (line.startsWith('+++ ')) path = newPath(line.slice('+++ '.length));
    const hunk = HUNK.exec(line);
    if (!hunk) continue;
    const file = path === null ? null : fileOf(files, path);
    at = readHunk(lines, at, hunk, file?.lines ?? []);
  }
  return files;
}

function fileOf(files: { path: string; lines: AddedLine[] }[], path: string) {
  const last = files.at(-1);
  if (last?.path === path) return last;
  const file = { path, lines: [] };
  files.push(file);
  return file;
}

/** Where the hunk's last line stands. */
function readHunk(lines: readonly string[], from: number, hunk: RegExpExecArray, added: AddedLine[]): number {
  let removed = Number(hunk[1] ?? 1);
  let number = Number(hunk[2]);
  let left = Number(hunk[3] ?? 1);
  let at = from;
  while (removed + left > 0 && at + 1 < lines.length) {
    at += 1;
    const line = lines[at] ?? '';
    if (line.startsWith('-')) removed -= 1;
    else if (line.startsWith('+')) {
      added.push({ line: number, text: line.slice(1).replace(/\r$/, '') });
      number += 1;
      left -= 1;
    } else if (!line.startsWith('\\')) return at - 1;
  }
  return at;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** git quotes what is not plain, and ends a plain name with spaces by a tab. `/dev/null`: the file is gone. */
function newPath(told: string): string | null {
  const plain = told.replace(/\t$/, '');
  const name = plain.startsWith('"')
    ? plain
        .slice(1, -1)
        .replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
          code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
        )
    : plain;
  return name.startsWith('b/') ? name.slice(2) : null;
}
