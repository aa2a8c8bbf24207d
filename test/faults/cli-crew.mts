/** One real agent CLI as the whole crew of a loop, its model scripted on loopback, and one of its agents killed. */
import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readState } from '../../src/adapters/process/attempt-files.ts';
import { redirect, type RealCli } from '../model-server/clis.ts';
import { startModelServer } from '../model-server/server.ts';
import { createFaultBench, EVIDENCE, TASK, type FaultBench } from './bench.mts';
import { census, orphansOf, processesBelow, type Census } from './census.mts';
import { roundOf } from './random.mts';
import { crewScript, TURNS } from './real-crew.mts';

const VICTIMS = ['coder', 'judge'] as const;
type Victim = (typeof VICTIMS)[number];

interface Moment {
  readonly victim: Victim;
  /** Of its model. */
  readonly turn: number;
  readonly afterMs: number;
}

export interface Installation {
  readonly cli: RealCli;
  /** Folder of its program. */
  readonly bin: string;
}

export interface LoopOutcome {
  readonly seconds: number;
  /** What was killed and when; null in a loop that nobody disturbed. */
  readonly killed: string | null;
  /** What is left of it on the machine, and what went wrong. */
  readonly wrong: readonly string[];
  readonly left: Census;
}

function momentOf(seed: number, attempt: number): Moment {
  const random = roundOf(seed, attempt);
  return {
    victim: VICTIMS[random.whole(0, VICTIMS.length - 1)] ?? 'coder',
    turn: random.whole(1, TURNS),
    afterMs: random.whole(0, 400),
  };
}

/** False when it had ended already. */
function kill(place: FaultBench, victim: Victim): boolean {
  const folder = join(place.store()?.folder(TASK) ?? '', 'attempts', '1', victim, '1');
  const pid = readState(folder)?.agent?.pid;
  if (pid === undefined || !processesBelow(place.folder).some((each) => each.pid === pid)) return false;
  return process.kill(pid, 'SIGKILL');
}

async function play({ cli, bin }: Installation, moment: Moment | null, before: Census | null) {
  const startedAt = performance.now();
  const place = await createFaultBench();
  let killing: Promise<boolean> = Promise.resolve(false);
  let due = moment !== null;
  const script = crewScript(
    (role, turn) => {
      const victim = role === 'implementer' ? 'coder' : 'judge';
      const now = due && victim === moment?.victim && turn === moment.turn;
      if (!now) return false;
      due = false;
      killing = sleep(moment.afterMs).then(() => kill(place, moment.victim));
      return true;
      // Some take absolute paths alone.
    },
    join(`${place.repository}.cfn`, TASK, 'coder', 'src', 'sum.js'),
  );
  const server = await startModelServer((turn) =>
    turn.prompt.includes('"nonce"') ? script(turn) : { kind: 'say', text: 'ok' },
  );
  try {
    const home = join(place.folder, 'home', cli);
    mkdirSync(home, { recursive: true });
    place.bench.env['PATH'] = [dirname(process.execPath), bin, place.bench.env['PATH'] ?? ''].join(delimiter);
    // Some look for their state where we do; ours stays where it is counted.
    const { XDG_STATE_HOME: _theirs, ...env } = await redirect(cli, server.url, home);
    Object.assign(place.bench.env, env);
    const crew = [`--implementer=coder=${cli}`, `--validator=judge=${cli}`, `--product-owner=owner=${cli}`];
    const { ended } = await place.bench.start(place.bench.runArguments({}, [...crew, ...EVIDENCE]));
    const run = await ended;
    const killed = (await killing) && moment ? `${moment.victim}, turn ${moment.turn}` : null;
    const left = await census(place);
    const { named } = before === null ? { named: [] } : orphansOf(left, before);
    const ends = run.events.filter(({ type }) => type === 'LoopFinished');
    const proper = run.code === 0 && ends.length === 1 && ends[0]?.['outcome'] === 'PROCEED';
    const failure = `exit code ${run.code}, ${JSON.stringify(ends[0] ?? null)} ${run.stderr.slice(-500)}`;
    const seconds = (performance.now() - startedAt) / 1000;
    return { seconds, killed, left, wrong: [...named, ...(proper ? [] : [failure])] };
  } finally {
    await server.dispose();
    place.remove();
  }
}

/** A whole loop that nobody disturbs. */
export const playUndisturbed = (installation: Installation): Promise<LoopOutcome> =>
  play(installation, null, null);

const TRIES = 3;

/** A whole loop in which an agent is killed; again at another moment when it had ended before. */
export async function playKilled(
  installation: Installation,
  before: Census,
  seed: number,
): Promise<LoopOutcome> {
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await play(installation, momentOf(seed, attempt), before);
    if (outcome.killed !== null || outcome.wrong.length > 0 || attempt + 1 === TRIES) return outcome;
  }
}
