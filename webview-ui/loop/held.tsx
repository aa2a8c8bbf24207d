import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import type { PanelLoop } from '../../src/protocol/panel-loop.ts';
import { Age } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import { fill } from '../kit/fill.tsx';
import { Icon } from '../kit/icon.tsx';
import type { PanelState } from './panel-state.ts';
import type { Memory } from './remembered.ts';
import type { Send } from './send.ts';

interface Props {
  readonly held: NonNullable<PanelLoop['held']>;
  /** What it says; null until it was asked for. */
  readonly content: PanelState['held'];
  readonly failed: string | null;
  readonly send: Send;
  readonly memory: Memory;
}

/** A hand-over that a breakpoint holds: look at it, change it, let it go on. */
export function Held({ held, content, failed, send, memory }: Props) {
  const [editing, setEditing] = useState(false);
  useEffect(() => send.askHeld(), [held.point, held.since]);
  return (
    <section class="card due" data-key="held" aria-labelledby="held-title">
      <div class="card-head">
        <Icon name="breakpoint" tone="err" />
        <h2 id="held-title">{held.title}</h2>
        <span class="dim">
          {fill(l10n.t('for {0}. Nothing times out while it is held.'), <Age start={held.since} />)}
        </span>
      </div>
      {content && editing ? (
        <Editing content={content} send={send} memory={memory} onBack={() => setEditing(false)} />
      ) : (
        <div class="card-body">
          <pre class="payload mono" tabIndex={0} aria-label={l10n.t('Payload')}>
            {content ? content.text.slice(0, SHOWN) : l10n.t('Reading what is handed over …')}
          </pre>
          <div class="buttons">
            <Button
              primary
              name="release"
              label={l10n.t('Release')}
              icon="resume"
              onClick={() => send.release(null)}
            />
            <Button
              name="edit-held"
              label={l10n.t('Edit, then release…')}
              disabled={content === null || content.editable.length === 0}
              onClick={() => setEditing(true)}
            />
          </div>
        </div>
      )}
      {failed && <p class="error card-body">{failed}</p>}
    </section>
  );
}

/** Longer ones are read in the editor. */
const SHOWN = 20_000;

interface EditingProps {
  readonly content: NonNullable<PanelState['held']>;
  readonly send: Send;
  readonly memory: Memory;
  readonly onBack: () => void;
}

function Editing({ content, send, memory, onBack }: EditingProps) {
  const [text, setText] = useState(memory.now.drafts['held'] ?? content.text);
  const problem = jsonProblem(text);
  return (
    <div class="card-body">
      <label for="held-text">
        {l10n.t('Takes changes of {0}. It goes on marked “edited by you”.', content.editable.join(', '))}
      </label>
      <textarea
        id="held-text"
        class="vscode-textarea monospace"
        rows={14}
        spellcheck={false}
        data-key="held-text"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          memory.draft('held', event.currentTarget.value);
        }}
      />
      {problem && <p class="error">{problem}</p>}
      <div class="buttons">
        <Button
          primary
          name="release-edited"
          label={l10n.t('Release with these changes')}
          disabled={problem !== null}
          onClick={() => {
            memory.draft('held', '');
            send.release(text);
          }}
        />
        <Button name="edit-back" label={l10n.t('Back')} onClick={onBack} />
      </div>
    </div>
  );
}

function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return l10n.t('The payload takes JSON: {0}', error instanceof Error ? error.message : String(error));
  }
}
