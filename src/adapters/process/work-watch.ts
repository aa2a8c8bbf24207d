import { opendir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ProcessTree } from './process-tree.ts';

const MAX_ENTRIES = 20_000;
/** Large, and written by tools whose CPU time is seen anyway. */
const SKIPPED = new Set(['.git', 'node_modules']);

/** Signs of life of an agent that says nothing. Costs a look at the process table; files only when asked. */
export interface WorkWatch {
  /** CPU time of the tree since the last call as a share of one core; null at the first call. */
  cpu(now: number): Promise<number | null>;
  /** The newest change below the worktree since the last call that found one, else null. */
  files(): Promise<FileChange | null>;
}

export interface FileChange {
  /** Modification time in epoch ms. */
  readonly at: number;
  /** Relative to the worktree, with slashes. */
  readonly path: string;
}

export function createWorkWatch(tree: ProcessTree, worktree: string, startedAt: number): WorkWatch {
  let before: { readonly at: number; readonly cpuMs: number } | null = null;
  let newest = startedAt;
  return {
    async cpu(now) {
      const members = await tree.refresh();
      const cpuMs = members.reduce((sum, member) => sum + member.cpuMs, 0);
      const last = before;
      before = { at: now, cpuMs };
      // Less than before: a member ended and took its time with it.
      return last === null || now <= last.at ? null : Math.max(0, cpuMs - last.cpuMs) / (now - last.at);
    },
    async files() {
      const changed = await changeAfter(worktree, newest);
      if (changed !== null) newest = changed.at;
      return changed;
    },
  };
}

/** The newest file, or where only folders changed the newest folder, of the first `MAX_ENTRIES` below `root`. */
export async function changeAfter(root: string, since: number): Promise<FileChange | null> {
  const folders = [root];
  const newest = { file: { at: since, path: root }, folder: { at: since, path: root } };
  const look = async (kind: 'file' | 'folder', path: string) => {
    const { mtimeMs } = await stat(path);
    if (mtimeMs > newest[kind].at) newest[kind] = { at: mtimeMs, path };
  };
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined && entries < MAX_ENTRIES; folder = folders.pop()) {
    try {
      await look('folder', folder);
      for await (const entry of await opendir(folder)) {
        entries += 1;
        if (entries > MAX_ENTRIES) break;
        if (SKIPPED.has(entry.name)) continue;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (entry.isFile()) await look('file', path);
      }
    } catch {
      // Agents remove what we are looking at; what is gone says nothing.
    }
  }
  const at = Math.max(newest.file.at, newest.folder.at);
  if (at === since) return null;
  const path = relative(root, (newest.file.at > since ? newest.file : newest.folder).path) || '.';
  return { at, path: sep === '/' ? path : path.replaceAll(sep, '/') };
}
