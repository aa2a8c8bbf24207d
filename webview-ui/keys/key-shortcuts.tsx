import * as l10n from '@vscode/l10n';
import { ShortcutSheet } from '../kit/sheet.tsx';

const KEYS = [
  ['↑ ↓', l10n.t('previous, next row')],
  ['→ ←', l10n.t('open a prefix and go into it, fold it and go out')],
  [l10n.t('Enter'), l10n.t('show the key, open or fold the prefix')],
  ['/', l10n.t('search')],
  ['R', l10n.t('read the keys again')],
  ['C', l10n.t('copy the name of the shown key')],
  ['E', l10n.t('change its value')],
  ['T', l10n.t('change its TTL')],
  [l10n.t('Delete'), l10n.t('delete it')],
  ['?', l10n.t('this sheet')],
] as const;

export const KeyShortcuts = ({ onClose }: { readonly onClose: () => void }) => (
  <ShortcutSheet
    keys={KEYS}
    assurance={l10n.t('No key deletes anything without a question.')}
    onClose={onClose}
  />
);
