import type { PanelLoop } from '../../src/protocol/panel-loop.ts';
import { useNow } from '../kit/age.tsx';
import { Icon } from '../kit/icon.tsx';

interface Props {
  readonly loop: PanelLoop;
  /** When the editor was heard last, epoch milliseconds. */
  readonly heardAt: () => number;
  readonly showKeys: () => void;
}

/** The editor says each second that it watches; a longer silence is told, and the numbers stay. */
const SILENCE_MS = 3000;

export function Foot({ loop, heardAt, showKeys }: Props) {
  return (
    <footer class="foot dim">
      <span class="live">
        <Icon name="pulse" />
        <Live active={loop.active} waiting={loop.ask !== null} heardAt={heardAt} />
      </span>
      {loop.overlap && (
        <span class={loop.overlap.warn ? 'warned' : ''}>
          {loop.overlap.warn && <Icon name="warning" tone="warn" />}
          <bdi>{loop.overlap.text}</bdi>
        </span>
      )}
      <span>Nothing is merged by the loop</span>
      <button type="button" class="keys" data-key="show-keys" onClick={showKeys}>
        <kbd>J</kbd> <kbd>K</kbd> move <kbd>I</kbd> explain numbers <kbd>?</kbd> all shortcuts
      </button>
    </footer>
  );
}

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
  if (!active) return <span>Ended</span>;
  const silence = now - heardAt();
  if (silence > SILENCE_MS) return <b>Not live for {Math.floor(silence / 1000)} s</b>;
  return <span>{waiting ? 'Idle: waiting for you' : 'Live'}</span>;
}
