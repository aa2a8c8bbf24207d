import * as l10n from '@vscode/l10n';
import type { PanelAgent } from '../../src/protocol/panel-loop.ts';
import { Meter } from '../kit/meter.tsx';

/** How an agent's container stands: a third line of its row, where there is one. */
export function Container({ container }: { readonly container: NonNullable<PanelAgent['container']> }) {
  const { word, trouble, memory, cpu, hint } = container;
  return (
    <span class="container numbers dim" title={hint}>
      <span class={trouble ? 'trouble' : ''}>{l10n.t('Container {0}', word)}</span>
      {memory && (
        <span class="figure">
          <Meter value={memory.share} label={l10n.t('Memory: {0}', memory.text)} />
          <span aria-hidden="true">{memory.text}</span>
        </span>
      )}
      {cpu && (
        <span class="figure">
          <Meter value={cpu.share} label={l10n.t('{0} of its limit', cpu.text)} />
          <span aria-hidden="true">{cpu.text}</span>
        </span>
      )}
    </span>
  );
}
