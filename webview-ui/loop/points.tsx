import { useState } from 'preact/hooks';
import type { PanelLoop } from '../../src/protocol/webview.ts';
import { Icon } from '../kit/icon.tsx';

type Point = PanelLoop['transferPoints'][number];

const STATE = {
  open: ['todo', 'dim', 'not written'],
  verified: ['done', 'ok', 'verified'],
  differs: ['bad', 'err', 'hash differs'],
} as const;

/** The seven hand-overs; the chosen one shows its key and hash. */
export function TransferPoints({ points }: { readonly points: readonly Point[] }) {
  const [chosen, choose] = useState<number | null>(null);
  const written = points.filter((point) => point.state !== 'open').length;
  const shown = points.find(({ point }) => point === chosen);
  return (
    <section>
      <h2>
        Transfer points <span class="dim">{written} of 7</span>
      </h2>
      <ol class="points">
        {points.map((point) => (
          <li key={point.point}>
            <PointButton
              point={point}
              pressed={point.point === chosen}
              onClick={() => choose(point.point === chosen ? null : point.point)}
            />
          </li>
        ))}
      </ol>
      {shown && (
        <dl class="point-detail">
          <dt>{shown.point}</dt>
          <dd>
            {shown.name}, {shown.detail}
          </dd>
          <dt>Key</dt>
          <dd class="mono">
            <bdi>{shown.key ?? '–'}</bdi>
          </dd>
          <dt>Hash</dt>
          <dd class="mono">{shown.sha256 === null ? '–' : `sha256 ${shown.sha256}`}</dd>
          <dt>State</dt>
          <dd>{shown.state === 'verified' ? 'same on write and read' : STATE[shown.state][2]}</dd>
        </dl>
      )}
    </section>
  );
}

interface PointButtonProps {
  readonly point: Point;
  readonly pressed: boolean;
  readonly onClick: () => void;
}

function PointButton({ point, pressed, onClick }: PointButtonProps) {
  const [name, tone, word] = STATE[point.state];
  return (
    <button
      type="button"
      class="point"
      data-key={`point-${point.point}`}
      title={point.detail}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon name={name} tone={tone} />
      <span>{point.name}</span>
      <span class="unseen">
        {word}, {point.detail}
      </span>
    </button>
  );
}
