import * as l10n from '@vscode/l10n';
import type { PanelConsensus } from '../../src/protocol/panel-loop.ts';
import { hundredths, tenths } from '../kit/figures.ts';
import { Icon } from '../kit/icon.tsx';
import { Trust } from './trust.tsx';

/** Votes as dots, the threshold as a line, those below it as diamonds with their words in full. */
export function Consensus({ consensus }: { readonly consensus: PanelConsensus }) {
  const { votes, dissent } = consensus;
  return (
    <>
      <Strip consensus={consensus} />
      {consensus.sameFamily !== null && <p class="dim">{consensus.sameFamily}</p>}
      <div class="votes" role="list">
        {votes.map((vote) => {
          const open = vote.score === null || vote.marked;
          const icon = vote.low ? 'bad' : open ? 'question' : 'done';
          const tone = vote.low ? 'err' : open ? 'warn' : 'ok';
          return (
            <div key={vote.agentId} class="vote" role="listitem">
              <Icon name={icon} tone={tone} />
              <bdi class="cut">{vote.agentId}</bdi>
              <span class="family cut dim">{vote.family}</span>
              <span class="numbers">{vote.score === null ? '–' : hundredths(vote.score)}</span>
              <span>
                {vote.low && <b>{l10n.t('Below the threshold.')} </b>}
                {vote.findings}
                {vote.trust && ' ·'}
                <Trust trust={vote.trust} />
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
  const told = given.map((vote) => `${vote.agentId} ${hundredths(vote.score)}`).join(', ');
  return (
    <div
      class="strip"
      role="img"
      aria-label={
        told === ''
          ? l10n.t('Scores from 0.5 to 1: none; needed {0}', hundredths(threshold))
          : l10n.t('Scores from 0.5 to 1: {0}; needed {1}', told, hundredths(threshold))
      }
    >
      <span class="scale">
        <span class="axis" />
        <span class="end">{tenths(LOWEST)}</span>
        <span class="end last">{tenths(1)}</span>
        <span class="needed" style={place(threshold)}>
          <span>{l10n.t('needs {0}', hundredths(threshold))}</span>
        </span>
        {given.map((vote) => (
          <span key={vote.agentId} class={vote.low ? 'mark low' : 'mark'} style={place(vote.score)}>
            {vote.low && (
              <span class={vote.score < 0.6 ? 'label start' : 'label'}>
                {vote.agentId} {hundredths(vote.score)}
              </span>
            )}
          </span>
        ))}
      </span>
    </div>
  );
}
