import * as l10n from '@vscode/l10n';
import { ShortcutSheet } from '../kit/sheet.tsx';

/** All are commands or buttons too; they act while the panel has the focus and nothing is typed. */
const KEYS = [
  ['J K', l10n.t('next, previous row')],
  [l10n.t('Enter'), l10n.t('open or fold')],
  ['→', l10n.t('from a row to its actions')],
  ['N', l10n.t('next thing that needs you')],
  ['1 – 4', l10n.t('go to a step')],
  ['T', l10n.t('terminal of the row')],
  ['D', l10n.t('diff of the row, or of the result')],
  ['U', l10n.t('nudge the row’s agent')],
  ['F', l10n.t('add feedback')],
  ['P', l10n.t('pause or resume')],
  ['H', l10n.t('release what is held, or choose breakpoints')],
  ['G I', l10n.t('iterations')],
  ['G C', l10n.t('convergence')],
  ['G P', l10n.t('transfer points')],
  ['I', l10n.t('explain the numbers of the focused block')],
  [l10n.t('Esc'), l10n.t('back to the row, to now, to the panel')],
  ['?', l10n.t('this sheet')],
] as const;

export const Shortcuts = ({ onClose }: { readonly onClose: () => void }) => (
  <ShortcutSheet
    keys={KEYS}
    assurance={l10n.t('No key stops, aborts or deletes anything without a question.')}
    onClose={onClose}
  />
);
