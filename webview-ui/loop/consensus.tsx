import type { PanelLoop } from '../../src/protocol/webview.ts';
import { Icon } from '../kit/icon.tsx';
import { Meter } from '../kit/meter.tsx';

export function Consensus({ consensus }: { readonly consensus: NonNullable<PanelLoop['consensus']> }) {
  const { passed, score, threshold, votes } = consensus;
  const low = votes.filter((vote) => vote.score !== null && vote.score < threshold).length;
  return (
    <section class="card">
      <div class="card-head">
        <Icon name={passed ? 'done' : 'bad'} tone={passed ? 'ok' : 'err'} />
        <h2>
          {score === null
            ? 'No consensus: quorum missed'
            : `Consensus ${score.toFixed(2)}, needs ${threshold.toFixed(2)}`}
        </h2>
        <span class="dim">{passed && low > 0 ? `${low} below it` : 'blind votes'}</span>
      </div>
      <ul class="votes">
        {votes.map((vote) => (
          <li key={vote.agentId}>
            <span>{vote.agentId}</span>
            {vote.score === null ? (
              <span class="dim">no vote</span>
            ) : (
              <Meter
                value={vote.score}
                threshold={threshold}
                label={`${vote.score.toFixed(2)} of 1, threshold ${threshold.toFixed(2)}`}
              />
            )}
            <span class="numbers">{vote.score === null ? '–' : vote.score.toFixed(2)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
