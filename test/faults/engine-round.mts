/** Loops in containers through a door of the engine, and what is left of them in the end. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { LoopRun } from '../integration/loop/fixture.ts';
import { openEngineDoor, type DoorKeeper } from '../support/engine-door.ts';
import type { OwnEngine } from '../support/own-engine.ts';
import { compare, createFaultBench, journaled, TASK, type FaultBench } from './bench.mts';
import { census, orphansOf, type Census } from './census.mts';
import { clearStock, dockerOf, IMAGE, stockOfPlace, type Docker } from './engine-stock.mts';
import { addOrphans, type Tally } from './line.mts';
import { outcomeOf } from './undisturbed.mts';

export interface EngineScene {
  readonly engine: OwnEngine;
  readonly docker: Docker;
  /** It is asked as one of another machine, which does not have this one's folders. */
  readonly elsewhere: boolean;
  /** What the engine is asked in a loop without a fault. */
  readonly calls: readonly string[];
  /** What that loop leaves. */
  readonly left: Census;
  readonly stock: number;
}

export interface Behind {
  readonly place: FaultBench;
  readonly first: LoopRun;
}

/** Who looks at the calls of the loop in this folder. */
export interface Doorman extends DoorKeeper {
  loop: ChildProcess | null;
}

interface Setting extends Pick<EngineScene, 'engine' | 'docker' | 'elsewhere'> {
  readonly scenario: object;
}

/** Runs the scenario, and takes everything away once that was looked at. */
export async function behindDoor<T>(
  { engine, docker, elsewhere, scenario }: Setting,
  keeperOf: (folder: string) => Doorman,
  use: (behind: Behind) => Promise<T>,
): Promise<T> {
  const place = await createFaultBench(scenario, { host: engine.host, image: IMAGE, network: 'internal' });
  const keeper = keeperOf(place.folder);
  const socket = elsewhere ? null : join(place.folder, 'engine');
  const door = await openEngineDoor({ socket, engine: engine.socket }, keeper);
  try {
    place.bench.env['DOCKER_HOST'] = door.host;
    const { child, ended } = await place.bench.start(place.run);
    keeper.loop = child;
    return await use({ place, first: await ended });
  } finally {
    await door.close();
    place.removeProcesses();
    await clearStock(docker, place);
    place.remove();
  }
}

/** The measure for all that are disturbed. */
export async function setEngineScene(
  engine: OwnEngine,
  scenario: object,
  elsewhere = false,
): Promise<EngineScene> {
  const docker = dockerOf(engine);
  const calls: string[] = [];
  const keeper = (): Doorman => ({
    loop: null,
    async came({ what }) {
      calls.push(what);
      return 'through';
    },
    answered: () => undefined,
  });
  return behindDoor({ engine, docker, elsewhere, scenario }, keeper, async ({ place, first }) => {
    if (first.code !== 0) throw new Error(`The loop fails without a fault: ${first.stderr}`);
    const left = await census(place);
    return { engine, docker, elsewhere, calls, left, stock: (await stockOfPlace(docker, place)).length };
  });
}

/** A loop that was ended before it had begun is one to begin. */
export async function goOn({ bench, run }: FaultBench): Promise<LoopRun> {
  const resumed = await bench.cfn('resume', TASK, '--json');
  return /There is no loop|was never started/.test(resumed.stderr) ? bench.cfn(...run) : resumed;
}

/** Counts what was lost, doubled and left behind, in the engine too; gives everything that is wrong. */
export async function lookAround(
  { docker, left, stock: few }: EngineScene,
  { place, first }: Behind,
  { second, tally }: { readonly second: LoopRun | null; readonly tally: Tally },
): Promise<readonly string[]> {
  const last = second ?? first;
  // One that had ended says so once more, on purpose.
  const again = second?.events.length === 1 && first.events.some(({ type }) => type === 'LoopFinished');
  const told = second && !again ? [...first.events, ...second.events] : first.events;
  compare(told, await journaled(place.store(), TASK), tally);
  const { orphans, named } = orphansOf(await census(place), left);
  tally.orphans = addOrphans(tally.orphans, orphans);
  const stock = await stockOfPlace(docker, place);
  const lent = readdirSync(place.state, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /lent\/[^/]+\/git$/.test(path),
  );
  const finished = last.events.findLast(({ type }) => type === 'LoopFinished');
  return [
    ...named,
    ...(stock.length > few ? [`left in the engine: ${stock.join(', ')}`] : []),
    ...lent.map((path) => `clone left: ${path}`),
    ...(finished?.['outcome'] === 'PROCEED' ? [] : [`ended as ${outcomeOf(place, last)} ${last.stderr}`]),
    ...(last.stderr.includes('Internal error') ? [last.stderr] : []),
  ];
}
