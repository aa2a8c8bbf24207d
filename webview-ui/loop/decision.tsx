import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import type { PanelAsk, PanelLoop } from '../../src/protocol/panel-loop.ts';
import { Age } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import { timeOfDay } from '../kit/figures.ts';
import { fill } from '../kit/fill.tsx';
import { Icon } from '../kit/icon.tsx';
import type { Memory } from './remembered.ts';
import type { Send } from './send.ts';

interface Props {
  readonly ask: PanelAsk;
  readonly send: Send;
  readonly memory: Memory;
}

type Choice = PanelAsk['choices'][number];

/** What is due from the person. Nothing is chosen beforehand; going against a recommendation takes one line. */
export function DecisionCard({ ask, send, memory }: Props) {
  const [against, setAgainst] = useState<Choice | null>(null);
  const decide = (choice: Choice, text: string): void => {
    memory.draft('decision', '');
    send.decide(choice.decision, text);
  };
  return (
    <section class="card due" data-block="decide" data-key="decision" aria-labelledby="decision-title">
      <div class="card-head">
        <Icon name="law" />
        <h2 id="decision-title">{ask.title}</h2>
        <span class="dim">
          {fill(
            l10n.t('waiting {0} · nothing runs and nothing is spent while it waits'),
            <Age start={ask.since} />,
          )}
        </span>
      </div>
      {against ? (
        <Against
          choice={against}
          memory={memory}
          onBack={() => setAgainst(null)}
          onDecide={(text) => decide(against, text)}
        />
      ) : (
        <Choices ask={ask} memory={memory} onDecide={decide} onAgainst={setAgainst} />
      )}
    </section>
  );
}

interface ChoicesProps {
  readonly ask: PanelAsk;
  readonly memory: Memory;
  readonly onDecide: (choice: Choice, text: string) => void;
  readonly onAgainst: (choice: Choice) => void;
}

const LABEL = l10n.t('Feedback for ITERATE, one item a line; reason for PROCEED and ABORT');
const HINT = l10n.t(
  'Feedback for ITERATE, one item a line. For PROCEED or ABORT: your reason, for the record.',
);

function Choices({ ask, memory, onDecide, onAgainst }: ChoicesProps) {
  const [text, setText] = useState(memory.now.drafts['decision'] ?? '');
  const { recommended } = ask;
  return (
    <>
      <div class="card-body">
        {recommended && (
          <p>
            {fill(
              recommended.reason === '' ? l10n.t('{0} would {1}') : l10n.t('{0} would {1}: “{2}”'),
              <bdi>{recommended.by}</bdi>,
              <b>{recommended.decision}</b>,
              <bdi>{recommended.reason}</bdi>,
            )}
          </p>
        )}
        <p class="dim">
          <bdi>{ask.message}</bdi>
        </p>
        {ask.facts !== '' && <p class="dim">{ask.facts}</p>}
      </div>
      <div class="choices">
        {ask.choices.map((choice) => (
          <div key={choice.decision} class={`choice ${choice.recommended ? 'recommended' : ''}`}>
            <h3>
              {choice.decision}
              {choice.recommended && <span class="tag">{l10n.t('recommended')}</span>}
            </h3>
            <p>
              {choice.text} {choice.forecast !== '' && <span class="dim forecast">{choice.forecast}</span>}
            </p>
            <Button
              name={`decide-${choice.decision}`}
              label={choice.label}
              primary={choice.recommended}
              onClick={() =>
                choice.reasonFor === null || text.trim() !== '' ? onDecide(choice, text) : onAgainst(choice)
              }
            />
          </div>
        ))}
      </div>
      <div class="card-body">
        <textarea
          class="vscode-textarea"
          rows={2}
          data-key="decision-text"
          aria-label={LABEL}
          placeholder={HINT}
          maxLength={20_000}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            memory.draft('decision', event.currentTarget.value);
          }}
        />
      </div>
    </>
  );
}

const WORD: Readonly<Record<Choice['decision'], string>> = {
  PROCEED: l10n.t('Proceed'),
  ITERATE: l10n.t('Iterate'),
  ABORT: l10n.t('Abort'),
};

interface AgainstProps {
  readonly choice: Choice;
  readonly memory: Memory;
  readonly onBack: () => void;
  readonly onDecide: (text: string) => void;
}

function Against({ choice, memory, onBack, onDecide }: AgainstProps) {
  const [text, setText] = useState(memory.now.drafts['against'] ?? '');
  return (
    <div class="card-body against">
      <label for="against-text">{choice.reasonFor}</label>
      <textarea
        id="against-text"
        class="vscode-textarea"
        rows={2}
        data-key="against-text"
        maxLength={2000}
        value={text}
        ref={(element) => {
          if (element && document.activeElement === document.body) element.focus();
        }}
        onInput={(event) => {
          setText(event.currentTarget.value);
          memory.draft('against', event.currentTarget.value);
        }}
      />
      <div class="buttons">
        <Button
          primary
          name="against-confirm"
          label={WORD[choice.decision]}
          disabled={text.trim() === ''}
          onClick={() => {
            memory.draft('against', '');
            onDecide(text);
          }}
        />
        <Button name="against-back" label={l10n.t('Back')} onClick={onBack} />
        <span class="dim">{l10n.t('Nothing is merged by this.')}</span>
      </div>
    </div>
  );
}

/** What was decided last. */
export function Decided({ decision }: { readonly decision: NonNullable<PanelLoop['decision']> }) {
  return (
    <p class="banner plain" data-key="decided">
      <Icon name="law" />
      <span>
        <b>{l10n.t('{0} at {1}.', decision.title, timeOfDay(decision.at))}</b>{' '}
        <bdi class="dim">{decision.text}</bdi>
      </span>
    </p>
  );
}
