import type { PanelLoop } from '../../src/protocol/webview.ts';
import { Icon } from '../kit/icon.tsx';
import { Meter } from '../kit/meter.tsx';
import { STEP_ICON } from './status.ts';

/** Evidence and confidence stand apart: what we ran, and what agents claim. */
export function Gate({ gate }: { readonly gate: NonNullable<PanelLoop['gate']> }) {
  const evidence = gate.evidenceOk === null ? 'warning' : gate.evidenceOk ? 'done' : 'bad';
  return (
    <section class="card">
      <div class="card-head">
        <Icon name={gate.passed ? 'done' : 'bad'} tone={gate.passed ? 'ok' : 'err'} />
        <h2>{gate.passed ? 'Gate passed' : 'Gate failed'}</h2>
        <span class="dim">on the combined work of iteration {gate.iteration}</span>
      </div>
      <div class="halves">
        <div>
          <h3>
            Evidence <span class="dim">we ran it</span>
          </h3>
          <p>
            <Icon name={evidence} tone={STEP_ICON[evidence][1]} /> {gate.evidence}
          </p>
        </div>
        <div>
          <h3>
            Confidence <span class="dim">they claim it</span>
          </h3>
          <p>
            {gate.confidence.toFixed(2)}, needs {gate.threshold.toFixed(2)}
          </p>
          <Meter
            value={gate.confidence}
            threshold={gate.threshold}
            label={`${gate.confidence.toFixed(2)} of 1, threshold ${gate.threshold.toFixed(2)}`}
          />
        </div>
      </div>
      <p class="pad">{gate.sentence}</p>
      {gate.reasons.length > 0 && (
        <ul class="reasons">
          {gate.reasons.map((reason, index) => (
            <li key={index}>
              <bdi>{reason}</bdi>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
