import { Button } from '../kit/button.tsx';
import { Icon } from '../kit/icon.tsx';
import type { KeysState } from './keys-state.ts';
import type { SendKeys } from './keys-view.tsx';

/** How much of the store was read into the tree. */
export function ScanLine({ state, send }: { readonly state: KeysState; readonly send: SendKeys }) {
  const scan = state.rows?.scan;
  if (!scan || state.store?.state !== 'up') return null;
  const read = scan.read.toLocaleString('en');
  return (
    <p class="scan dim" data-key="scan">
      {scan.running && <Icon name="now" tone="spin" />}
      <span>{words(scan, read)}</span>
      {!scan.running && !scan.complete && !scan.full && (
        <Button name="more-keys" label="Read more" onClick={() => send({ type: 'ask', what: 'more' })} />
      )}
    </p>
  );
}

function words(scan: NonNullable<KeysState['rows']>['scan'], read: string): string {
  if (scan.problem !== '') return `${read} read, then: ${scan.problem}`;
  if (scan.complete) return scan.read === 1 ? '1 key, all there is' : `${read} keys, all there are`;
  if (scan.full) return `${read} read, no more are kept: search for fewer`;
  return scan.running ? `${read} read so far` : `${read} read, there are more`;
}
