import type { ComparedFile, FileChange } from '../../ports/worktrees.ts';

/** Splits `-z` output; git ends every field with NUL. */
export function fields(output: string): string[] {
  const parts = output.split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
}

const STATUS: Readonly<Record<string, FileChange['status']>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  T: 'type-changed',
};

export interface RawChange {
  readonly status: FileChange['status'];
  readonly path: string;
  /** The old path of a rename, else null. */
  readonly from: string | null;
}

/** Reads `diff-tree -r -z -M --raw --numstat`: first all raw records, then all counts, in the same order. */
export function parseChanges(output: string): { readonly raw: RawChange[]; readonly files: FileChange[] } {
  const parts = fields(output).values();
  const next = (): string => parts.next().value ?? '';
  const raw: RawChange[] = [];
  let line = next();
  while (line.startsWith(':')) {
    // `:oldmode newmode oldoid newoid status`
    const status = STATUS[line.slice(line.lastIndexOf(' ') + 1).charAt(0)] ?? 'modified';
    raw.push({ status, from: status === 'renamed' ? next() : null, path: next() });
    line = next();
  }
  const files = raw.map((change): FileChange => {
    const [added = '-', removed = '-'] = line.split('\t');
    // The counts of a rename are followed by both names.
    line = change.from === null ? next() : ([next(), next(), next()][2] ?? '');
    return { path: change.path, status: change.status, added: count(added), removed: count(removed) };
  });
  return { raw, files };
}

const count = (text: string): number | null => (text === '-' ? null : Number(text));

const NO_MODE = '000000';

/** Reads `diff-tree -r -z -M --raw`: `:oldmode newmode oldoid newoid status`, then one path, of a rename two. */
export function parseCompared(output: string): ComparedFile[] {
  const parts = fields(output).values();
  const files: ComparedFile[] = [];
  for (const line of parts) {
    const [oldMode = '', newMode = '', oldOid = '', newOid = '', code = ''] = line.slice(1).split(' ');
    const status = STATUS[code.charAt(0)] ?? 'modified';
    const first = parts.next().value ?? '';
    const second = status === 'renamed' ? (parts.next().value ?? '') : first;
    files.push({
      status,
      before: oldMode === NO_MODE ? null : { path: first, mode: oldMode, oid: oldOid },
      after: newMode === NO_MODE ? null : { path: second, mode: newMode, oid: newOid },
    });
  }
  return files;
}

export interface WorktreeEntry {
  readonly path: string;
  /** `refs/heads/…`, or null when detached or bare. */
  readonly branch: string | null;
  readonly bare: boolean;
  /** The reason it was locked for, '' without one, null when it is not locked. */
  readonly locked: string | null;
  /** Its folder is gone, so git would drop it. */
  readonly prunable: boolean;
}

/** Reads `worktree list --porcelain -z`; the first entry is the main worktree. */
export function parseWorktrees(output: string): WorktreeEntry[] {
  const entries: WorktreeEntry[] = [];
  let lines: string[] = [];
  for (const part of output.split('\0')) {
    if (part !== '') {
      lines.push(part);
      continue;
    }
    if (lines.length > 0) entries.push(worktreeEntry(lines));
    lines = [];
  }
  return entries;
}

function worktreeEntry(lines: readonly string[]): WorktreeEntry {
  const value = (name: string): string | null => {
    const line = lines.find((candidate) => candidate === name || candidate.startsWith(`${name} `));
    return line === undefined ? null : line.slice(name.length + 1);
  };
  return {
    path: value('worktree') ?? '',
    branch: value('branch'),
    bare: value('bare') !== null,
    locked: value('locked'),
    prunable: value('prunable') !== null,
  };
}

/** Mode of a link to a commit of another repository. */
export const GITLINK = '160000';

export interface TreeEntry {
  readonly mode: string;
  readonly type: string;
  readonly oid: string;
  readonly path: string;
}

/** Reads `ls-tree -z`: `mode type oid TAB path`. */
export function parseTree(output: string): TreeEntry[] {
  return fields(output).map((line) => {
    const tab = line.indexOf('\t');
    const [mode = '', type = '', oid = ''] = line.slice(0, tab).split(' ');
    return { mode, type, oid, path: line.slice(tab + 1) };
  });
}

export interface StagedEntry {
  readonly mode: string;
  readonly oid: string;
  readonly path: string;
}

/** Reads `ls-files -z --stage`: `mode oid stage TAB path`. */
export function parseStaged(output: string): StagedEntry[] {
  return fields(output).map((line) => {
    const tab = line.indexOf('\t');
    const [mode = '', oid = ''] = line.slice(0, tab).split(' ');
    return { mode, oid, path: line.slice(tab + 1) };
  });
}

export interface ConfigEntry {
  readonly key: string;
  /** null for a key without `=`, which git reads as true. */
  readonly value: string | null;
}

/** Reads `config --list -z`: `key LF value`. */
export function parseConfig(output: string): ConfigEntry[] {
  return fields(output).map((entry) => {
    const cut = entry.indexOf('\n');
    return cut < 0 ? { key: entry, value: null } : { key: entry.slice(0, cut), value: entry.slice(cut + 1) };
  });
}

/** Reads `merge-tree --write-tree -z --name-only --no-messages`: the tree, then conflicted paths. */
export function parseMerge(output: string): { readonly tree: string; readonly conflicts: string[] } | null {
  const [tree = '', ...conflicts] = fields(output);
  if (!/^[0-9a-f]{40,64}$/.test(tree.trim())) return null;
  return { tree: tree.trim(), conflicts: [...new Set(conflicts.filter((path) => path !== ''))] };
}
