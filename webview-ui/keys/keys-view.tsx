import * as l10n from '@vscode/l10n';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { FromKeys } from '../../src/protocol/webview-keys.ts';
import { createKeys, isPlainKey } from '../kit/shortcuts.ts';
import { Draft } from './draft.tsx';
import { KeyDetails } from './key-details.tsx';
import { KeyTree } from './key-tree.tsx';
import type { KeysState } from './keys-state.ts';
import { KeysFoot } from './keys-foot.tsx';
import { ScanLine } from './scan-line.tsx';
import { KeyShortcuts } from './key-shortcuts.tsx';
import { LostBanner, Top } from './top.tsx';
import { Waits } from './waits.tsx';

export type SendKeys = (message: FromKeys) => void;

interface Props {
  readonly state: KeysState;
  readonly send: SendKeys;
  /** What was typed into this draft before the view was drawn anew; null: nothing. */
  readonly typedOf: (number: number) => string | null;
  readonly onTyped: (number: number, text: string) => void;
}

export function KeysView({ state, send, typedOf, onTyped }: Props) {
  const [sheet, setSheet] = useState(false);
  const { store, selected, draft } = state;
  useKeysKeys({ state, send, showKeys: () => setSheet(true) });
  return (
    <main class="keys">
      {store && <Top store={store} send={send} showKeys={() => setSheet(true)} />}
      {store?.banner && <LostBanner banner={store.banner} send={send} />}
      {store?.state === 'problem' ? (
        <div class="keys-empty">
          <p>
            <bdi>{store.problem}</bdi>
          </p>
          <button
            type="button"
            class="vscode-button secondary"
            onClick={() => send({ type: 'ask', what: 'again' })}
          >
            {l10n.t('Try again')}
          </button>
        </div>
      ) : (
        <div class="keys-middle">
          <section class="keys-tree" aria-label={l10n.t('Keys')}>
            <KeyTree state={state} send={send} />
            <ScanLine state={state} send={send} />
          </section>
          <div class="keys-side">
            <KeyDetails selected={selected} told={state.told} canEdit={canEdit(state)} send={send} />
            <Waits waits={state.waits} canPush={canEdit(state)} send={send} />
          </div>
        </div>
      )}
      <KeysFoot changes={state.changes} send={send} showKeys={() => setSheet(true)} />
      {draft && (
        <Draft
          key={draft.number}
          draft={draft}
          told={state.told}
          typed={typedOf(draft.number)}
          onTyped={(text) => onTyped(draft.number, text)}
          send={send}
        />
      )}
      {sheet && <KeyShortcuts onClose={() => setSheet(false)} />}
    </main>
  );
}

export const canEdit = ({ store }: KeysState): boolean =>
  store !== null && store.edits !== 'read-only' && store.state === 'up';

interface Doing {
  readonly state: KeysState;
  readonly send: SendKeys;
  readonly showKeys: () => void;
}

/** Single keys, while the view has the focus and nothing is typed. */
function useKeysKeys(doing: Doing): void {
  const newest = useRef(doing);
  newest.current = doing;
  useEffect(() => {
    const onSelected =
      (message: (id: number) => FromKeys, changes = true) =>
      () => {
        const { state, send } = newest.current;
        if (state.selected && (!changes || canEdit(state))) send(message(state.selected.id));
      };
    const keys = createKeys({
      '/': () => document.querySelector<HTMLElement>('[data-key="search"]')?.focus(),
      r: () => newest.current.send({ type: 'ask', what: 'refresh' }),
      c: onSelected((id) => ({ type: 'copy', id, what: 'name' }), false),
      e: () => {
        const { state, send } = newest.current;
        if (state.selected?.fixed === '' && canEdit(state))
          send({ type: 'change', id: state.selected.id, item: null });
      },
      t: onSelected((id) => ({ type: 'expire', id })),
      Delete: onSelected((id) => ({ type: 'delete', id })),
      '?': () => newest.current.showKeys(),
    });
    const onKeyDown = (event: KeyboardEvent): void => {
      if (document.querySelector('dialog[open]')) return;
      if (isPlainKey(event) && keys.press(event.key, event.timeStamp)) event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}
