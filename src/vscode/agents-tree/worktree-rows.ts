/** Worktrees that no loop made: to be seen and opened, and nothing else. */
import { l10n } from 'vscode';
import type { Worktree } from '../../app/loop-service.ts';
import { joined, visible } from '../words.ts';
import { WARN, type GroupRow, type WorktreeRow } from './row.ts';

const nameOf = (path: string): string =>
  path.replaceAll('\\', '/').replace(/\/+$/, '').split('/').at(-1) ?? path;

function worktreeRow(worktree: Worktree): WorktreeRow {
  const { path, branch, missing, locked } = worktree;
  const lock =
    locked === null ? null : locked === '' ? l10n.t('locked') : l10n.t('locked: {0}', visible(locked));
  const description = joined([
    missing ? l10n.t('folder missing') : null,
    branch === null ? l10n.t('no branch') : visible(nameOf(path)),
    lock,
  ]);
  return {
    kind: 'worktree',
    id: `//worktrees/${path}`,
    taskId: '',
    label: visible(branch ?? nameOf(path)),
    description,
    state: description,
    tooltip: () => l10n.t('{0}\nNo loop made it; CFN Loop leaves it alone.', visible(path)),
    icon: missing ? { id: 'warning', color: WARN } : { id: 'git-branch' },
    context: missing ? 'worktree missing' : 'worktree',
    expanded: false,
    children: [],
    path,
  };
}

/** One folded group, by name; null where there are none. */
export function otherWorktrees(worktrees: readonly Worktree[]): GroupRow | null {
  const rows = worktrees
    .filter(({ origin }) => origin === 'other')
    .map(worktreeRow)
    .sort((one, other) => one.label.localeCompare(other.label));
  if (rows.length === 0) return null;
  return {
    kind: 'group',
    id: '//worktrees',
    taskId: '',
    label: l10n.t('Other worktrees'),
    description: l10n.t('not made by CFN Loop'),
    state: '',
    tooltip: () => l10n.t('Worktrees of this repository that no loop made, as git lists them.'),
    icon: { id: 'git-branch' },
    context: 'group',
    expanded: false,
    children: rows,
  };
}
