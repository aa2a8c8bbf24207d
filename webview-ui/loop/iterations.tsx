import * as l10n from '@vscode/l10n';
import type { PanelIteration, PanelStep } from '../../src/protocol/panel-loop.ts';
import { Age, duration, useNow } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import { Icon } from '../kit/icon.tsx';
import type { Send } from './send.ts';
import { STEP_ICON, STEP_WORD } from './status.ts';

const NAMES: Readonly<Record<PanelStep, string>> = {
  implement: l10n.t('Implement'),
  gate: l10n.t('Gate'),
  validate: l10n.t('Validate'),
  decide: l10n.t('Decide'),
};

interface Props {
  readonly iterations: readonly PanelIteration[];
  /** The one that is looked at; null: the newest. */
  readonly viewed: number | null;
  readonly send: Send;
  readonly onBack: () => void;
}

/** Each iteration as a bar that is as long as it took, in parts for its steps; choosing one shows it as it was. */
export function Iterations({ iterations, viewed, send, onBack }: Props) {
  const running = iterations.some((each) => each.endedAt === null);
  const now = useNow(running);
  if (iterations.length === 0) return null;
  const longest = Math.max(...iterations.map((each) => (each.endedAt ?? now) - each.startedAt), 1);
  const newest = iterations.at(-1)?.number ?? 0;
  return (
    <section data-block="iterations" id="iterations" tabIndex={-1} aria-label={l10n.t('Iterations')}>
      <div class="section-head">
        <h2>{l10n.t('Iterations')}</h2>
        {iterations.length > 1 && (
          <Button
            bare
            name="compare-iterations"
            label={l10n.t('Compare iterations')}
            icon="compare"
            onClick={() => send.command('compareIterations')}
          />
        )}
      </div>
      <ol class="iterations">
        {iterations.map((each) => (
          <li key={each.number}>
            <button
              type="button"
              class="iteration"
              data-key={`iteration-${each.number}`}
              aria-current={each.number === (viewed ?? newest) ? 'true' : undefined}
              title={each.churn}
              onClick={() => (each.number === newest ? onBack() : send.iteration(each.number))}
            >
              <span class="numbers">{each.number}</span>
              <Bar iteration={each} now={now} longest={longest} />
              <Outcome iteration={each} />
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface BarProps {
  readonly iteration: PanelIteration;
  readonly now: number;
  /** Milliseconds that fill the whole width. */
  readonly longest: number;
}

const WIDTH = 300;

function Bar({ iteration, now, longest }: BarProps) {
  let at = iteration.startedAt;
  const parts = iteration.steps.map(({ step, ms, failed }) => {
    const took = ms ?? Math.max(0, (iteration.endedAt ?? now) - at);
    const x = ((at - iteration.startedAt) / longest) * WIDTH;
    at += took;
    const waits = ms === null && iteration.status === 'need';
    return { step, failed, waits, took, x, width: Math.max(2, (took / longest) * WIDTH - 1) };
  });
  return (
    <svg class="bar" viewBox={`0 0 ${WIDTH} 8`} preserveAspectRatio="none" aria-hidden="true">
      {parts.map(({ step, failed, waits, took, x, width }) => (
        <rect
          key={step}
          class={`part-${step} ${failed ? 'failed' : ''} ${waits ? 'waits' : ''}`}
          x={x}
          y="1"
          width={width}
          height="6"
        >
          <title>{`${NAMES[step]}: ${duration(took)}`}</title>
        </rect>
      ))}
    </svg>
  );
}

function Outcome({ iteration }: { readonly iteration: PanelIteration }) {
  const { status, word, best, startedAt, endedAt, cost } = iteration;
  const [name, tone] = STEP_ICON[status];
  return (
    <span class="outcome">
      {best ? <Icon name="star" /> : <Icon name={name} tone={tone} />}
      <span class="unseen">{STEP_WORD[status]}: </span>
      <span class="cut">{best ? l10n.t('Best so far, {0}', word) : word}</span>
      <span class="numbers dim">
        <Age start={startedAt} end={endedAt} /> · {cost}
      </span>
    </span>
  );
}
