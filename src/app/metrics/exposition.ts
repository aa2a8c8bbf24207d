import type { HistogramFamily, Labels, MetricFamily } from './families.ts';

/** The text format of Prometheus, version 0.0.4. Families without a sample keep their head, so that all names show. */
export function exposition(families: readonly MetricFamily[]): string {
  return families
    .flatMap((family) => [
      `# HELP ${family.name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
      `# TYPE ${family.name} ${family.type}`,
      ...(family.type === 'histogram'
        ? family.samples.flatMap((sample) => histogramLines(family, sample))
        : family.samples.map(({ labels, value }) => sampleLine(family.name, labels, value))),
    ])
    .map((line) => `${line}\n`)
    .join('');
}

function histogramLines(
  { name, buckets }: HistogramFamily,
  { labels, values }: HistogramFamily['samples'][number],
): readonly string[] {
  const within = (bound: number) => values.filter((value) => value <= bound).length;
  return [
    ...buckets.map((bound) =>
      sampleLine(`${name}_bucket`, { ...labels, le: numberText(bound) }, within(bound)),
    ),
    sampleLine(`${name}_bucket`, { ...labels, le: '+Inf' }, values.length),
    sampleLine(
      `${name}_sum`,
      labels,
      values.reduce((sum, value) => sum + value, 0),
    ),
    sampleLine(`${name}_count`, labels, values.length),
  ];
}

function sampleLine(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}
