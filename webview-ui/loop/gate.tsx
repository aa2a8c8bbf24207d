import { Fragment } from 'preact';
import type { PanelGate } from '../../src/protocol/panel-loop.ts';
import { Icon } from '../kit/icon.tsx';
import { Meter } from '../kit/meter.tsx';

/** Evidence and confidence stand apart: what we ran, and what agents claim. */
export function Gate({ gate }: { readonly gate: PanelGate }) {
  return (
    <>
      <div class="halves">
        <div>
          <h3>
            Evidence <span class="dim">we ran it</span>
          </h3>
          <Evidence gate={gate} />
        </div>
        <div>
          <h3>
            Confidence <span class="dim">they claim it</span>
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
      </div>
    </>
  );
}

const MARK = {
  true: ['done', 'ok', 'passed'],
  false: ['bad', 'err', 'failed'],
  null: ['cancelled', 'dim', 'not counted'],
} as const;

function Evidence({ gate }: { readonly gate: PanelGate }) {
  if (gate.evidence.length === 0) return <p class="dim">No command was run.</p>;
  return (
    <table class="evidence">
      <thead class="unseen">
        <tr>
          <th scope="col">Result</th>
          <th scope="col">Command</th>
          <th scope="col">What it said</th>
          <th scope="col">Needed</th>
        </tr>
      </thead>
      <tbody>
        {gate.evidence.map(({ check, ok, result, need, baseline }, index) => {
          const [icon, tone, word] = MARK[`${ok}`];
          return (
            <tr key={index}>
              <td class="mark">
                <Icon name={icon} tone={tone} />
                <span class="unseen">{word}</span>
              </td>
              <th scope="row" class="mono">
                <bdi>{check}</bdi>
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
  const told = (value: number) => `${value.toFixed(2)} of 1, needs ${threshold.toFixed(2)}`;
  return (
    <div class="claims">
      {claims.map((claim) => (
        <Fragment key={claim.agentId}>
          <bdi class="cut">{claim.agentId}</bdi>
          {claim.confidence === null ? (
            <span class="dim">no result: no claim</span>
          ) : (
            <Meter value={claim.confidence} threshold={threshold} label={told(claim.confidence)} />
          )}
          <span class="numbers">{claim.confidence?.toFixed(2) ?? '–'}</span>
        </Fragment>
      ))}
      <b>Mean</b>
      <Meter value={confidence} threshold={threshold} label={told(confidence)} />
      <b class="numbers">{confidence.toFixed(2)}</b>
    </div>
  );
}
