import { useRef } from 'preact/hooks';
import type { PanelLoop } from '../../src/protocol/webview.ts';
import { Age } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import type { Send } from './panel-state.ts';
import { Icon } from '../kit/icon.tsx';

interface Props {
  readonly iteration: number;
  readonly ask: NonNullable<PanelLoop['ask']>;
  readonly decision: PanelLoop['decision'];
  readonly send: Send;
}

const LABEL = 'Feedback for ITERATE, one item a line; reason for PROCEED and ABORT';
const HINT = 'Feedback for ITERATE, one item a line. For PROCEED or ABORT: your reason, for the record.';

/** What is due from the person; nothing is chosen beforehand. */
export function DecisionCard({ iteration, ask, decision, send }: Props) {
  const text = useRef<HTMLTextAreaElement>(null);
  return (
    <section class="card due" aria-labelledby="decision-title">
      <div class="card-head">
        <Icon name="law" />
        <h2 id="decision-title">Decide iteration {iteration}</h2>
        <span class="dim">
          waiting <Age start={ask.since} /> · nothing runs and nothing is spent
        </span>
      </div>
      {decision && (
        <p class="pad">
          {decision.by} would <b>{decision.decision}</b>
          {decision.reason && ': “'}
          <bdi>{decision.reason}</bdi>
          {decision.reason && '”'}
        </p>
      )}
      <p class="pad dim">
        <bdi>{ask.message}</bdi>
      </p>
      <div class="choices">
        {ask.choices.map((choice) => (
          <div key={choice.decision} class="choice">
            <h3>
              {choice.decision}
              {choice.recommended && <span class="tag">recommended</span>}
            </h3>
            <p>{choice.text}</p>
            <Button
              name={`decide-${choice.decision}`}
              label={choice.decision.charAt(0) + choice.decision.slice(1).toLowerCase()}
              primary={choice.recommended}
              onClick={() => send.decide(choice.decision, text.current?.value ?? '')}
            />
          </div>
        ))}
      </div>
      <div class="pad">
        <textarea
          class="vscode-textarea"
          ref={text}
          rows={2}
          data-key="decision-text"
          aria-label={LABEL}
          placeholder={HINT}
        />
      </div>
    </section>
  );
}
