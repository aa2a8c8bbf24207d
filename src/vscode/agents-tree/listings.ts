import * as vscode from 'vscode';
import { Emitter, type Listen } from '../../base/emitter.ts';
import type { Loops } from '../loops.ts';
import { isActive } from '../words.ts';
import type { Listing } from './tree-rows.ts';

/** Nobody tells of worktrees that are made by hand, so git is asked now and then while somebody looks. */
const EVERY_MS = 30_000;

export interface Listings extends vscode.Disposable {
  /** Null while git was not asked. */
  readonly current: Listing | null;
  refresh(): Promise<void>;
  /** Another worktree, branch, lock or port. */
  readonly onChange: Listen<void>;
  keepFreshFor(view: Pick<vscode.TreeView<unknown>, 'visible' | 'onDidChangeVisibility'>): vscode.Disposable;
}

/** Differs when a loop has made or lost a worktree. */
const madeByLoops = (loops: Loops): string =>
  loops
    .views()
    .filter(isActive)
    .flatMap(({ agents }) => agents.map(({ worktree, startedAt }) => `${worktree ?? ''}@${startedAt ?? 0}`))
    .join();

/** What git says of the repository's worktrees. */
export function createListings(loops: Loops): Listings {
  const changed = new Emitter<void>();
  let current: Listing | null = null;
  let asking: Promise<void> | null = null;
  let again = false;

  async function ask(): Promise<void> {
    if (loops.state !== 'ready') return;
    const service = await loops.service();
    if (!service.ok) return;
    const at = Date.now();
    const listed = await service.value.worktrees();
    // What was known stays: a git that fails once says nothing about worktrees.
    if (!listed.ok) return;
    const before = JSON.stringify(current?.worktrees);
    current = { at, worktrees: listed.value };
    if (before !== JSON.stringify(listed.value)) changed.fire();
  }
  async function askUntilNew(): Promise<void> {
    do {
      again = false;
      await ask();
    } while (again);
  }
  const refresh = (): Promise<void> => {
    // What is being listed may have been read before this was asked for.
    again = asking !== null;
    return (asking ??= askUntilNew().finally(() => (asking = null)));
  };
  return {
    get current() {
      return current;
    },
    refresh,
    onChange: changed.event,
    keepFreshFor: (view) => {
      let made = '';
      const look = (): void => {
        if (view.visible) void refresh();
      };
      const timer = setInterval(look, EVERY_MS);
      return vscode.Disposable.from(
        { dispose: () => clearInterval(timer) },
        view.onDidChangeVisibility(look),
        vscode.window.onDidChangeWindowState(({ focused }) => (focused ? look() : undefined)),
        loops.onChange(() => {
          if (!view.visible) return;
          const now = `${loops.state} ${madeByLoops(loops)}`;
          if (now === made) return;
          made = now;
          look();
        }),
      );
    },
    dispose: () => changed.dispose(),
  };
}
