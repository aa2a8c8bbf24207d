import type { ComponentChildren } from 'preact';
import type { PanelStep, PanelStepView } from '../../src/protocol/panel-loop.ts';
import { Icon } from '../kit/icon.tsx';
import { STEP_ICON, STEP_WORD } from './status.ts';

interface Props {
  readonly step: PanelStepView;
  readonly open: boolean;
  readonly title?: string;
  /** Stands behind the title while it is open. */
  readonly about?: string;
  readonly onToggle: (step: PanelStep, open: boolean) => void;
  readonly children: ComponentChildren;
}

/** A step's part of the panel: one line, or all of it. */
export function Section({ step, open, title = step.title, about = '', onToggle, children }: Props) {
  const [name, tone] = STEP_ICON[step.status];
  const id = `section-${step.step}`;
  return (
    <section class={open ? 'card' : 'fold'} data-block={step.step} id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        <button
          type="button"
          class="fold-button"
          data-key={id}
          aria-expanded={open}
          onClick={() => onToggle(step.step, !open)}
        >
          <span class={open ? 'chevron open' : 'chevron'}>
            <Icon name="fold" />
          </span>
          <Icon name={name} tone={tone} />
          <span class="name">{open ? title : step.title}</span>
          <span class="unseen">, {STEP_WORD[step.status]}</span>
          <span class="dim cut">{open ? about : step.summary}</span>
          {!open && step.aside !== '' && <span class="aside dim">{step.aside}</span>}
        </button>
      </h2>
      {open && children}
    </section>
  );
}
