import type { PanelIteration, PanelStep } from '../../src/protocol/webview.ts';
import { Age, useNow } from '../kit/age.tsx';
import { Icon } from '../kit/icon.tsx';
import { STEP_ICON, STEP_WORD } from './status.ts';

const NAMES: Readonly<Record<PanelStep, string>> = {
  implement: 'Implement',
  gate: 'Gate',
  validate: 'Validate',
  decide: 'Decide',
};

/** Each iteration as a bar that is as long as it took, in parts for its steps. */
export function Iterations({ iterations }: { readonly iterations: readonly PanelIteration[] }) {
  const running = iterations.some((each) => each.endedAt === null);
  const now = useNow(running);
  if (iterations.length === 0) return null;
  const longest = Math.max(...iterations.map((each) => (each.endedAt ?? now) - each.startedAt), 1);
  return (
    <section>
      <h2>Iterations</h2>
      <ol class="iterations">
        {iterations.map((each) => (
          <li key={each.number} aria-current={each.endedAt === null ? 'true' : undefined}>
            <span class="numbers">{each.number}</span>
            <Bar iteration={each} now={now} longest={longest} />
            <Outcome iteration={each} />
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
    return { step, failed, took, x, width: Math.max(1, (took / longest) * WIDTH - 1) };
  });
  return (
    <svg class="bar" viewBox={`0 0 ${WIDTH} 8`} preserveAspectRatio="none" aria-hidden="true">
      {parts.map(({ step, failed, took, x, width }) => (
        <rect
          key={step}
          class={`part-${step} ${failed ? 'failed' : ''}`}
          x={x}
          y="1"
          width={width}
          height="6"
        >
          <title>{`${NAMES[step]}: ${Math.round(took / 1000)} s`}</title>
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
      <span>{best ? `${word}, best so far` : word}</span>
      <span class="numbers dim">
        <Age start={startedAt} end={endedAt} /> · {cost}
      </span>
    </span>
  );
}
