/** Real agent CLIs go through whole loops; one of them, or its runner, is killed at a random moment. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoopRun } from '../integration/loop/fixture.ts';
import { readState } from '../../src/adapters/process/attempt-files.ts';
import { compare, createFaultBench, EVIDENCE, journaled, TASK, type FaultBench } from './bench.mts';
import { census, orphansOf, processesBelow, type Census } from './census.mts';
import { addOrphans, newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { eachRound, roundOf, seedOf } from './random.mts';
import { CREW_ARGUMENTS, hireCrew, installCrew, MEMBERS, TURNS, type Member } from './real-crew.mts';

const TARGETS = ['agent', 'runner'] as const;

interface Moment {
  readonly member: Member;
  readonly target: (typeof TARGETS)[number];
  /** Of its model; 0 is the moment at which the loop tells of its start. */
  readonly turn: number;
  readonly afterMs: number;
}

/** Six rounds that follow each other meet every member's agent and runner. */
function momentOf(seed: number, number: number): Moment {
  const random = roundOf(seed, number);
  const own = seedOf(seed, number);
  return {
    member: MEMBERS[own % MEMBERS.length] ?? MEMBERS[0],
    target: TARGETS[own % TARGETS.length] ?? 'agent',
    turn: random.whole(0, TURNS),
    afterMs: random.whole(0, 400),
  };
}

/** False when it had ended already. */
function kill(place: FaultBench, { member, target }: Moment): boolean {
  const folder = join(place.store()?.folder(TASK) ?? '', 'attempts', '1', member.agentId, '1');
  const pid = readState(folder)?.[target]?.pid;
  if (pid === undefined || !processesBelow(place.folder).some((each) => each.pid === pid)) return false;
  return process.kill(pid, 'SIGKILL');
}

interface Undisturbed {
  readonly bins: readonly string[];
  /** Of the result branch. */
  readonly tree: string;
  readonly left: Census;
}

interface Played {
  readonly place: FaultBench;
  readonly run: LoopRun;
  readonly killed: boolean;
}

async function play<T>(
  bins: readonly string[],
  moment: Moment | null,
  judge: (played: Played) => Promise<T>,
): Promise<T> {
  const place = await createFaultBench();
  let killing: Promise<boolean> = Promise.resolve(false);
  const due = (member: Member | undefined, turn: number): boolean => {
    const now = moment !== null && member === moment.member && turn === moment.turn;
    if (now) killing = sleep(moment.afterMs).then(() => kill(place, moment));
    return now;
  };
  const dismiss = await hireCrew(place, bins, due);
  try {
    const { ended } = await place.bench.start(
      place.bench.runArguments({}, [...CREW_ARGUMENTS, ...EVIDENCE]),
      ({ type, agentId, attempt }) => {
        if (type !== 'AgentStarted' || attempt !== 1) return;
        due(
          MEMBERS.find((each) => each.agentId === agentId),
          0,
        );
      },
    );
    const run = await ended;
    return await judge({ place, run, killed: await killing });
  } finally {
    await dismiss();
    place.remove();
  }
}

const treeOf = ({ bench }: FaultBench): string => bench.git('rev-parse', `cfn/${TASK}/result^{tree}`);

/** The killed one may cost an iteration; nothing else about the end may differ. */
function endsAs({ place, run }: Played, tree: string): readonly string[] {
  const ends = run.events.filter(({ type }) => type === 'LoopFinished');
  const end = ends[0];
  const proper = ends.length === 1 && run.code === 0 && end?.['outcome'] === 'PROCEED';
  if (!proper) return [`exit code ${run.code}, ended as ${JSON.stringify(ends)}: ${run.stderr}`];
  return treeOf(place) === tree ? [] : ['the result is another one than without a kill'];
}

async function undisturbedCrew(bins: readonly string[]): Promise<Undisturbed> {
  return play(bins, null, async ({ place, run }) => {
    if (run.code !== 0) throw new Error(`The loop fails without a fault: ${run.stderr}`);
    return { bins, tree: treeOf(place), left: await census(place) };
  });
}

async function round(moment: Moment, { bins, tree, left }: Undisturbed, tally: Tally) {
  return play(bins, moment, async (played) => {
    const { place, run, killed } = played;
    tally.faults += killed ? 1 : 0;
    tally.acknowledged += killed ? run.events.length : 0;
    compare(run.events, await journaled(place.store(), TASK), tally);
    const { orphans, named } = orphansOf(await census(place), left);
    tally.orphans = addOrphans(tally.orphans, orphans);
    return { killed, wrong: [...named, ...endsAs(played, tree)] };
  });
}

const nameOf = ({ member, target, turn, afterMs }: Moment): string =>
  `${member.cli}${target === 'runner' ? "'s runner" : ''} killed ${afterMs} ms after turn ${turn}`;

async function run({ rounds, seed, say }: SoakOptions): Promise<Tally | { readonly skipped: string }> {
  const crew = await installCrew();
  if (!crew.ok) return { skipped: crew.reason };
  const tally = newTally();
  const expected = await undisturbedCrew(crew.bins);
  const kills = new Map<string, number>();
  await eachRound(rounds, async (number) => {
    const moment = momentOf(seed, number);
    const { killed, wrong } = await round(moment, expected, tally);
    const whom = `${moment.member.cli} ${moment.target}`;
    if (killed) kills.set(whom, (kills.get(whom) ?? 0) + 1);
    if (wrong.length === 0) return;
    const again = `--only g --rounds 1 --seed ${seedOf(seed, number)}`;
    tally.failures.push(`${nameOf(moment)} (${again}): ${wrong.join('; ')}`);
    say(tally.failures.at(-1) ?? '');
  });
  const most = [...kills].toSorted(([one], [other]) => one.localeCompare(other));
  tally.notes.push(`killed: ${most.map(([whom, times]) => `${whom} ${times}`).join(', ')}`);
  return tally;
}

export const killRealCli: Soak = {
  id: 'g',
  title: 'three real agent CLIs in whole loops, one of them or its runner killed',
  rounds: 24,
  floor: 8,
  run,
};
