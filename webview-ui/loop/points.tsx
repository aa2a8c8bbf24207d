import * as l10n from '@vscode/l10n';
import type { PanelPoint } from '../../src/protocol/panel-loop.ts';
import { Icon } from '../kit/icon.tsx';
import { memo } from '../kit/memo.tsx';
import type { Send } from './send.ts';

const STATE = {
  open: ['todo', 'dim', l10n.t('not written')],
  verified: ['done', 'ok', l10n.t('verified')],
  differs: ['bad', 'err', l10n.t('hash differs')],
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
export const TransferPoints = memo((props: Props) => {
  const { points, iteration, chosen, choose, failed } = props;
  const written = points.filter((point) => point.iteration === iteration).length;
  const shown = points.find(({ point }) => point === chosen);
  return (
    <section data-block="points" id="points" tabIndex={-1} aria-label={l10n.t('Transfer points')}>
      <h2>
        {l10n.t('Transfer points')} <span class="dim">{l10n.t('{0} of 7 this iteration', written)}</span>
      </h2>
      <ol class="points">
        {points.map((point) => (
          <li key={point.point}>
            <PointButton
              point={point}
              earlier={point.iteration !== null && point.iteration !== iteration}
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
});

function Detail({ point, send, active }: Props & { readonly point: PanelPoint }) {
  const { iteration } = point;
  return (
    <>
      <dl class="point-detail">
        <dt>{l10n.t('TP {0}', point.point)}</dt>
        <dd>
          {iteration === null
            ? l10n.t('{0}, not written yet', point.way)
            : l10n.t('{0}, written in iteration {1}', point.way, iteration)}
          {point.edited && <b> · {l10n.t('edited by you')}</b>}
        </dd>
        <dt>{l10n.t('Key')}</dt>
        <dd class="mono">
          <bdi>{point.key ?? '–'}</bdi>
        </dd>
        <dt>{l10n.t('Hash')}</dt>
        <dd>
          {point.sha256 === null ? (
            '–'
          ) : (
            <>
              <span class="mono" title={point.sha256}>
                {l10n.t('sha256 {0}…{1}', point.sha256.slice(0, 6), point.sha256.slice(-4))}
              </span>{' '}
              {point.state === 'verified' ? l10n.t('same on write and read') : STATE[point.state][2]}
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
            {l10n.t('Stop the loop before it')}
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
    ['payload', l10n.t('Payload'), true],
    ['prompt', l10n.t('Injected prompt'), point.hasPrompts],
    ['compare', l10n.t('Compare with iteration {0}', iteration - 1), point.comparable],
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
  /** Not written yet in this iteration; what stands there is an earlier one's. */
  readonly earlier: boolean;
  readonly pressed: boolean;
  readonly onClick: () => void;
}

function PointButton({ point, earlier, pressed, onClick }: PointButtonProps) {
  const [name, stateTone, word] = STATE[point.state];
  const tone = earlier && point.state === 'verified' ? 'dim' : stateTone;
  return (
    <button
      type="button"
      class="point"
      data-key={`point-${point.point}`}
      title={l10n.t('TP {0}: {1}', point.point, point.way)}
      aria-pressed={pressed}
      onClick={onClick}
    >
      {point.breakpoint ? <Icon name="breakpoint" tone="err" /> : <Icon name={name} tone={tone} />}
      <span>{point.name}</span>
      <span class="unseen">
        , {word}
        {earlier && `, ${l10n.t('in iteration {0}', point.iteration ?? 0)}`}
        {point.breakpoint && `, ${l10n.t('the loop stops before it')}`}
        {point.edited && `, ${l10n.t('edited by you')}`}
      </span>
    </button>
  );
}
