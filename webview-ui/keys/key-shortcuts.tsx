import * as l10n from '@vscode/l10n';
import { Sheet } from '../kit/sheet.tsx';

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

export function KeyShortcuts({ onClose }: { readonly onClose: () => void }) {
  return (
    <Sheet title={l10n.t('Shortcuts')} onClose={onClose}>
      <dl class="shortcuts">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="dim">{l10n.t('No key deletes anything without a question.')}</p>
    </Sheet>
  );
}
