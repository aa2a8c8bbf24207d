import * as l10n from '@vscode/l10n';
import type { PanelLoop } from '../../src/protocol/panel-loop.ts';
import { useNow } from '../kit/age.tsx';
import { fill } from '../kit/fill.tsx';
import { Icon } from '../kit/icon.tsx';
import { memo } from '../kit/memo.tsx';

interface Props extends Pick<PanelLoop, 'active' | 'overlap'> {
  /** It waits for a person's decision. */
  readonly asks: boolean;
  /** When the editor was heard last, epoch milliseconds. */
  readonly heardAt: () => number;
  readonly showKeys: () => void;
}

/** The editor says each second that it watches; a longer silence is told, and the numbers stay. */
const SILENCE_MS = 3000;

export const Foot = memo(({ active, overlap, asks, heardAt, showKeys }: Props) => {
  return (
    <footer class="foot dim">
      <span class="live">
        <Icon name="pulse" />
        <Live active={active} waiting={asks} heardAt={heardAt} />
      </span>
      {overlap && (
        <span class={overlap.warn ? 'warned' : ''}>
          {overlap.warn && <Icon name="warning" tone="warn" />}
          <bdi>{overlap.text}</bdi>
        </span>
      )}
      <span>{l10n.t('Nothing is merged by the loop')}</span>
      <button type="button" class="keys" data-key="show-keys" onClick={showKeys}>
        {fill(
          l10n.t('{0} {1} move {2} explain numbers {3} all shortcuts'),
          <kbd>J</kbd>,
          <kbd>K</kbd>,
          <kbd>I</kbd>,
          <kbd>?</kbd>,
        )}
      </button>
    </footer>
  );
});

function Live({
  active,
  waiting,
  heardAt,
}: {
  readonly active: boolean;
  readonly waiting: boolean;
  readonly heardAt: () => number;
}) {
  const now = useNow(active);
  if (!active) return <span>{l10n.t('Ended')}</span>;
  const silence = now - heardAt();
  if (silence > SILENCE_MS) return <b>{l10n.t('Not live for {0} s', Math.floor(silence / 1000))}</b>;
  return <span>{waiting ? l10n.t('Idle: waiting for you') : l10n.t('Live')}</span>;
}
