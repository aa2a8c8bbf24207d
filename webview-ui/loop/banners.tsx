import * as l10n from '@vscode/l10n';
import type { PanelBanner } from '../../src/protocol/panel-loop.ts';
import { Age } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import { fill } from '../kit/fill.tsx';
import { Icon, type IconName } from '../kit/icon.tsx';
import type { Send } from './send.ts';

const ICON: Readonly<Record<PanelBanner['icon'], IconName>> = {
  lost: 'lost',
  budget: 'budget',
  bad: 'bad',
  eye: 'eye',
  history: 'history',
  warning: 'warning',
  clock: 'clock',
};

interface Props {
  readonly banners: readonly PanelBanner[];
  readonly send: Send;
}

/** One line each, under the header, worst first. */
export function Banners({ banners, send }: Props) {
  return banners.map((banner) => (
    <div key={banner.id} class={`banner ${banner.tone}`} data-key={`banner-${banner.id}`}>
      <Icon name={ICON[banner.icon]} tone={banner.tone === 'plain' ? undefined : banner.tone} />
      <span>
        <b>
          <bdi>{banner.title}</bdi>
          {banner.since !== null && <> {fill(l10n.t('for {0}.'), <Age start={banner.since} />)}</>}
        </b>{' '}
        <bdi>{banner.text}</bdi>
      </span>
      {banner.actions.length > 0 && (
        <span class="buttons">
          {banner.actions.map(({ command, label }) => (
            <Button
              key={command}
              name={`banner-${command}`}
              label={label}
              onClick={() => send.command(command)}
            />
          ))}
        </span>
      )}
    </div>
  ));
}
