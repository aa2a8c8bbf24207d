import { Fragment } from 'preact';
import type { PanelLoop } from '../../src/protocol/webview.ts';
import { Icon } from '../kit/icon.tsx';
import { STEP_ICON, STEP_WORD } from './status.ts';

type Step = PanelLoop['steps'][number];

const Arrow = () => (
  <li class="arrow" aria-hidden="true">
    <Icon name="arrow" />
  </li>
);

export function Diagram({ steps, wayBack }: Pick<PanelLoop, 'steps' | 'wayBack'>) {
  return (
    <nav aria-label="Loop">
      <ol class="steps">
        {steps.map((step) => (
          <Fragment key={step.title}>
            <StepBox step={step} />
            <Arrow />
          </Fragment>
        ))}
        <li class="home dim">
          Bring home
          <br />
          merge is yours
        </li>
      </ol>
      <div class={`way-back ${wayBack.taken ? 'taken' : ''}`}>
        <span class="path" aria-hidden="true"></span>
        <span>{wayBack.text}</span>
      </div>
    </nav>
  );
}

function StepBox({ step }: { readonly step: Step }) {
  const [name, tone] = STEP_ICON[step.status];
  const isHere = step.status === 'now' || step.status === 'need';
  return (
    <li class={`step step-${step.status}`} aria-current={isHere ? 'step' : undefined}>
      <div class="step-title">
        <Icon name={name} tone={tone} />
        <b>{step.title}</b>
        <span class="unseen">{STEP_WORD[step.status]}</span>
        <small>{step.subtitle}</small>
      </div>
      {step.lines.map((line, index) => (
        <div key={index} class="dim">
          {line || '\u00a0'}
        </div>
      ))}
    </li>
  );
}
