import * as l10n from '@vscode/l10n';
import type { ComponentChildren } from 'preact';
import type { PanelAgent, PanelLoop, PanelStep, PanelStepView } from '../../src/protocol/panel-loop.ts';
import { Agents } from './agents.tsx';
import { Consensus } from './consensus.tsx';
import { Block } from './block.tsx';
import { Feedback } from './feedback.tsx';
import { Gate } from './gate.tsx';
import type { Memory } from './remembered.ts';
import { Section } from './section.tsx';
import type { Send } from './send.ts';

interface Props {
  readonly loop: PanelLoop;
  readonly send: Send;
  readonly memory: Memory;
  readonly isOpen: (step: PanelStep) => boolean;
  readonly onToggle: (step: PanelStep, open: boolean) => void;
  readonly readOnly: boolean;
  readonly failed: string | null;
}

/** The steps in their order; under a due decision first what it depends on. */
export function Sections(props: Props) {
  const { loop, isOpen } = props;
  const order: readonly PanelStep[] = loop.ask
    ? ['validate', 'gate', 'implement', 'decide']
    : ['implement', 'gate', 'validate', 'decide'];
  const steps = order.flatMap((name) => loop.steps.find((step) => step.step === name) ?? []);
  return groups(steps, isOpen).map((group) => (
    <div key={group.map((step) => step.step).join()} class={isOpen(group[0]?.step ?? 'gate') ? '' : 'folds'}>
      {group.map((step) => (
        <StepSection key={step.step} {...props} step={step} />
      ))}
    </div>
  ));
}

/** Folded steps in a row stand close together. */
function groups(steps: readonly PanelStepView[], isOpen: (step: PanelStep) => boolean): PanelStepView[][] {
  const all: PanelStepView[][] = [];
  for (const step of steps) {
    const last = all.at(-1);
    if (last?.[0] && !isOpen(last[0].step) && !isOpen(step.step)) last.push(step);
    else all.push([step]);
  }
  return all;
}

function StepSection(props: Props & { readonly step: PanelStepView }) {
  const { step, loop, isOpen, onToggle } = props;
  const { title, about, content } = CONTENT[step.step](props);
  return (
    <Section step={step} open={isOpen(step.step)} title={title} about={about} onToggle={onToggle}>
      <Block name={step.title} version={loop}>
        {content}
      </Block>
    </Section>
  );
}

interface Content {
  readonly title: string;
  readonly about: string;
  readonly content: ComponentChildren;
}

const CONTENT: Readonly<Record<PanelStep, (props: Props) => Content>> = {
  implement: implementContent,
  gate: gateContent,
  validate: validateContent,
  decide: decideContent,
};

const of = (loop: PanelLoop, role: PanelAgent['role']) => loop.agents.filter((agent) => agent.role === role);

function implementContent({ loop, send, readOnly }: Props): Content {
  const { feedback } = loop;
  return {
    title: l10n.t('Implement'),
    about: l10n.t('those who need you first, then by start'),
    content: (
      <>
        <Agents
          title={l10n.t('Implement')}
          agents={of(loop, 'implementer')}
          send={send}
          readOnly={readOnly}
        />
        {feedback.length > 0 && (
          <details class="told" data-key="told">
            <summary>
              {feedback.length === 1
                ? l10n.t('Iteration {0} was told 1 thing', loop.iteration)
                : l10n.t('Iteration {0} was told {1} things', loop.iteration, feedback.length)}
            </summary>
            <Feedback
              title={l10n.t('Feedback of iteration {0}', loop.iteration)}
              about={l10n.t('each agent gets what is meant for it')}
              items={feedback}
              add={null}
            />
          </details>
        )}
      </>
    ),
  };
}

function gateContent({ loop, send, memory, readOnly, failed }: Props): Content {
  const { gate, nextFeedback } = loop;
  if (!gate)
    return {
      title: l10n.t('Gate'),
      about: l10n.t('not reached yet'),
      content: (
        <p class="card-body dim">
          {l10n.t(
            'Commands of yours run on the combined work; nothing that an agent claims counts as evidence.',
          )}
        </p>
      ),
    };
  const isNow = gate.iteration === loop.iteration;
  const showNext = isNow && !readOnly && loop.active && (!gate.passed || loop.ask !== null);
  return {
    title: gate.passed ? l10n.t('Gate passed') : l10n.t('Gate failed'),
    about: isNow ? gate.on : l10n.t('{0}, in iteration {1}', gate.on, gate.iteration),
    content: (
      <>
        <Gate gate={gate} />
        {showNext && (
          <Feedback
            title={l10n.t('Feedback for iteration {0}', loop.iteration + 1)}
            about={l10n.t('fresh agents get exactly this')}
            items={nextFeedback}
            add={{ send, memory, failed }}
          />
        )}
      </>
    ),
  };
}

function validateContent({ loop, send, readOnly }: Props): Content {
  const { consensus } = loop;
  const crew = of(loop, 'validator');
  const agents = crew.length > 0 && (
    <Agents title={l10n.t('Validate')} agents={crew} send={send} readOnly={readOnly} />
  );
  return {
    title: consensus?.title ?? l10n.t('Validate'),
    about: consensus?.about ?? l10n.t('they review the combined commit and do not see each other’s votes'),
    content: (
      <>
        {consensus && <Consensus consensus={consensus} />}
        {consensus && crew.length > 0 ? (
          <details class="told" data-key="validators">
            <summary>{l10n.t('What each of them did')}</summary>
            {agents}
          </details>
        ) : (
          agents
        )}
      </>
    ),
  };
}

function decideContent({ loop, send, readOnly }: Props): Content {
  const crew = of(loop, 'product-owner');
  return {
    title: l10n.t('Decide'),
    about: l10n.t('the product owner proceeds, iterates or aborts'),
    content:
      crew.length > 0 ? (
        <Agents title={l10n.t('Decide')} agents={crew} send={send} readOnly={readOnly} />
      ) : (
        <p class="card-body dim">{l10n.t('A person decides; you are asked when it is due.')}</p>
      ),
  };
}
