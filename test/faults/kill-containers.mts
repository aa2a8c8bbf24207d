/** kill −9 of whoever owns containers, between every two calls of the engine, then `cfn resume`. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { GOOD } from '../integration/loop/fixture.ts';
import type { EngineCall } from '../support/engine-door.ts';
import { startEngine, whyNoEngine } from '../support/own-engine.ts';
import { processesBelow } from './census.mts';
import { behindDoor, goOn, lookAround, setEngineScene, type Doorman } from './engine-round.mts';
import { decoysOf, makeDecoys } from './engine-stock.mts';
import { newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { eachRound } from './random.mts';

/** `all`: with the guards, after which nobody is left to clean up before the next start. */
const VICTIMS = ['loop', 'runners', 'both', 'all'] as const;
/** The engine never hears of the call; it does it for nobody; it has done it, and nobody was told. */
const SIDES = ['unasked', 'unheard', 'untold'] as const;

interface Moment {
  /** Number of the call. */
  readonly call: number;
  readonly side: (typeof SIDES)[number];
  readonly victims: (typeof VICTIMS)[number];
}

/** Everything in turn: all calls, then all of them on the next side and with the next victims. */
function momentOf(step: number, calls: number): Moment {
  const turn = Math.floor(step / calls);
  const call = (step % calls) + 1;
  return {
    call,
    side: SIDES[turn % SIDES.length] ?? 'unasked',
    victims: VICTIMS[(call + turn) % VICTIMS.length] ?? 'all',
  };
}

/** For the connection of somebody who was killed to end. */
const DYING_MS = 500;

/** Strikes once, and says who was killed at which call. */
class Assassin implements Doorman {
  struck: string | null = null;
  loop: ChildProcess | null = null;
  readonly #folder: string;
  readonly #moment: Moment;

  constructor(folder: string, moment: Moment) {
    this.#folder = folder;
    this.#moment = moment;
  }

  async came(call: EngineCall): Promise<'through' | 'turned-away'> {
    if (call.number !== this.#moment.call || this.#moment.side === 'untold') return 'through';
    this.#strike(call);
    const callerDied = await Promise.race([call.abandoned.then(() => true), sleep(DYING_MS, false)]);
    return callerDied && this.#moment.side === 'unasked' ? 'turned-away' : 'through';
  }

  answered(call: EngineCall): void {
    if (call.number === this.#moment.call && this.#moment.side === 'untold') this.#strike(call);
  }

  #strike({ what }: EngineCall): void {
    const victims = this.#moment.victims;
    const runners = processesBelow(this.#folder).filter(
      ({ command }) => command.includes('runner.js') && (victims === 'all' || !command.includes('--reap')),
    );
    // Before there is a runner and after the last one, the loop is who can be killed.
    if (victims !== 'runners' || runners.length === 0) this.loop?.kill('SIGKILL');
    if (victims !== 'loop') for (const { pid } of runners) kill(pid);
    this.struck = what;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

interface Variant {
  readonly id: string;
  readonly elsewhere: boolean;
}

async function run(
  { id, elsewhere }: Variant,
  { rounds, seed, short, say }: SoakOptions,
): Promise<Tally | { readonly skipped: string }> {
  const lacking = await whyNoEngine();
  if (lacking !== null) return { skipped: lacking };
  const tally = newTally();
  const engine = await startEngine();
  try {
    const scene = await setEngineScene(engine, GOOD, elsewhere);
    const calls = scene.calls.length;
    await makeDecoys(scene.docker);
    const decoys = await decoysOf(scene.docker);
    const struck = new Map<string, number>();
    // A few of them are spread over the whole loop.
    const stride = short ? Math.floor(calls / rounds) + calls : 1;
    await eachRound(rounds, async (number) => {
      const step = seed + number * stride;
      const moment = momentOf(step, calls);
      let assassin: Assassin | null = null;
      const keeperOf = (folder: string) => (assassin = new Assassin(folder, moment));
      const wrong = await behindDoor({ ...scene, scenario: GOOD }, keeperOf, async (behind) => {
        const at = assassin?.struck;
        if (at) {
          tally.faults += 1;
          tally.acknowledged += behind.first.events.length;
          struck.set(at, (struck.get(at) ?? 0) + 1);
        }
        const second = behind.first.code === null ? await goOn(behind.place) : null;
        return lookAround(scene, behind, { second, tally });
      });
      if (number % 20 === 0) say(`${number} of ${rounds} kills`);
      if (wrong.length === 0) return;
      const where = `${moment.victims} killed, call ${moment.call} ${moment.side} (--only ${id} --rounds 1 --seed ${step})`;
      tally.failures.push(`${where}: ${wrong.join('; ')}`);
      say(tally.failures.at(-1) ?? '');
    });
    const now = await decoysOf(scene.docker);
    tally.failures.push(
      ...decoys.filter((each) => !now.includes(each)).map((each) => `decoy touched: ${each}`),
    );
    tally.notes.push(
      `${calls} calls in the undisturbed loop; ${decoys.length} decoys; kills at ${[...struck].map(([what, times]) => `${what} ×${times}`).join(', ')}`,
    );
    return tally;
  } finally {
    await engine.stop();
  }
}

export const killContainers: Soak = {
  id: 'j',
  title: 'kill −9 of whoever owns containers between every two calls of the engine',
  rounds: 210,
  floor: 3,
  run: (options) => run({ id: 'j', elsewhere: false }, options),
};

export const killContainersElsewhere: Soak = {
  id: 'l',
  title: 'the same on an engine elsewhere, to which folders are shipped',
  rounds: 210,
  floor: 3,
  run: (options) => run({ id: 'l', elsewhere: true }, options),
};
