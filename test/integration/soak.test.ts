import { afterAll, expect, it } from 'vitest';
import { fullDisk } from '../faults/full-disk.mts';
import { journalDamage } from '../faults/journal-damage.mts';
import { killCli } from '../faults/kill-cli.mts';
import { killContainers, killContainersElsewhere } from '../faults/kill-containers.mts';
import { killEngine } from '../faults/kill-engine.mts';
import { killRealCli } from '../faults/kill-real-cli.mts';
import { lifecycles } from '../faults/lifecycles.mts';
import { asLine, complaints, type Soak } from '../faults/line.mts';
import { providerTrouble } from '../faults/provider-trouble.mts';
import { storeFaults } from '../faults/store-faults.mts';
import { removePrograms } from './loop/fixture.ts';

afterAll(removePrograms);

/** Of `npm run soak`; the seeds are some whose faults come in the middle of the loop. */
const LINES: readonly (readonly [string, Soak, number, number])[] = [
  ['a', killCli, 1, 24],
  ['c', storeFaults, 6, 357],
  ['d', journalDamage, 1, 1],
  ['e', fullDisk, 20, 1],
  ['g', killRealCli, 2, 13],
  ['h', lifecycles, 5, 5],
  ['i', providerTrouble, 4, 3],
  ['j', killContainers, 3, 18],
  ['k', killEngine, 2, 13],
  ['l', killContainersElsewhere, 3, 12],
];

it.skipIf(process.platform !== 'linux').each(LINES)(
  'nothing is lost, doubled or left behind (soak, line %s)',
  async (_id, soak, rounds, seed) => {
    const tally = await soak.run({ rounds, seed, short: true, say: () => undefined });
    if ('skipped' in tally) {
      process.stdout.write(`Skipped: ${tally.skipped}\n`);
      return;
    }
    process.stdout.write(`${asLine(soak.id, soak.title, tally)}\n`);
    expect(complaints(tally, soak.floor).join('\n')).toBe('');
  },
  240_000,
);
if (process.platform !== 'linux') process.stdout.write('Skipped: the soak reads what is left from /proc.\n');
