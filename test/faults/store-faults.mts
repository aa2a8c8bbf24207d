/** The coordination store fails while loops run: the embedded one, and a real Redis behind our front. */
import { findProgram } from '../integration/store-support.ts';
import { compare, createFaultBench, journaled, SLOWER, TASK, type FaultBench } from './bench.mts';
import { census, orphansOf } from './census.mts';
import { embeddedStore } from './embedded-store.mts';
import { addOrphans, newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { eachRound, roundOf, seedOf, type Random } from './random.mts';
import { realRedisStore } from './real-redis-store.mts';
import type { StoreUnderFault } from './store-under-fault.mts';
import { outcomeOf, undisturbedLoop, type Undisturbed } from './undisturbed.mts';

const FAULTS_PER_LOOP = 3;

type StoreKind = 'embedded' | 'real Redis';

interface Fault {
  readonly event: number;
  readonly kind: string;
  readonly ms: number;
}

function drawFaults(
  random: Random,
  { kinds }: StoreUnderFault,
  { events, count }: { readonly events: number; readonly count: number },
): readonly Fault[] {
  const names = Object.keys(kinds);
  return Array.from({ length: count }, () => ({
    event: random.whole(1, events - 3),
    kind: names[random.whole(0, names.length - 1)] ?? '',
    ms: random.whole(300, 3000),
  })).toSorted((left, right) => left.event - right.event);
}

/** What was done to one kind of store, for the notes. */
interface Count {
  loops: number;
  readonly inflicted: Map<string, number>;
  points: number;
  unverified: number;
}

interface Trial {
  readonly place: FaultBench;
  readonly store: StoreUnderFault;
  readonly faults: readonly Fault[];
  readonly expected: Undisturbed;
  readonly tally: Tally;
  readonly count: Count;
}

async function loopUnderFaults({ place, store, faults, tally, count }: Trial) {
  let seen = 0;
  let over = false;
  let inflicting: Promise<void> = Promise.resolve();
  const inflict = async ({ kind, ms }: Fault): Promise<void> => {
    // A fault that waited for the one before it may come too late.
    if (over || !(await store.kinds[kind]?.(ms))) return;
    tally.faults += 1;
    count.inflicted.set(kind, (count.inflicted.get(kind) ?? 0) + 1);
  };
  const { ended } = await place.bench.start(place.run, () => {
    seen += 1;
    for (const fault of faults.filter(({ event }) => event === seen))
      inflicting = inflicting.then(() => inflict(fault));
  });
  const run = await ended;
  over = true;
  await inflicting;
  return run;
}

async function trial(given: Trial): Promise<readonly string[]> {
  const { place, store, expected, tally, count } = given;
  const run = await loopUnderFaults(given);
  count.loops += 1;
  tally.acknowledged += run.events.length;
  compare(run.events, await journaled(place.store(), TASK), tally);
  const wrong = await store.left();
  const { orphans, named } = orphansOf(await census(place), expected.left);
  const connections = await store.connections();
  tally.orphans = addOrphans(tally.orphans, { ...orphans, socket: orphans.socket + connections });
  const outcome = outcomeOf(place, run);
  // Honest about a store that did not answer; the loop goes on without it.
  const points = run.events.filter(({ type }) => type === 'TransferPoint');
  count.unverified += points.filter(({ verified }) => verified !== true).length;
  count.points += points.length;
  return [
    ...wrong,
    ...named,
    ...(connections === 0 ? [] : [`${connections} connections to Redis are still open`]),
    ...(outcome === expected.outcome
      ? []
      : [`ended as ${outcome}, undisturbed ${expected.outcome}: ${run.stderr}`]),
  ];
}

interface Round {
  readonly random: Random;
  readonly kind: StoreKind;
  readonly most: number;
  readonly expected: Undisturbed;
  readonly tally: Tally;
  readonly count: Count;
}

async function round({ random, kind, most, ...rest }: Round): Promise<string | null> {
  const place = await createFaultBench(SLOWER);
  const store = kind === 'embedded' ? embeddedStore(place) : await realRedisStore(place, random);
  try {
    const faults = drawFaults(random, store, { events: rest.expected.events, count: most });
    const wrong = await trial({ place, store, faults, ...rest });
    const what = faults.map((fault) => `${fault.kind} at event ${fault.event}`).join(', ');
    return wrong.length === 0 ? null : `${kind}, ${what}: ${wrong.join('; ')}`;
  } finally {
    await store.close();
    place.remove();
  }
}

const newCount = (): Count => ({ loops: 0, inflicted: new Map(), points: 0, unverified: 0 });

function noteOf(kind: StoreKind, { loops, inflicted, points, unverified }: Count): string {
  const kinds = [...inflicted].map(([name, times]) => `${name} ${times}`).join(', ');
  return `${kind}: ${loops} loops, ${kinds}; ${unverified} of ${points} transfer points told that the store did not verify them`;
}

async function run({ rounds, seed, say }: SoakOptions): Promise<Tally> {
  const tally = newTally();
  const expected = await undisturbedLoop();
  const counts: Record<StoreKind, Count> = { embedded: newCount(), 'real Redis': newCount() };
  const hasRedis = findProgram('redis-server') !== null;
  // Some faults meet no store, or a loop that is over: others take their places.
  await eachRound(2 * Math.ceil(rounds / FAULTS_PER_LOOP), async (number) => {
    const most = Math.min(FAULTS_PER_LOOP, rounds - tally.faults);
    if (most <= 0) return;
    const own = seedOf(seed, number);
    const kind = hasRedis && own % 2 === 1 ? 'real Redis' : 'embedded';
    const random = roundOf(seed, number);
    const failure = await round({ random, kind, most, expected, tally, count: counts[kind] });
    if (failure === null) return;
    tally.failures.push(`--only c --rounds ${most} --seed ${own}: ${failure}`);
    say(tally.failures.at(-1) ?? '');
  });
  tally.notes.push(noteOf('embedded', counts.embedded));
  tally.notes.push(
    hasRedis
      ? noteOf('real Redis', counts['real Redis'])
      : 'real Redis: skipped, redis-server is not installed',
  );
  return tally;
}

export const storeFaults: Soak = {
  id: 'c',
  title: 'the coordination store killed, frozen, cut off and emptied during loops',
  rounds: 100,
  floor: 8,
  run,
};
