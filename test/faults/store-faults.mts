/** The coordination store is killed, frozen and emptied while a loop runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { findStore } from '../../src/adapters/coordination/store-launch.ts';
import { compare, createFaultBench, journaled, TASK, type FaultBench } from './bench.mts';
import { census, orphansOf, storeOf } from './census.mts';
import { addOrphans, newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { eachRound, roundOf, seedOf, type Random } from './random.mts';
import { outcomeOf, undisturbedLoop, type Undisturbed } from './undisturbed.mts';

const FAULTS_PER_LOOP = 3;
const KINDS = ['kill', 'freeze', 'empty'] as const;

interface Fault {
  readonly event: number;
  readonly kind: (typeof KINDS)[number];
  readonly frozenMs: number;
}

function drawFaults(random: Random, events: number, count: number): readonly Fault[] {
  return Array.from({ length: count }, () => ({
    event: random.whole(1, events - 3),
    kind: random.pick(KINDS),
    frozenMs: random.whole(500, 4000),
  })).toSorted((left, right) => left.event - right.event);
}

async function empty({ store }: FaultBench): Promise<boolean> {
  const folder = store()
    ?.folder(TASK)
    .replace(/\/loops\/[^/]+$/, '');
  const found = folder === undefined ? null : await findStore(folder);
  const client = found && (await openRespClient({ url: found.adminUrl, deadlineMs: 2000 }));
  if (!client?.ok) return false;
  const keys = await client.value.command(['KEYS', '*']);
  const names = keys.ok && Array.isArray(keys.value) ? keys.value.map(String) : [];
  const done = names.length > 0 && (await client.value.command(['DEL', ...names])).ok;
  client.value.close();
  return done;
}

/** False when there was no store at that moment, or nothing in it. */
async function inflict(place: FaultBench, { kind, frozenMs }: Fault): Promise<boolean> {
  if (kind === 'empty') return empty(place);
  const pid = storeOf(place);
  if (pid === null) return false;
  if (kind === 'kill') return process.kill(pid, 'SIGKILL');
  process.kill(pid, 'SIGSTOP');
  await sleep(frozenMs);
  return process.kill(pid, 'SIGCONT');
}

interface Count {
  points: number;
  unverified: number;
}

async function loop(
  faults: readonly Fault[],
  expected: Undisturbed,
  tally: Tally,
  count: Count,
): Promise<readonly string[]> {
  const place = await createFaultBench();
  try {
    let seen = 0;
    let inflicting: Promise<void> = Promise.resolve();
    const { ended } = await place.bench.start(place.run, () => {
      seen += 1;
      for (const fault of faults.filter(({ event }) => event === seen))
        inflicting = inflicting.then(async () => {
          if (await inflict(place, fault)) tally.faults += 1;
        });
    });
    const run = await ended;
    await inflicting;
    tally.acknowledged += run.events.length;
    compare(run.events, await journaled(place.store(), TASK), tally);
    const { orphans, named } = orphansOf(await census(place), expected.left);
    tally.orphans = addOrphans(tally.orphans, orphans);
    const outcome = outcomeOf(place, run);
    // Honest about a store that did not answer; the loop goes on without it.
    const points = run.events.filter(({ type }) => type === 'TransferPoint');
    count.unverified += points.filter(({ verified }) => verified !== true).length;
    count.points += points.length;
    return [
      ...named,
      ...(outcome === expected.outcome
        ? []
        : [`ended as ${outcome}, undisturbed ${expected.outcome}: ${run.stderr}`]),
    ];
  } finally {
    place.remove();
  }
}

async function run({ rounds, seed, say }: SoakOptions): Promise<Tally> {
  const tally = newTally();
  const expected = await undisturbedLoop();
  const count: Count = { points: 0, unverified: 0 };
  const loops = Math.ceil(rounds / FAULTS_PER_LOOP);
  await eachRound(loops, async (number) => {
    const most = Math.min(FAULTS_PER_LOOP, rounds - number * FAULTS_PER_LOOP);
    const faults = drawFaults(roundOf(seed, number), expected.events, most);
    const wrong = await loop(faults, expected, tally, count);
    if (wrong.length === 0) return;
    const what = faults.map(({ kind, event }) => `${kind} at event ${event}`).join(', ');
    tally.failures.push(
      `${what} (--only c --rounds ${most} --seed ${seedOf(seed, number)}): ${wrong.join('; ')}`,
    );
    say(tally.failures.at(-1) ?? '');
  });
  tally.notes.push(
    `${count.unverified} of ${count.points} transfer points told that the store did not verify them`,
  );
  return tally;
}

export const storeFaults: Soak = {
  id: 'c',
  title: 'the coordination store killed, frozen and emptied during loops',
  rounds: 50,
  floor: 8,
  run,
};
