/** kill −9 of `cfn run` at random events of a loop, then `cfn resume`. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoopRun, PublicEvent } from '../integration/loop/fixture.ts';
import { compare, createFaultBench, journaled, TASK, type FaultBench } from './bench.mts';
import { census, orphansOf } from './census.mts';
import { addOrphans, newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { eachRound, roundOf, seedOf } from './random.mts';
import { outcomeOf, undisturbedLoop, type Undisturbed } from './undisturbed.mts';

interface Moment {
  readonly event: number;
  readonly afterMs: number;
}

async function killedAt({ bench, run }: FaultBench, { event, afterMs }: Moment): Promise<LoopRun> {
  let seen = 0;
  const { child, ended } = await bench.start(run, () => {
    seen += 1;
    if (seen === event) void sleep(afterMs).then(() => child.kill('SIGKILL'));
  });
  return ended;
}

async function round(moment: Moment, expected: Undisturbed, tally: Tally): Promise<readonly string[]> {
  const place = await createFaultBench();
  try {
    const first = await killedAt(place, moment);
    const killed = first.code === null;
    const second = killed ? await place.bench.cfn('resume', TASK, '--json') : first;
    const told: readonly PublicEvent[] = killed ? [...first.events, ...second.events] : first.events;
    const finished = told.filter(({ type }) => type === 'LoopFinished');
    // `resume` of a loop that had ended tells its end once more, on purpose.
    const again = killed && finished.length === 2 && second.events.length === 1;
    tally.faults += killed ? 1 : 0;
    tally.acknowledged += killed ? first.events.length : 0;
    compare(again ? first.events : told, await journaled(place.store(), TASK), tally);
    const { orphans, named } = orphansOf(await census(place), expected.left);
    tally.orphans = addOrphans(tally.orphans, orphans);
    const outcome = outcomeOf(place, second);
    return [
      ...named,
      ...(outcome === expected.outcome ? [] : [`ended as ${outcome}, undisturbed ${expected.outcome}`]),
      ...(second.stderr.includes('Internal error') ? [second.stderr] : []),
    ];
  } finally {
    place.remove();
  }
}

async function run({ rounds, seed, say }: SoakOptions): Promise<Tally> {
  const tally = newTally();
  const expected = await undisturbedLoop();
  await eachRound(rounds, async (number) => {
    const random = roundOf(seed, number);
    const moment = { event: random.whole(1, expected.events - 1), afterMs: random.whole(0, 60) };
    const wrong = await round(moment, expected, tally);
    if (wrong.length === 0) return;
    const again = `--only a --rounds 1 --seed ${seedOf(seed, number)}`;
    const where = `killed ${moment.afterMs} ms after event ${moment.event} (${again})`;
    tally.failures.push(`${where}: ${wrong.join('; ')}`);
    say(tally.failures.at(-1) ?? '');
  });
  tally.notes.push(`${expected.events} events in the undisturbed loop: ${expected.outcome}`);
  return tally;
}

export const killCli: Soak = {
  id: 'a',
  title: 'kill −9 of cfn run at random events, then cfn resume',
  rounds: 100,
  floor: 8,
  run,
};
