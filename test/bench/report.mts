import { availableParallelism, cpus, totalmem } from 'node:os';
import { figure, median, rounded, spread } from '../../src/base/measure.ts';
import { meets, ratio, type Row, type Target } from './measure.mts';

export interface Outcome {
  readonly title: string;
  readonly rows: readonly Row[] | { readonly skipped: string };
}

function targetText(target: Target | null, unit: Row['unit']): string {
  if (target === null) return '–';
  switch (target.kind) {
    case 'ratio-at-most':
      return `≤ ${target.value} ×`;
    case 'at-most':
      return `≤ ${rounded(target.value)} ${unit}`;
    case 'at-least':
      return `≥ ${rounded(target.value)} ${unit}`;
    case 'limit-plus':
      return `≤ ${target.factor === 1 ? '' : `${target.factor} × `}limit + ${target.plus} ${unit}`;
  }
}

const verdict = (row: Row): string => {
  const met = meets(row);
  return met === null ? '' : met ? 'met' : 'not met';
};

export function asText({ rows }: Outcome): string {
  if ('skipped' in rows) return `  skipped: ${rows.skipped}`;
  return rows
    .map((row) =>
      [
        `  ${row.title}`,
        `    ${figure(row.samples, row.unit)}   limit ${figure(row.limit.samples, row.unit)} (${row.limit.title})`,
        `    ratio ${rounded(ratio(row))}   target ${targetText(row.target, row.unit)}   ${verdict(row)}`,
        ...(row.note === undefined ? [] : [`    ${row.note}`]),
      ].join('\n'),
    )
    .join('\n');
}

/** Medians, spreads and counts, for comparing two runs; samples are left out. */
export function asJson(outcomes: readonly Outcome[]): object {
  return {
    node: process.version,
    platform: process.platform,
    cores: availableParallelism(),
    rows: outcomes.flatMap(({ rows }) =>
      'skipped' in rows
        ? []
        : rows.map((row) => ({
            id: row.id,
            unit: row.unit,
            median: median(row.samples),
            spread: spread(row.samples),
            samples: row.samples.length,
            limit: { median: median(row.limit.samples), spread: spread(row.limit.samples) },
            ratio: ratio(row),
            met: meets(row),
          })),
    ),
  };
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

export function asPage(outcomes: readonly Outcome[]): string {
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.version}`;
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench -- --write`. Each figure is a median ± half the distance of its quartiles, and stands',
    'beside a limit or a peer that was measured in the same run, in turns with it. Compare ratios, not milliseconds:',
    'those belong to the machine.',
    '',
    `Measured on ${machine}.`,
    '',
    ...outcomes.flatMap(({ title, rows }) => [
      `## ${title}`,
      '',
      ...('skipped' in rows
        ? [`Not measured: ${rows.skipped}.`]
        : [
            '| what | measured | limit or peer | ratio | target | |',
            '| --- | --- | --- | --- | --- | --- |',
            ...rows.map((row) =>
              [
                '',
                cell(row.title + (row.note === undefined ? '' : ` (${row.note})`)),
                figure(row.samples, row.unit),
                cell(`${figure(row.limit.samples, row.unit)}: ${row.limit.title}`),
                rounded(ratio(row)),
                targetText(row.target, row.unit),
                verdict(row),
                '',
              ]
                .join(' | ')
                .trim(),
            ),
          ]),
      '',
    ]),
  ].join('\n');
}
