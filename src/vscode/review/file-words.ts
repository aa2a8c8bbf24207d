import { l10n } from 'vscode';
import type { ComparedFile, FileSide } from '../../ports/worktrees.ts';
import { visible } from '../words.ts';

/** Where the file is now; of a deleted one, where it was. */
export const pathOf = ({ before, after }: ComparedFile): string => after?.path ?? before?.path ?? '';
export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export interface LineCounts {
  /** Null for files that are not text. */
  readonly added: number | null;
  readonly removed: number | null;
}

/** `+24 −6`; of an added file no `−0`, of a deleted one no `+0`. */
export function countsText({ status }: ComparedFile, counts: LineCounts | undefined): string | null {
  if (!counts) return null;
  if (counts.added === null || counts.removed === null) return l10n.t('binary');
  if (counts.added === 0 && counts.removed === 0) return null;
  const added = `+${counts.added}`;
  const removed = `−${counts.removed}`;
  return status === 'added' ? added : status === 'deleted' ? removed : `${added} ${removed}`;
}

const LINK = '120000';
const MODULE = '160000';
const PROGRAM = '100755';

function kindText(side: FileSide | null): string | null {
  if (side?.mode === LINK) return l10n.t('link');
  return side?.mode === MODULE ? l10n.t('submodule') : null;
}

/** What became of a file that is on both sides; null when it is what it was. */
function becameText(before: FileSide, after: FileSide): string | null {
  if (before.mode === after.mode) return kindText(after);
  const [was, is] = [kindText(before), kindText(after)];
  if (was === null && is === null)
    return after.mode === PROGRAM ? l10n.t('now executable') : l10n.t('no longer executable');
  return l10n.t('{0} became {1}', was ?? l10n.t('file'), is ?? l10n.t('file'));
}

/** What a change is beyond its lines: a rename, a mode, a file that became a link; null for none. */
export function oddText({ status, before, after }: ComparedFile): string | null {
  const words = [
    ...(status === 'renamed' && before ? [l10n.t('was {0}', visible(before.path))] : []),
    ...(status === 'deleted' ? [l10n.t('deleted')] : []),
    before && after ? becameText(before, after) : kindText(after ?? before),
  ].filter((word) => word !== null);
  return words.length === 0 ? null : words.join(', ');
}

/** The letter that git knows the change by. */
export const letterOf = ({ status }: ComparedFile): string =>
  ({ added: 'A', modified: 'M', deleted: 'D', renamed: 'R', 'type-changed': 'T' })[status];
