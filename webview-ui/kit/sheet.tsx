import * as l10n from '@vscode/l10n';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from './button.tsx';

interface SheetProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

interface ShortcutsProps {
  readonly keys: readonly (readonly [key: string, what: string])[];
  /** What no key does. */
  readonly assurance: string;
  readonly onClose: () => void;
}

/** The keys of a page. */
export const ShortcutSheet = ({ keys, assurance, onClose }: ShortcutsProps) => (
  <Sheet title={l10n.t('Shortcuts')} onClose={onClose}>
    <dl class="shortcuts">
      {keys.map(([key, what]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
    <p class="dim">{assurance}</p>
  </Sheet>
);

/** A modal sheet; the browser keeps the focus inside and gives it back. */
export function Sheet({ title, onClose, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby="sheet-title" onClose={onClose}>
      <div class="sheet-head">
        <h2 id="sheet-title">{title}</h2>
        <Button name="close-sheet" label={l10n.t('Close')} onClick={() => dialog.current?.close()} />
      </div>
      {children}
    </dialog>
  );
}
