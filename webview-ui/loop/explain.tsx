import type { Explanation } from '../../src/protocol/panel-loop.ts';
import { Sheet } from '../kit/sheet.tsx';

interface Props {
  readonly explanation: Explanation;
  readonly onClose: () => void;
}

/** What the numbers of a block count, from where, and what they are held against. */
export function Explain({ explanation, onClose }: Props) {
  return (
    <Sheet title={explanation.title} onClose={onClose}>
      <dl class="explained">
        {explanation.rows.map(([label, value], index) => (
          <div key={index}>
            <dt>
              <bdi>{label}</bdi>
            </dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <p class="dim">{explanation.note}</p>
    </Sheet>
  );
}
