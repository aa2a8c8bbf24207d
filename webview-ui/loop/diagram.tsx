import * as l10n from '@vscode/l10n';
import { Fragment } from 'preact';
import type { PanelLoop, PanelStep, PanelStepView } from '../../src/protocol/panel-loop.ts';
import { fill } from '../kit/fill.tsx';
import { Icon } from '../kit/icon.tsx';
import { memo } from '../kit/memo.tsx';
import { STEP_ICON, STEP_WORD } from './status.ts';

interface Props extends Pick<PanelLoop, 'steps' | 'wayBack' | 'open'> {
  /** Opens the step's section and goes there. */
  readonly toStep: (step: PanelStep) => void;
}

/** The loop as it runs, and the way around in the panel. */
export const Diagram = memo(({ steps, wayBack, open, toStep }: Props) => {
  return (
    <nav aria-label={l10n.t('Loop')}>
      <ol class="steps">
        {steps.map((step) => (
          <Fragment key={step.step}>
            <li class="step-place">
              <StepBox step={step} here={step.step === open} onClick={() => toStep(step.step)} />
            </li>
            <li class="arrow" aria-hidden="true">
              <Icon name="arrow" />
            </li>
          </Fragment>
        ))}
        <li class="home dim">
          {l10n.t('Bring home')}
          <br />
          {l10n.t('merge is yours')}
        </li>
      </ol>
      <div class="rail">
        <Path from={wayBack.from} />
        <p class="dim">
          {wayBack.strong !== '' && <b>{wayBack.strong} </b>}
          {wayBack.text}
        </p>
      </div>
    </nav>
  );
});

interface StepProps {
  readonly step: PanelStepView;
  readonly here: boolean;
  readonly onClick: () => void;
}

function StepBox({ step, here, onClick }: StepProps) {
  const [name, tone] = STEP_ICON[step.status];
  const { changed } = step;
  const lines = changed ? step.lines.slice(0, 1) : step.lines;
  return (
    <button
      type="button"
      class={`step ${step.status} ${here ? 'here' : ''}`}
      data-key={`step-${step.step}`}
      aria-current={here ? 'step' : undefined}
      onClick={onClick}
    >
      <span class="step-title">
        <Icon name={name} tone={tone} />
        <span class="name">{step.title}</span>
        <span class="unseen">, {STEP_WORD[step.status]}</span>
        <small class="dim">{step.subtitle}</small>
      </span>
      <span class="step-lines">
        {lines.map((line, index) => (
          <span key={index}>{line}</span>
        ))}
        {changed && (
          <span>
            {fill(
              changed.files === 1 ? l10n.t('{0} {1} in 1 file') : l10n.t('{0} {1} in {2} files'),
              <span class="add">+{changed.added}</span>,
              <span class="del">−{changed.removed}</span>,
              changed.files,
            )}
          </span>
        )}
      </span>
    </button>
  );
}

/** Where the four boxes have their middles, of 1000. */
const MIDDLE = { implement: 125, gate: 375, validate: 625, decide: 875 } as const;

/** Dashed while it is a possibility, solid from the step that led back. */
function Path({ from }: { readonly from: PanelLoop['wayBack']['from'] }) {
  const way = (end: number) => `M${end} 0 V8 Q${end} 14 ${end - 6} 14 H131 Q125 14 125 8 V6`;
  return (
    <div class={from ? 'path taken' : 'path'} aria-hidden="true">
      <svg viewBox="0 0 1000 16" preserveAspectRatio="none">
        <path d={`${way(MIDDLE.decide)} M${MIDDLE.gate} 0 V13 M${MIDDLE.validate} 0 V13`} />
        {from && <path class="way" d={way(MIDDLE[from])} />}
      </svg>
      <span class="tip" />
    </div>
  );
}
