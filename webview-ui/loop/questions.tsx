import * as l10n from '@vscode/l10n';
import type { PanelAgent } from '../../src/protocol/panel-loop.ts';
import { Button } from '../kit/button.tsx';
import type { Send } from './send.ts';

interface Props {
  readonly agent: PanelAgent;
  readonly send: Send;
}

/** What an agent asks, with the answers that it proposes, none before another; reached like the row's actions. */
export function Questions({ agent, send }: Props) {
  return (
    <div class="questions">
      {agent.questions.map(({ id, text, choices }) => {
        const reply = (choice: number | null) => () => send.answer(agent.id, id, choice);
        return (
          <div key={id} role="group" aria-label={l10n.t('{0} asks', agent.id)} data-key={`question-${id}`}>
            <p>
              <bdi>{text}</bdi>
            </p>
            <div class="buttons">
              {choices.map((choice, index) => (
                <Button
                  key={index}
                  name={`choice-${id}-${index}`}
                  label={choice}
                  tabIndex={-1}
                  onClick={reply(index)}
                />
              ))}
              <Button
                name={`write-${id}`}
                label={l10n.t('Write an answer…')}
                tabIndex={-1}
                onClick={reply(null)}
              />
            </div>
          </div>
        );
      })}
    </div>
  );
}
