import type { PanelPoint } from '../../src/protocol/panel-loop.ts';
import { Icon } from '../kit/icon.tsx';
import type { Send } from './send.ts';

const STATE = {
  open: ['todo', 'dim', 'not written'],
  verified: ['done', 'ok', 'verified'],
  differs: ['bad', 'err', 'hash differs'],
} as const;

interface Props {
  readonly points: readonly PanelPoint[];
  readonly iteration: number;
  readonly chosen: number | null;
  readonly choose: (point: number | null) => void;
  readonly send: Send;
  /** Breakpoints hold what runs, and nothing of what has ended. */
  readonly active: boolean;
  readonly failed: string | null;
}

/** The seven hand-overs; the chosen one shows its key and hash, and leads to what was handed over. */
export function TransferPoints(props: Props) {
  const { points, iteration, chosen, choose, failed } = props;
  const written = points.filter((point) => point.iteration === iteration).length;
  const shown = points.find(({ point }) => point === chosen);
  return (
    <section data-block="points" id="points" tabIndex={-1} aria-label="Transfer points">
      <h2>
        Transfer points <span class="dim">{written} of 7 this iteration</span>
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
      {shown && <Detail {...props} point={shown} />}
      {failed && <p class="error">{failed}</p>}
    </section>
  );
}

function Detail({ point, send, active }: Props & { readonly point: PanelPoint }) {
  const { iteration } = point;
  return (
    <>
      <dl class="point-detail">
        <dt>TP {point.point}</dt>
        <dd>
          {point.way}
          {iteration === null ? ', not written yet' : `, written in iteration ${iteration}`}
          {point.edited && <b> · edited by you</b>}
        </dd>
        <dt>Key</dt>
        <dd class="mono">
          <bdi>{point.key ?? '–'}</bdi>
        </dd>
        <dt>Hash</dt>
        <dd>
          {point.sha256 === null ? (
            '–'
          ) : (
            <>
              <span class="mono" title={point.sha256}>
                sha256 {point.sha256.slice(0, 6)}…{point.sha256.slice(-4)}
              </span>{' '}
              {point.state === 'verified' ? 'same on write and read' : STATE[point.state][2]}
            </>
          )}
        </dd>
      </dl>
      <div class="point-links">
        {iteration !== null && <Links point={point} iteration={iteration} send={send} />}
        {active && (
          <label class="check">
            <input
              type="checkbox"
              data-key={`breakpoint-${point.point}`}
              checked={point.breakpoint}
              onChange={(event) => send.breakpoint(point.point, event.currentTarget.checked)}
            />
            Stop the loop before it
          </label>
        )}
      </div>
    </>
  );
}

interface LinksProps {
  readonly point: PanelPoint;
  readonly iteration: number;
  readonly send: Send;
}

function Links({ point, iteration, send }: LinksProps) {
  const links = [
    ['payload', 'Payload', true],
    ['prompt', 'Injected prompt', point.hasPrompts],
    ['compare', `Compare with iteration ${iteration - 1}`, point.comparable],
  ] as const;
  return (
    <>
      {links.map(
        ([what, label, there]) =>
          there && (
            <button
              key={what}
              type="button"
              class="link"
              data-key={`point-${what}`}
              onClick={() => send.handOver(point.point, iteration, what)}
            >
              {label}
            </button>
          ),
      )}
    </>
  );
}

interface PointButtonProps {
  readonly point: PanelPoint;
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
      title={`TP ${point.point}: ${point.way}`}
      aria-pressed={pressed}
      onClick={onClick}
    >
      {point.breakpoint ? <Icon name="breakpoint" tone="err" /> : <Icon name={name} tone={tone} />}
      <span>{point.name}</span>
      <span class="unseen">
        , {word}
        {point.breakpoint && ', the loop stops before it'}
        {point.edited && ', edited by you'}
      </span>
    </button>
  );
}
