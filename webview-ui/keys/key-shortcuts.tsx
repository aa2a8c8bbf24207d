import { Sheet } from '../kit/sheet.tsx';

const KEYS = [
  ['↑ ↓', 'previous, next row'],
  ['→ ←', 'open a prefix and go into it, fold it and go out'],
  ['Enter', 'show the key, open or fold the prefix'],
  ['/', 'search'],
  ['R', 'read the keys again'],
  ['C', 'copy the name of the shown key'],
  ['E', 'change its value'],
  ['T', 'change its TTL'],
  ['Delete', 'delete it'],
  ['?', 'this sheet'],
] as const;

export function KeyShortcuts({ onClose }: { readonly onClose: () => void }) {
  return (
    <Sheet title="Shortcuts" onClose={onClose}>
      <dl class="shortcuts">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="dim">No key deletes anything without a question.</p>
    </Sheet>
  );
}
