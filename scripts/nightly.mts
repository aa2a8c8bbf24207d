/**
 * `npm run nightly`: installs every agent CLI that has a preset from npm, unmodified, and plays two whole loops with each,
 * only its model scripted on loopback; in the second one of its agents is killed.
 * `--only claude,pi` some of them · `--seed N` the same moments again · `--write` the page docs/nightly.md
 * `CFN_TEST_CLI_VERSIONS=latest`: the newest that npm has
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { PRESET_IDS, PRESETS, type PresetId } from '../src/adapters/providers/presets.ts';
import { detectAgent } from '../src/adapters/providers/detect.ts';
import { providers } from '../src/adapters/providers/registry.ts';
import { playKilled, playUndisturbed } from '../test/faults/cli-crew.mts';
import { removePrograms } from '../test/integration/loop/fixture.ts';
import { installCli } from '../test/model-server/clis.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, seed: { type: 'string' }, write: { type: 'boolean' } },
});
const only = values.only?.split(',');
const unknown = only?.find((name) => !PRESET_IDS.some((id) => id === name));
if (unknown !== undefined) {
  console.error(`--only does not know "${unknown}"; it takes ${PRESET_IDS.join(', ')}.`);
  process.exit(2);
}
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!Number.isSafeInteger(seed)) {
  console.error(`--seed takes a whole number, not "${values.seed}".`);
  process.exit(2);
}

interface Row {
  readonly cli: PresetId;
  readonly version: string;
  readonly loop: string;
  readonly killed: string;
  readonly orphans: string;
  readonly wrong: readonly string[];
}

const seconds = (value: number) => `${value.toFixed(0)} s`;

async function rowOf(cli: PresetId): Promise<Row> {
  const installed = await installCli(cli);
  const missing = { cli, version: '-', loop: '-', killed: '-', orphans: '-' };
  if (!installed.ok) return { ...missing, wrong: [installed.reason] };
  const provider = providers.get(cli);
  const found = provider && (await detectAgent(provider, { ...process.env, PATH: pathWith(installed.bin) }));
  const version = found?.version ?? 'not told';
  const quiet = await playUndisturbed({ cli, bin: installed.bin });
  if (quiet.wrong.length > 0) return { ...missing, version, loop: 'failed', wrong: quiet.wrong };
  const disturbed = await playKilled({ cli, bin: installed.bin }, quiet.left, seed);
  return {
    cli,
    version,
    loop: seconds(quiet.seconds),
    killed:
      disturbed.killed === null
        ? 'had ended before'
        : `${disturbed.killed}: ${disturbed.wrong.length > 0 ? 'failed' : seconds(disturbed.seconds)}`,
    orphans: disturbed.wrong.length === 0 ? 'none' : 'see below',
    wrong: disturbed.wrong,
  };
}

const pathWith = (bin: string) => `${bin}:${process.env['PATH'] ?? ''}`;

function page(rows: readonly Row[]): string {
  const failures = rows.flatMap(({ cli, wrong }) => wrong.map((each) => `- \`${cli}\`: ${each}`));
  const date = new Date().toISOString().slice(0, 10);
  return [
    '# Every agent CLI, through whole loops',
    '',
    'Written by `npm run nightly -- --write`. Each CLI comes unmodified from npm and is the whole crew of two loops, in the',
    'permission mode `edits`: it implements, validates and decides; only its model is scripted, on loopback. In the second loop one',
    'of its agents is killed by `kill -9` at a random moment: the loop has to end like the first one and to leave no process,',
    'worktree, lock, socket or port behind.',
    '',
    `Run on ${date}, ${process.platform} ${process.arch}, Node ${process.version}, seed ${seed}. Seconds are those of the whole loop.`,
    '',
    '| preset | program | version | a loop | an agent killed | left behind |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(
      ({ cli, version, loop, killed, orphans }) =>
        `| \`${cli}\` | ${PRESETS[cli].title} | ${version} | ${loop} | ${killed} | ${orphans} |`,
    ),
    '',
    ...(failures.length > 0 ? ['What failed:', '', ...failures, ''] : []),
    '`aider` is not on npm, and was not run.',
    '',
  ].join('\n');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.env['CFN_TEST_ALL_CLIS'] = '1';
console.log(`seed ${seed}`);
const rows: Row[] = [];
// One after the other: some of them take half a gigabyte of memory.
for (const cli of PRESET_IDS.filter((id) => only?.includes(id) ?? true)) {
  const row = await rowOf(cli).catch((error: unknown) => ({
    cli,
    version: '-',
    loop: 'failed',
    killed: '-',
    orphans: '-',
    wrong: [error instanceof Error ? error.message : String(error)],
  }));
  rows.push(row);
  console.log([row.cli, row.version, row.loop, row.killed, row.orphans, ...row.wrong].join('  '));
}
await removePrograms();
if (values.write) await writeFile(new URL('../docs/nightly.md', import.meta.url), page(rows));
process.exit(rows.every(({ wrong }) => wrong.length === 0) ? 0 : 1);
