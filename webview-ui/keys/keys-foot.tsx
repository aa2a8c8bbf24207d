import * as l10n from '@vscode/l10n';
import type { ChangesPart } from '../../src/protocol/webview-keys.ts';
import { integer } from '../kit/figures.ts';
import { Icon } from '../kit/icon.tsx';
import type { SendKeys } from './keys-view.tsx';

interface Props {
  readonly changes: ChangesPart;
  readonly send: SendKeys;
  readonly showKeys: () => void;
}

/** What people changed by hand, newest first; all of it is in a file. */
export function KeysFoot({ changes, send, showKeys }: Props) {
  const { newest, count } = changes;
  return (
    <footer class="keys-foot dim" data-key="audit">
      <Icon name="history" />
      {newest.length === 0 ? (
        <span>{l10n.t('Nothing was changed by hand.')}</span>
      ) : (
        newest.slice(0, 2).map(({ at, text }) => (
          <span key={`${at} ${text}`} class="change" title={text}>
            {clock(at)} <bdi>{text}</bdi>
          </span>
        ))
      )}
      <span class="foot-end">
        {count > 0 && (
          <button
            type="button"
            class="link"
            data-key="all-changes"
            onClick={() => send({ type: 'ask', what: 'showChanges' })}
          >
            {count === 1 ? l10n.t('The change by hand') : l10n.t('All {0} changes by hand', integer(count))}
          </button>
        )}
        <button type="button" class="link" data-key="show-keys" onClick={showKeys}>
          {l10n.t('Shortcuts')}
        </button>
      </span>
    </footer>
  );
}

const two = (value: number) => String(value).padStart(2, '0');

/** `12:51:08`, with its day where that is not today's. */
function clock(at: number): string {
  const date = new Date(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  if (date.toDateString() === new Date().toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
