import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import type { ToKeys } from '../../src/protocol/webview-keys.ts';
import { Button } from '../kit/button.tsx';
import { Sheet } from '../kit/sheet.tsx';
import type { SendKeys } from './keys-view.tsx';

interface Props {
  readonly draft: Extract<ToKeys, { type: 'draft' }>;
  readonly told: Extract<ToKeys, { type: 'told' }> | null;
  readonly typed: string | null;
  readonly onTyped: (text: string) => void;
  readonly send: SendKeys;
}

/** A value to change; the editor asks once more where it can hurt. */
export function Draft({ draft, told, typed, onTyped, send }: Props) {
  const { number, title } = draft;
  const [text, setText] = useState(typed ?? draft.text);
  const save = () => send({ type: 'save', number, text });
  return (
    <Sheet title={l10n.t('Change {0}', title)} onClose={() => send({ type: 'giveUp', number })}>
      <textarea
        class="vscode-textarea mono"
        data-key="draft-text"
        aria-label={l10n.t('Value of {0}', title)}
        rows={Math.min(24, Math.max(3, text.split('\n').length + 1))}
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          onTyped(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
        }}
      />
      {told?.failed && (
        <p class="error" role="alert">
          <bdi>{told.message}</bdi>
        </p>
      )}
      <div class="buttons draft-buttons">
        <Button name="draft-save" label={l10n.t('Save')} disabled={text === draft.text} onClick={save} />
        <span class="dim">
          {l10n.t(
            'Written only if the key is still as it was when you began; its TTL stays. Goes on record by size and hash.',
          )}
        </span>
      </div>
    </Sheet>
  );
}
