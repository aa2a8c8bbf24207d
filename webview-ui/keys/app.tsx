/** The coordination view: keeps what the editor told, and draws it. */
import * as l10n from '@vscode/l10n';
import { render } from 'preact';
import * as z from 'zod/mini';
import { toKeysSchema, type FromKeys, type ScanPart } from '../../src/protocol/webview-keys.ts';
import { announceInPage } from '../kit/announcer.ts';
import { connectHost } from '../kit/host.ts';
import { drawnColour, watchTheme } from '../kit/theme.ts';
import { NOTHING, received, type KeysState } from './keys-state.ts';
import { KeysView } from './keys-view.tsx';

// The page's policy lets no code be made of text.
z.config({ jitless: true });

/** What was typed into a draft and not saved; `number` is the draft's. */
const typedSchema = z.object({ typed: z.object({ number: z.int(), text: z.string() }) });

export function showKeysView(root: HTMLElement): void {
  const host = connectHost<FromKeys>();
  const send = (message: FromKeys) => host.send(message);
  const before = typedSchema.safeParse(host.state);
  let typed = before.success ? before.data.typed : { number: 0, text: '' };
  let state = NOTHING;
  const announcer = announceInPage();
  const remember = () => host.remember({ kept: state.kept, typed });

  function draw(): void {
    render(
      <KeysView
        state={state}
        send={send}
        typedOf={(number) => (typed.number === number ? typed.text : null)}
        onTyped={(number, text) => {
          typed = { number, text };
          remember();
        }}
      />,
      root,
    );
  }

  watchTheme(document.body, drawnColour);
  host.onMessage((raw) => {
    const message = toKeysSchema.safeParse(raw);
    if (!message.success) {
      // Nothing of it is taken; what was shown stays.
      console.warn('The editor sent something that is no message of ours.', message.error);
      return;
    }
    const earlier = state;
    state = received(state, message.data);
    if (state.kept !== earlier.kept) remember();
    draw();
    const said = announcement(earlier, state);
    if (said !== '') announcer.say(said);
  });
  host.onShown(() => send({ type: 'hello' }));
  draw();
  send({ type: 'hello' });
}

/** Only what a person waits for, or must know: a change was made, the store went or came, a search came to an end. */
function announcement(before: KeysState, after: KeysState): string {
  if (after.told && after.told !== before.told) return after.told.message;
  return storeNews(before.store, after.store) || searchNews(before.rows?.scan, after.rows?.scan);
}

function storeNews(before: KeysState['store'], store: KeysState['store']): string {
  if (store?.banner && !before?.banner) return store.banner.title;
  return before?.banner && store?.state === 'up' ? l10n.t('{0} is back', store.name) : '';
}

function searchNews(before: ScanPart | undefined, scan: ScanPart | undefined): string {
  if (!scan?.complete || before?.complete !== false) return '';
  return scan.read === 1 ? l10n.t('1 key found') : l10n.t('{0} keys found', scan.read);
}
