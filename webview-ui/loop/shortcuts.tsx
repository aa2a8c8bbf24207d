import { Sheet } from '../kit/sheet.tsx';

const KEYS = [
  ['F', 'add feedback'],
  ['?', 'all shortcuts'],
] as const;

export function Shortcuts({ onClose }: { readonly onClose: () => void }) {
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
    </Sheet>
  );
}
