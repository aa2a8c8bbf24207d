import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessTree } from './process-tree.ts';

/** Below this share of one core a tree is waiting, not working: idle CLIs burn some with timers and spinners. */
const WORKING_SHARE = 0.02;
const MAX_ENTRIES = 20_000;
/** Large, and written by tools whose CPU time is seen anyway. */
const SKIPPED = new Set(['.git', 'node_modules']);

/** Signs of life of an agent that says nothing. Costs a look at the process table; files only when asked. */
export interface WorkWatch {
  /** True when the tree used CPU time since the last call. */
  cpu(now: number): Promise<boolean>;
  /** True when something below the worktree changed since the last call that found something. */
  files(): Promise<boolean>;
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
      return last !== null && now > last.at && (cpuMs - last.cpuMs) / (now - last.at) >= WORKING_SHARE;
    },
    async files() {
      const changed = await changeAfter(worktree, newest);
      if (changed === null) return false;
      newest = changed;
      return true;
    },
  };
}

/** Modification time of the first file or folder found that is newer than `since`, in epoch ms. */
export async function changeAfter(root: string, since: number): Promise<number | null> {
  const folders = [root];
  let entries = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      const own = (await stat(folder)).mtimeMs;
      if (own > since) return own;
      for await (const entry of await opendir(folder)) {
        entries += 1;
        if (entries > MAX_ENTRIES) return null;
        if (SKIPPED.has(entry.name)) continue;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) folders.push(path);
        else if (entry.isFile()) {
          const { mtimeMs } = await stat(path);
          if (mtimeMs > since) return mtimeMs;
        }
      }
    } catch {
      // Agents remove what we are looking at; what is gone says nothing.
    }
  }
  return null;
}
