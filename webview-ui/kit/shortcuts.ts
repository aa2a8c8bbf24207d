/** Single keys act only where no text is typed and no other key is held. */
export function isPlainKey(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  return !isTyping(event.target);
}

const TYPED = 'input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPED) !== null;
}

export interface Keys {
  /** True when the key meant something. */
  press(key: string, at: number): boolean;
}

/** Of two keys pressed one after the other the second counts only so soon. */
const SEQUENCE_MS = 1500;

/** `actions` by key, such as `n`, `?` or, for two keys one after the other, `g i`. */
export function createKeys(actions: Readonly<Record<string, () => void>>): Keys {
  const starts = new Set(Object.keys(actions).flatMap((keys) => (keys.includes(' ') ? [keys[0]] : [])));
  let begun: { readonly key: string; readonly at: number } | null = null;
  return {
    press: (pressed, at) => {
      const key = pressed.length === 1 ? pressed.toLowerCase() : pressed;
      const both = begun && at - begun.at < SEQUENCE_MS ? `${begun.key} ${key}` : null;
      begun = null;
      const action = (both === null ? undefined : actions[both]) ?? actions[key];
      if (action) {
        action();
        return true;
      }
      if (!starts.has(key)) return false;
      begun = { key, at };
      return true;
    },
  };
}
