import { useState } from 'preact/hooks';
import type { Memory } from './remembered.ts';

interface DraftProps {
  /** Under which name it is remembered while it is not sent. */
  readonly place: string;
  readonly memory: Memory;
  readonly label: string;
  readonly hint: string;
  readonly onEnter: (text: string) => void;
}

/** One line that is sent by Enter; what was typed survives the tab. */
export function Draft({ place, memory, label, hint, onEnter }: DraftProps) {
  const [text, setText] = useState(memory.now.drafts[place] ?? '');
  const change = (next: string): void => {
    setText(next);
    memory.draft(place, next);
  };
  return (
    <input
      type="text"
      class="vscode-textfield"
      data-key={`draft-${place}`}
      aria-label={label}
      placeholder={hint}
      maxLength={2000}
      value={text}
      onInput={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || event.isComposing || text.trim() === '') return;
        event.preventDefault();
        onEnter(text.trim());
        change('');
      }}
    />
  );
}
