import * as l10n from '@vscode/l10n';
import { Button } from '../kit/button.tsx';
import { integer } from '../kit/figures.ts';
import { Icon } from '../kit/icon.tsx';
import type { KeysState } from './keys-state.ts';
import type { SendKeys } from './keys-view.tsx';

/** How much of the store was read into the tree. */
export function ScanLine({ state, send }: { readonly state: KeysState; readonly send: SendKeys }) {
  const scan = state.rows?.scan;
  if (!scan || state.store?.state !== 'up') return null;
  const read = integer(scan.read);
  return (
    <p class="scan dim" data-key="scan">
      {scan.running && <Icon name="now" tone="spin" />}
      <span>{words(scan, read)}</span>
      {!scan.running && !scan.complete && !scan.full && (
        <Button
          name="more-keys"
          label={l10n.t('Read more')}
          onClick={() => send({ type: 'ask', what: 'more' })}
        />
      )}
    </p>
  );
}

function words(scan: NonNullable<KeysState['rows']>['scan'], read: string): string {
  if (scan.problem !== '') return l10n.t('{0} read, then: {1}', read, scan.problem);
  if (scan.complete)
    return scan.read === 1 ? l10n.t('1 key, all there is') : l10n.t('{0} keys, all there are', read);
  if (scan.full) return l10n.t('{0} read, no more are kept: search for fewer', read);
  return scan.running ? l10n.t('{0} read so far', read) : l10n.t('{0} read, there are more', read);
}
