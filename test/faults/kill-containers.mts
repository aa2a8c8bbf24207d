/** kill −9 of whoever owns containers, between every two calls of the engine, then `cfn resume`. */
import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GOOD, type LoopRun } from '../integration/loop/fixture.ts';
import { openEngineDoor, type DoorKeeper, type EngineCall } from '../support/engine-door.ts';
import { startEngine, whyNoEngine, type OwnEngine } from '../support/own-engine.ts';
import { compare, createFaultBench, journaled, TASK, type FaultBench } from './bench.mts';
import { census, orphansOf, processesBelow, type Census } from './census.mts';
import {
  clearStock,
  decoysOf,
  dockerOf,
  IMAGE,
  makeDecoys,
  stockOfPlace,
  type Docker,
} from './engine-stock.mts';
import { addOrphans, newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { eachRound } from './random.mts';
import { outcomeOf } from './undisturbed.mts';

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
class Assassin implements DoorKeeper {
  struck: string | null = null;
  loop: ChildProcess | null = null;
  readonly calls: string[] = [];
  readonly #folder: string;
  readonly #moment: Moment | null;

  constructor(folder: string, moment: Moment | null) {
    this.#folder = folder;
    this.#moment = moment;
  }

  async came(call: EngineCall): Promise<'through' | 'turned-away'> {
    this.calls.push(call.what);
    if (call.number !== this.#moment?.call || this.#moment.side === 'untold') return 'through';
    this.#strike(call);
    const callerDied = await Promise.race([call.abandoned.then(() => true), sleep(DYING_MS, false)]);
    return callerDied && this.#moment.side === 'unasked' ? 'turned-away' : 'through';
  }

  answered(call: EngineCall): void {
    if (call.number === this.#moment?.call && this.#moment.side === 'untold') this.#strike(call);
  }

  #strike({ what }: EngineCall): void {
    const victims = this.#moment?.victims ?? 'all';
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

interface Scene {
  readonly engine: OwnEngine;
  readonly docker: Docker;
  readonly calls: number;
  /** What the same loop leaves without a fault. */
  readonly left: Census;
  readonly stock: number;
}

interface Disturbed {
  readonly place: FaultBench;
  readonly assassin: Assassin;
  readonly first: LoopRun;
}

/** A loop through a door, and what is to be seen of it before everything of it goes. */
async function behindDoor<T>(
  { engine, docker }: Pick<Scene, 'engine' | 'docker'>,
  moment: Moment | null,
  use: (disturbed: Disturbed) => Promise<T>,
): Promise<T> {
  const place = await createFaultBench(GOOD, { host: engine.host, image: IMAGE, network: 'internal' });
  const assassin = new Assassin(place.folder, moment);
  const door = await openEngineDoor(
    { socket: join(place.folder, 'engine'), engine: engine.socket },
    assassin,
  );
  try {
    place.bench.env['DOCKER_HOST'] = door.host;
    const { child, ended } = await place.bench.start([...place.run, '--mode', 'mvp']);
    assassin.loop = child;
    return await use({ place, assassin, first: await ended });
  } finally {
    await door.close();
    place.removeProcesses();
    await clearStock(docker, place);
    place.remove();
  }
}

/** A loop that was killed before it had begun is one to begin. */
async function goOn({ bench, run }: FaultBench): Promise<LoopRun> {
  const resumed = await bench.cfn('resume', TASK, '--json');
  return /There is no loop|was never started/.test(resumed.stderr)
    ? bench.cfn(...run, '--mode', 'mvp')
    : resumed;
}

async function afterwards(
  scene: Scene,
  { place, first }: Disturbed,
  tally: Tally,
): Promise<readonly string[]> {
  const killed = first.code === null;
  const second = killed ? await goOn(place) : first;
  const again =
    killed && second.events.length === 1 && first.events.some(({ type }) => type === 'LoopFinished');
  const told = killed && !again ? [...first.events, ...second.events] : first.events;
  compare(told, await journaled(place.store(), TASK), tally);
  const { orphans, named } = orphansOf(await census(place), scene.left);
  tally.orphans = addOrphans(tally.orphans, orphans);
  const stock = await stockOfPlace(scene.docker, place);
  const lent = readdirSync(place.state, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /lent\/[^/]+\/git$/.test(path),
  );
  const finished = second.events.findLast(({ type }) => type === 'LoopFinished');
  return [
    ...named,
    ...(stock.length > scene.stock ? [`left in the engine: ${stock.join(', ')}`] : []),
    ...lent.map((path) => `clone left: ${path}`),
    ...(finished?.['outcome'] === 'PROCEED' ? [] : [`ended as ${outcomeOf(place, second)} ${second.stderr}`]),
    ...(second.stderr.includes('Internal error') ? [second.stderr] : []),
  ];
}

async function setScene(engine: OwnEngine): Promise<Scene> {
  const docker = dockerOf(engine);
  return behindDoor({ engine, docker }, null, async ({ place, assassin: { calls }, first }) => {
    if (first.code !== 0) throw new Error(`The loop fails without a fault: ${first.stderr}`);
    const left = await census(place);
    return { engine, docker, calls: calls.length, left, stock: (await stockOfPlace(docker, place)).length };
  });
}

async function run({ rounds, seed, short, say }: SoakOptions): Promise<Tally | { readonly skipped: string }> {
  const lacking = await whyNoEngine();
  if (lacking !== null) return { skipped: lacking };
  const tally = newTally();
  const engine = await startEngine();
  try {
    const scene = await setScene(engine);
    await makeDecoys(scene.docker);
    const decoys = await decoysOf(scene.docker);
    const struck = new Map<string, number>();
    // A few of them are spread over the whole loop.
    const stride = short ? Math.floor(scene.calls / rounds) + scene.calls : 1;
    await eachRound(rounds, async (number) => {
      const step = seed + number * stride;
      const moment = momentOf(step, scene.calls);
      const wrong = await behindDoor(scene, moment, async (disturbed) => {
        const { struck: at } = disturbed.assassin;
        if (at !== null) {
          tally.faults += 1;
          tally.acknowledged += disturbed.first.events.length;
          struck.set(at, (struck.get(at) ?? 0) + 1);
        }
        return afterwards(scene, disturbed, tally);
      });
      if (number % 20 === 0) say(`${number} of ${rounds} kills`);
      if (wrong.length === 0) return;
      const where = `${moment.victims} killed, call ${moment.call} ${moment.side} (--only j --rounds 1 --seed ${step})`;
      tally.failures.push(`${where}: ${wrong.join('; ')}`);
      say(tally.failures.at(-1) ?? '');
    });
    const now = await decoysOf(scene.docker);
    tally.failures.push(
      ...decoys.filter((each) => !now.includes(each)).map((each) => `decoy touched: ${each}`),
    );
    tally.notes.push(
      `${scene.calls} calls in the undisturbed loop; ${decoys.length} decoys; kills at ${[...struck].map(([what, times]) => `${what} ×${times}`).join(', ')}`,
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
  run,
};
