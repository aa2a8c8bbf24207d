/**
 * `npm run bench`: how far from what the machine allows, each figure beside its limit from the same run.
 * `--only a,b` some of them · `--short` few samples · `--json FILE` for comparison · `--write` the page in docs.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { agents } from '../test/bench/agents.bench.mts';
import { containers } from '../test/bench/containers.bench.mts';
import { editor } from '../test/bench/editor.bench.mts';
import { gate } from '../test/bench/gate.bench.mts';
import { journal } from '../test/bench/journal.bench.mts';
import { keys } from '../test/bench/keys.bench.mts';
import type { Bench } from '../test/bench/measure.mts';
import { panel } from '../test/bench/panel.bench.mts';
import { asJson, asPage, asText, type Outcome } from '../test/bench/report.mts';
import { queryCache } from '../test/bench/query-cache.bench.mts';
import { review } from '../test/bench/review.bench.mts';
import { signals } from '../test/bench/signals.bench.mts';
import { tree } from '../test/bench/tree.bench.mts';
import { worktrees } from '../test/bench/worktrees.bench.mts';
import { findRedisServer } from './redis-server.mts';
import { demand } from './run-command.mts';

const BENCHES: readonly Bench[] = [
  agents,
  containers,
  journal,
  gate,
  signals,
  worktrees,
  queryCache,
  review,
  panel,
  tree,
  keys,
  editor,
];
const PAGE = path.resolve(import.meta.dirname, '../docs/benchmarks.md');

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const names = values.only?.split(',');
const unknown = names?.find((name) => !BENCHES.some(({ id }) => id === name));
if (unknown !== undefined) {
  console.error(`--only does not know "${unknown}"; it takes ${BENCHES.map(({ id }) => id).join(', ')}.`);
  process.exit(2);
}
if (values.write && (names || values.short)) {
  console.error('--write makes the page from a whole run; leave out --only and --short.');
  process.exit(2);
}

// Without it the figures that need it say so.
await findRedisServer();
const outcomes: Outcome[] = [];
for (const bench of BENCHES.filter(({ id }) => names?.includes(id) ?? true)) {
  console.log(`\n${bench.title}`);
  const rows = await bench.run({ short: values.short, say: (line) => console.log(line) });
  const outcome: Outcome = { title: bench.title, rows };
  outcomes.push(outcome);
  console.log(asText(outcome));
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(asJson(outcomes), null, 1)}\n`);
if (values.write) {
  await writeFile(PAGE, asPage(outcomes));
  await demand('npx', ['oxfmt', PAGE]);
}
