import * as l10n from '@vscode/l10n';
import { Fragment } from 'preact';
import type { PanelGate } from '../../src/protocol/panel-loop.ts';
import { hundredths } from '../kit/figures.ts';
import { Icon } from '../kit/icon.tsx';
import { Meter } from '../kit/meter.tsx';
import { Trust } from './trust.tsx';

/** Evidence and confidence stand apart: what we ran, and what agents claim. */
export function Gate({ gate }: { readonly gate: PanelGate }) {
  return (
    <>
      <div class="halves">
        <div>
          <h3>
            {l10n.t('Evidence')} <span class="dim">{l10n.t('we ran it')}</span>
          </h3>
          <Evidence gate={gate} />
        </div>
        <div>
          <h3>
            {l10n.t('Confidence')} <span class="dim">{l10n.t('they claim it')}</span>
          </h3>
          <Confidence gate={gate} />
        </div>
      </div>
      <div class="say">
        <p>{gate.sentence}</p>
        {gate.reasons.map((reason, index) => (
          <p key={index} class="dim">
            <bdi>{reason}</bdi>
          </p>
        ))}
        {gate.notes.map((note, index) => (
          <p key={index} class="dim">
            <bdi>{note}</bdi>
          </p>
        ))}
      </div>
    </>
  );
}

const MARK = {
  true: ['done', 'ok', l10n.t('passed')],
  false: ['bad', 'err', l10n.t('failed')],
  null: ['cancelled', 'dim', l10n.t('not counted')],
} as const;

function Evidence({ gate }: { readonly gate: PanelGate }) {
  if (gate.evidence.length === 0) return <p class="dim">{l10n.t('No command was run.')}</p>;
  return (
    <table class="evidence">
      <thead class="unseen">
        <tr>
          <th scope="col">{l10n.t('Result')}</th>
          <th scope="col">{l10n.t('Command')}</th>
          <th scope="col">{l10n.t('What it said')}</th>
          <th scope="col">{l10n.t('Needed')}</th>
        </tr>
      </thead>
      <tbody>
        {gate.evidence.map(({ check, kind, ok, result, need, baseline }, index) => {
          const [icon, tone, word] = MARK[`${ok}`];
          return (
            <tr key={index}>
              <td class="mark">
                <Icon name={icon} tone={tone} />
                <span class="unseen">{word}</span>
              </td>
              <th scope="row" class="mono">
                <bdi>{check}</bdi>
                {kind !== '' && <span class="dim"> {kind}</span>}
              </th>
              <td>{result}</td>
              <td class="dim">
                {need}
                <br />
                {baseline}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Confidence({ gate }: { readonly gate: PanelGate }) {
  const { claims, confidence, threshold } = gate;
  const told = (value: number) => l10n.t('{0} of 1, needs {1}', hundredths(value), hundredths(threshold));
  return (
    <div class="claims">
      {claims.map((claim) => (
        <Fragment key={claim.agentId}>
          <span>
            <bdi>{claim.agentId}</bdi>
            <Trust trust={claim.trust} />
          </span>
          {claim.confidence === null ? (
            <span class="dim">{l10n.t('no result: no claim')}</span>
          ) : (
            <Meter value={claim.confidence} threshold={threshold} label={told(claim.confidence)} />
          )}
          <span class="numbers">{claim.confidence === null ? '–' : hundredths(claim.confidence)}</span>
        </Fragment>
      ))}
      <b>{l10n.t('Mean')}</b>
      <Meter value={confidence} threshold={threshold} label={told(confidence)} />
      <b class="numbers">{hundredths(confidence)}</b>
    </div>
  );
}
