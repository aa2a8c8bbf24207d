import type { PanelConsensus } from '../../src/protocol/panel-loop.ts';
import { Icon } from '../kit/icon.tsx';

/** Votes as dots, the threshold as a line, those below it as diamonds with their words in full. */
export function Consensus({ consensus }: { readonly consensus: PanelConsensus }) {
  const { votes, dissent } = consensus;
  return (
    <>
      <Strip consensus={consensus} />
      <div class="votes" role="list">
        {votes.map((vote) => {
          const icon = vote.score === null ? 'question' : vote.low ? 'bad' : 'done';
          const tone = vote.score === null ? 'warn' : vote.low ? 'err' : 'ok';
          return (
            <div key={vote.agentId} class="vote" role="listitem">
              <Icon name={icon} tone={tone} />
              <bdi class="cut">{vote.agentId}</bdi>
              <span class="family cut dim">{vote.family}</span>
              <span class="numbers">{vote.score?.toFixed(2) ?? '–'}</span>
              <span>
                {vote.low && <b>Below the threshold. </b>}
                {vote.findings}
              </span>
            </div>
          );
        })}
      </div>
      {dissent.map((finding, index) => (
        <blockquote key={index}>
          <p>
            <b>
              <bdi>{finding.by}</bdi>, {finding.severity}:
            </b>{' '}
            “<bdi>{finding.text}</bdi>”{' '}
            {finding.place && (
              <span class="dim mono">
                <bdi>{finding.place}</bdi>
              </span>
            )}
          </p>
          <p class="dim">
            <bdi>{finding.proof}</bdi>
          </p>
        </blockquote>
      ))}
    </>
  );
}

const LOWEST = 0.5;

/** From 0.5 to 1; what lies lower stands at the start with its number. */
const place = (score: number) => ({
  insetInlineStart: `${((Math.max(LOWEST, Math.min(1, score)) - LOWEST) / (1 - LOWEST)) * 100}%`,
});

function Strip({ consensus }: { readonly consensus: PanelConsensus }) {
  const { votes, threshold } = consensus;
  const given = votes.flatMap((vote) => (vote.score === null ? [] : [{ ...vote, score: vote.score }]));
  const told = given.map((vote) => `${vote.agentId} ${vote.score.toFixed(2)}`).join(', ');
  return (
    <div
      class="strip"
      role="img"
      aria-label={`Scores from 0.5 to 1: ${told || 'none'}; needed ${threshold.toFixed(2)}`}
    >
      <span class="scale">
        <span class="axis" />
        <span class="end">0.5</span>
        <span class="end last">1.0</span>
        <span class="needed" style={place(threshold)}>
          <span>needs {threshold.toFixed(2)}</span>
        </span>
        {given.map((vote) => (
          <span key={vote.agentId} class={vote.low ? 'mark low' : 'mark'} style={place(vote.score)}>
            {vote.low && (
              <span class={vote.score < 0.6 ? 'label start' : 'label'}>
                {vote.agentId} {vote.score.toFixed(2)}
              </span>
            )}
          </span>
        ))}
      </span>
    </div>
  );
}
