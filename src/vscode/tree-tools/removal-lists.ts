/** What goes and what stays, for a dialog that asks before something is removed. */
import { l10n } from 'vscode';
import type { CleanUpItem } from '../../app/clean-up.ts';
import { bytesText } from '../../base/bytes.ts';
import { visible } from '../words.ts';

/** More than a dialog can show; the rest is counted. */
const LISTED = 12;

const itemLine = ({ kind, name, bytes, kept }: CleanUpItem): string =>
  [
    `${kind} ${visible(name)}`,
    ...(bytes === null ? [] : [bytesText(bytes)]),
    ...(kept === null ? [] : [l10n.t('stays: {0}', kept)]),
  ].join(' · ');

export function listText(lines: readonly string[]): string {
  const shown = lines.slice(0, LISTED);
  return (lines.length > LISTED ? [...shown, l10n.t('and {0} more', lines.length - LISTED)] : shown).join(
    '\n',
  );
}

export const itemList = (items: readonly CleanUpItem[]): string => listText(items.map(itemLine));
