import { Icon } from '../kit/icon.tsx';
import type { PanelTrust } from '../../src/protocol/panel-loop.ts';

/** What such agents said before, and how much of it held, beside what one says now. */
export function Trust({ trust }: { readonly trust: PanelTrust | null }) {
  if (trust === null) return null;
  return (
    <span class={trust.over ? 'trust over' : 'trust dim'} title={trust.text}>
      {' '}
      {trust.over && <Icon name="warning" tone="warn" />} {trust.badge}
      <span class="unseen">, {trust.text}</span>
    </span>
  );
}
