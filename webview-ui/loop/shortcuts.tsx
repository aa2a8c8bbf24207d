import { Sheet } from '../kit/sheet.tsx';

/** All are commands or buttons too; they act while the panel has the focus and nothing is typed. */
const KEYS = [
  ['J K', 'next, previous row'],
  ['Enter', 'open or fold'],
  ['→', 'from a row to its actions'],
  ['N', 'next thing that needs you'],
  ['1 – 4', 'go to a step'],
  ['T', 'terminal of the row'],
  ['D', 'diff of the row, or of the result'],
  ['U', 'nudge the row’s agent'],
  ['F', 'add feedback'],
  ['P', 'pause or resume'],
  ['H', 'release what is held, or choose breakpoints'],
  ['G I', 'iterations'],
  ['G C', 'convergence'],
  ['G P', 'transfer points'],
  ['I', 'explain the numbers of the focused block'],
  ['Esc', 'back to the row, to now, to the panel'],
  ['?', 'this sheet'],
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
      <p class="dim">No key stops, aborts or deletes anything without a question.</p>
    </Sheet>
  );
}
