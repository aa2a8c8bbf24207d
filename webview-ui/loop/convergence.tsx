import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import type { PanelLoop, PanelSeries } from '../../src/protocol/panel-loop.ts';
import { Button } from '../kit/button.tsx';

interface Props {
  readonly convergence: PanelLoop['convergence'];
  /** The empty part is what is left of them. */
  readonly maxIterations: number;
}

/** Small pictures of the same iterations, one for each quantity, or the same as a table. */
export function Convergence({ convergence, maxIterations }: Props) {
  const [asTable, setAsTable] = useState(false);
  const { verdict, series } = convergence;
  if (series.every(({ values }) => values.every((value) => value === null))) return null;
  return (
    <section data-block="convergence" id="convergence" tabIndex={-1} aria-label={l10n.t('Convergence')}>
      <div class="section-head">
        <h2>
          {l10n.t('Convergence')} <span class="dim">{verdict}</span>
        </h2>
        <Button
          bare
          name="convergence-table"
          label={asTable ? l10n.t('Show pictures') : l10n.t('Show as table')}
          icon="table"
          pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      </div>
      {asTable ? (
        <Table series={series} />
      ) : (
        <div class="pictures">
          {series.map((each) => (
            <Picture key={each.title} series={each} count={maxIterations} />
          ))}
        </div>
      )}
    </section>
  );
}

function Table({ series }: { readonly series: readonly PanelSeries[] }) {
  const rows = series[0]?.values.map((_, index) => index) ?? [];
  return (
    <table class="figures">
      <thead>
        <tr>
          <th scope="col">{l10n.t('Iteration')}</th>
          {rows.map((row) => (
            <th key={row} scope="col">
              {row + 1}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {series.map(({ title, words }) => (
          <tr key={title}>
            <th scope="row">{title}</th>
            {words.map((word, index) => (
              <td key={index}>{word}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const WIDTH = 140;
const HEIGHT = 34;
const PAD = 4;

function Picture({ series, count }: { readonly series: PanelSeries; readonly count: number }) {
  const { title, now, words, kind } = series;
  const told = words.map((word, index) => `${index + 1}: ${word}`).join(', ');
  return (
    <figure>
      <figcaption>
        <span class="dim">{title}</span>
        <span class="numbers">{now}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={l10n.t('{0} by iteration. {1}', title, told)}
      >
        <line class="axis" x1="0" x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
        {Array.from({ length: count }, (_, index) => (
          <line
            key={index}
            class="axis"
            x1={middle(index, count)}
            x2={middle(index, count)}
            y1={HEIGHT - 3}
            y2={HEIGHT - 1}
          />
        ))}
        {kind === 'line' ? <Line series={series} count={count} /> : <Bars series={series} count={count} />}
      </svg>
    </figure>
  );
}

interface DrawnProps {
  readonly series: PanelSeries;
  readonly count: number;
}

/** The middle of an iteration's place on the x axis. */
const middle = (index: number, count: number) => ((index + 0.5) / count) * WIDTH;

/** Rates, from the lowest one of interest to 1. */
function Line({ series, count }: DrawnProps) {
  const { values, threshold } = series;
  const known = values.flatMap((value, index) => (value === null ? [] : [{ value, index }]));
  const lowest = Math.min(...known.map(({ value }) => value), threshold ?? 1) - 0.05;
  const y = (value: number) => PAD + ((1 - value) / (1 - lowest)) * (HEIGHT - 2 * PAD);
  const points = known.map(({ value, index }) => `${middle(index, count)},${y(value)}`).join(' ');
  return (
    <>
      {threshold !== null && <line class="threshold" x1="0" x2={WIDTH} y1={y(threshold)} y2={y(threshold)} />}
      <polyline class="curve" points={points} />
      {known.map(({ value, index }) => {
        const isLow = threshold !== null && value < threshold;
        return (
          <circle
            key={index}
            class={isLow ? 'dot low' : 'dot'}
            cx={middle(index, count)}
            cy={y(value)}
            r={isLow ? 3 : 2.5}
          />
        );
      })}
    </>
  );
}

/** Amounts, from 0 to the largest. */
function Bars({ series, count }: DrawnProps) {
  const largest = Math.max(...series.values.map((value) => value ?? 0), 1e-9);
  const width = Math.min(14, (WIDTH / count) * 0.7);
  const newest = series.values.length - 1;
  return (
    <>
      {series.values.map((value, index) => {
        if (value === null) return null;
        const height = Math.max(1, (value / largest) * (HEIGHT - 2 * PAD));
        return (
          <rect
            key={index}
            class={index === newest ? 'amount newest' : 'amount'}
            x={middle(index, count) - width / 2}
            y={HEIGHT - 1 - height}
            width={width}
            height={height}
          />
        );
      })}
    </>
  );
}
