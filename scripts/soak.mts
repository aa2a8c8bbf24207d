/**
 * `npm run soak`: faults at random moments, again and again, and what they cost.
 * `--only a,c` some lines · `--rounds N` for each · `--seed N` the same moments again · `--json FILE` for comparison
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { fullDisk } from '../test/faults/full-disk.mts';
import { journalDamage } from '../test/faults/journal-damage.mts';
import { killCli } from '../test/faults/kill-cli.mts';
import { killContainers, killContainersElsewhere } from '../test/faults/kill-containers.mts';
import { killEngine } from '../test/faults/kill-engine.mts';
import { killHost } from '../test/faults/kill-host.mts';
import { killRealCli } from '../test/faults/kill-real-cli.mts';
import { lifecycles } from '../test/faults/lifecycles.mts';
import { removePrograms } from '../test/integration/loop/fixture.ts';
import { asLine, complaints, newTally, type Soak } from '../test/faults/line.mts';
import { providerTrouble } from '../test/faults/provider-trouble.mts';
import { storeFaults } from '../test/faults/store-faults.mts';
import { windows } from '../test/faults/windows.mts';
import { findRedisServer } from './redis-server.mts';

const SOAKS: readonly Soak[] = [
  killCli,
  killHost,
  storeFaults,
  journalDamage,
  fullDisk,
  windows,
  killRealCli,
  lifecycles,
  providerTrouble,
  killContainers,
  killEngine,
  killContainersElsewhere,
];
const LETTERS = SOAKS.map(({ id }) => id).join(', ');

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}

function wholeNumber(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  return refuse(`--${name} takes a whole number from ${least} on, not "${text}".`);
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
    json: { type: 'string' },
  },
});
const only = values.only?.split(',');
const unknown = only?.find((letter) => !SOAKS.some(({ id }) => id === letter));
if (unknown !== undefined) refuse(`--only does not know "${unknown}"; it takes ${LETTERS}.`);
const rounds = wholeNumber('rounds', values.rounds, 1);
const seed = wholeNumber('seed', values.seed, 0) ?? Date.now() % 1_000_000;

/** A line that can not even set its scene is a failed one; the others still say what they have to. */
async function tallyOf(soak: Soak): ReturnType<Soak['run']> {
  const say = (text: string) => console.log(`   ${text}`);
  try {
    return await soak.run({ rounds: rounds ?? soak.rounds, seed, short: false, say });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...newTally(), failures: [`broken off: ${message}`] };
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
// Without it the line that needs it says so.
await findRedisServer();
console.log(`seed ${seed}`);
const results: unknown[] = [];
for (const soak of SOAKS.filter(({ id }) => only?.includes(id) ?? true)) {
  const startedAt = Date.now();
  const tally = await tallyOf(soak);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  if ('skipped' in tally) {
    console.log(`${soak.id}  ${soak.title}: skipped. ${tally.skipped}`);
    results.push({ id: soak.id, seed, seconds, skipped: tally.skipped });
    continue;
  }
  const wrong = complaints(tally, soak.floor);
  console.log(
    `${asLine(soak.id, soak.title, tally)}\n   ${wrong.length === 0 ? 'passed' : 'FAILED'} in ${seconds} s`,
  );
  for (const each of wrong) console.log(`   ✗ ${each}`);
  if (wrong.length > 0) process.exitCode = 1;
  results.push({ id: soak.id, seed, seconds, ...tally, passed: wrong.length === 0, complaints: wrong });
}
await removePrograms();
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 1)}\n`);
