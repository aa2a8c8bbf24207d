/** Every byte offset and every bit of a journal's last records, and bytes in its middle, damaged. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFiles } from '../../src/adapters/journal/durable-files.ts';
import { openJournal, readJournal } from '../../src/adapters/journal/journal-file.ts';
import { encodeLine } from '../../src/adapters/journal/line.ts';
import { aLoopOf } from '../bench/long-loop.mts';
import { newTally, type Soak, type Tally } from './line.mts';
import { createRandom } from './random.mts';

const EVENTS = 12;
const LAST_RECORDS = 3;

interface Whole {
  readonly bytes: Buffer;
  readonly events: readonly unknown[];
  /** Where each record begins, and the end of the last one. */
  readonly starts: readonly number[];
}

interface Damage {
  readonly what: string;
  readonly bytes: Buffer;
  /** How many events stand before the damage. */
  readonly prefix: number;
  /** Events follow the damage, so that nothing may be cut. */
  readonly middle: boolean;
}

function wholeJournal(): Whole {
  const events: unknown[] = [];
  for (const batch of aLoopOf(EVENTS)) events.push(...batch);
  const lines = events
    .slice(0, EVENTS)
    .map((event, index) => encodeLine({ seq: index + 1, epoch: 1, event }));
  const starts = [0];
  for (const line of lines) starts.push((starts.at(-1) ?? 0) + line.length);
  return { bytes: Buffer.concat(lines), events: events.slice(0, EVENTS), starts };
}

const recordAt = ({ starts }: Whole, offset: number): number =>
  starts.findLastIndex((start) => start <= offset);

function flipped(whole: Whole, offset: number, bit: number): Damage {
  const bytes = Buffer.from(whole.bytes);
  bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
  const prefix = recordAt(whole, offset);
  return { what: `bit ${bit} of byte ${offset}`, bytes, prefix, middle: prefix < EVENTS - 1 };
}

/** `step` above 1 leaves cases out, for a short run. */
function* damages(whole: Whole, seed: number, step: number): Generator<Damage> {
  const tail = whole.starts[EVENTS - LAST_RECORDS] ?? 0;
  for (let end = tail; end < whole.bytes.length; end += step) {
    const bytes = whole.bytes.subarray(0, end);
    yield { what: `cut at byte ${end}`, bytes, prefix: recordAt(whole, end), middle: false };
  }
  for (let bit = 0; bit < 8 * (whole.bytes.length - tail); bit += step * step)
    yield flipped(whole, tail + Math.floor(bit / 8), bit % 8);
  const random = createRandom(seed);
  for (let offset = 0; offset < tail; offset += step) yield flipped(whole, offset, random.whole(0, 7));
}

class Trial {
  private readonly folder: string;
  private readonly whole: Whole;
  private readonly tally: Tally;
  torn = 0;
  damaged = 0;

  constructor(folder: string, whole: Whole, tally: Tally) {
    this.folder = folder;
    this.whole = whole;
    this.tally = tally;
  }

  async of(damage: Damage): Promise<void> {
    const path = join(this.folder, 'journal.ndjson');
    await writeFile(path, damage.bytes);
    this.tally.faults += 1;
    this.tally.acknowledged += damage.prefix;
    try {
      await (damage.middle ? this.reported(path, damage) : this.cutBack(path, damage));
    } catch (error) {
      this.tally.failures.push(`${damage.what}: ${String(error)}`);
    }
    for (const name of await readdir(this.folder)) await rm(join(this.folder, name));
  }

  /** What is damaged is the end alone: all before it is there, goes on, and the rest is kept aside. */
  private async cutBack(path: string, damage: Damage): Promise<void> {
    const { prefix, bytes } = damage;
    const read = await readJournal(nodeFiles, path);
    this.count(read.ok ? read.value.map(({ event }) => event) : [], prefix);
    const journal = await openJournal({
      path,
      epoch: 2,
      files: nodeFiles,
      stillHeld: () => Promise.resolve(true),
    });
    if (!journal.ok) throw new Error(journal.error.message);
    const added = await journal.value.append([{ type: 'after' }]);
    await journal.value.close();
    if (!added.ok) throw new Error(added.error.message);
    const again = await readJournal(nodeFiles, path);
    if (!again.ok) throw new Error(again.error.message);
    const last = again.value.at(-1);
    if (last?.seq !== prefix + 1 || JSON.stringify(last.event) !== '{"type":"after"}')
      throw new Error(`the next event is ${last?.seq ?? 'missing'} and not ${prefix + 1}`);
    this.count(
      again.value.slice(0, -1).map(({ event }) => event),
      prefix,
    );
    const tail = bytes.subarray(this.whole.starts[prefix] ?? 0);
    if (tail.length === 0) return;
    const aside = (await readdir(this.folder)).find((name) => name.includes('.torn-'));
    if (aside === undefined || !(await readFile(join(this.folder, aside))).equals(tail))
      throw new Error('what was cut is not kept aside');
    this.torn += 1;
  }

  private async reported(path: string, damage: Damage): Promise<void> {
    const open = openJournal({ path, epoch: 2, files: nodeFiles, stillHeld: () => Promise.resolve(true) });
    for (const result of [await readJournal(nodeFiles, path), await open]) {
      if (result.ok || result.error.kind !== 'damaged') throw new Error('the damage is not reported');
      if (!result.error.message.includes(`after event ${damage.prefix} `))
        throw new Error(result.error.message);
      if (!(await readFile(result.error.keptAside)).equals(damage.bytes)) throw new Error('the copy differs');
    }
    if (!(await readFile(path)).equals(damage.bytes)) throw new Error('the journal was changed');
    this.damaged += 1;
  }

  private count(events: readonly unknown[], prefix: number): void {
    const expected = this.whole.events.slice(0, prefix).map((event) => JSON.stringify(event));
    const found = events.map((event) => JSON.stringify(event));
    this.tally.lost += expected.filter((event, index) => found[index] !== event).length;
    if (found.length > prefix) throw new Error(`${found.length - prefix} events are accepted that are none`);
    this.tally.duplicated += found.length - new Set(found).size - (expected.length - new Set(expected).size);
  }
}

export const journalDamage: Soak = {
  id: 'd',
  title: 'every byte and bit of the last records of a journal, and its middle, damaged',
  rounds: 1,
  floor: 4,
  async run({ seed, short }) {
    const tally = newTally();
    const folder = await mkdtemp(join(tmpdir(), 'cfn-soak-journal-'));
    try {
      const whole = wholeJournal();
      const trial = new Trial(folder, whole, tally);
      for (const damage of damages(whole, seed, short ? 13 : 1)) await trial.of(damage);
      tally.notes.push(
        `${trial.torn} torn tails kept aside, ${trial.damaged} damages in the middle reported`,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return tally;
  },
};
