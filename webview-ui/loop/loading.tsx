import * as l10n from '@vscode/l10n';
import { useNow } from '../kit/age.tsx';

const LONG_MS = 5000;

/** Appears by the style sheet after 300 ms: what is quicker needs no word. */
export function Loading({ since }: { readonly since: number }) {
  const now = useNow(true);
  return (
    <main class="loading" aria-busy="true">
      <span class="unseen">{l10n.t('Reading the loops of this repository')}</span>
      <span class="line long" />
      <span class="line longer" />
      <span class="line" />
      {now - since > LONG_MS && <p class="dim">{l10n.t('Still reading the journals of this repository.')}</p>}
    </main>
  );
}
