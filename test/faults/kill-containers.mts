/** kill −9 of whoever owns containers, at random moments between its calls of the engine, then `cfn resume`. */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import type { LoopRun, PublicEvent } from '../integration/loop/fixture.ts';
import { startEngine, whyNoEngine, type OwnEngine } from '../support/own-engine.ts';
import { compare, createFaultBench, journaled, TASK, TWICE, type FaultBench } from './bench.mts';
import { census, orphansOf, processesBelow, type Census } from './census.mts';
import { addOrphans, newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { roundOf, seedOf } from './random.mts';
import { outcomeOf } from './undisturbed.mts';

const DECOYS = 50;
const IMAGE = 'cfn-base:local';

type Victims = 'loop' | 'runners' | 'both' | 'all';
const VICTIMS: readonly [Victims, ...Victims[]] = ['loop', 'runners', 'both', 'all'];

interface Moment {
  readonly event: number;
  readonly afterMs: number;
  readonly victims: Victims;
}

type Docker = ReturnType<typeof openDocker>;
const dockerOf = ({ host }: OwnEngine): Docker => openDocker({ source: 'socket', host });

/** Containers of somebody else: every other one runs, and some have labels that look like ours. */
async function makeDecoys(docker: Docker): Promise<void> {
  for (let number = 0; number < DECOYS; number += 1) {
    const made = await docker.createContainer({
      name: `decoy-${number}`,
      Image: IMAGE,
      Cmd: ['sleep', 'infinity'],
      Labels: number % 3 === 0 ? { [LABELS.owner]: 'somebody-else', [LABELS.run]: `decoy-${number}` } : {},
      HostConfig: { NetworkMode: 'none', Init: true },
    });
    if (number % 2 === 0) await made.start();
  }
}

const names = async (docker: Docker): Promise<readonly string[]> => {
  const listed = await docker.listContainers({ all: true });
  return listed.map(({ Names: [name = ''], State: state }) => `${name} ${state}`).toSorted();
};

/** Runners, or with their guards everything that belongs to an attempt outside of its container. */
function endRunners(folder: string, withGuards: boolean): void {
  for (const { pid, command } of processesBelow(folder)) {
    const isGuard = command.includes('--reap');
    if (command.includes('runner.js') && (withGuards || !isGuard)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
  }
}

async function killedAt({ bench, run, folder }: FaultBench, moment: Moment): Promise<LoopRun> {
  let seen = 0;
  const { child, ended } = await bench.start(run, () => {
    seen += 1;
    if (seen !== moment.event) return;
    void sleep(moment.afterMs).then(() => {
      if (moment.victims !== 'runners') child.kill('SIGKILL');
      if (moment.victims !== 'loop') endRunners(folder, moment.victims === 'all');
    });
  });
  return ended;
}

interface Scene {
  readonly engine: OwnEngine;
  readonly docker: Docker;
  readonly events: number;
  readonly left: Census;
  /** As it stands with nothing but the decoys. */
  readonly others: readonly string[];
}

async function round(scene: Scene, moment: Moment, tally: Tally): Promise<readonly string[]> {
  const place = await createFaultBench(TWICE, { host: scene.engine.host, image: IMAGE });
  try {
    const first = await killedAt(place, moment);
    const killed = first.code === null;
    const second = killed ? await place.bench.cfn('resume', TASK, '--json') : first;
    const told: readonly PublicEvent[] = killed ? [...first.events, ...second.events] : first.events;
    const again =
      killed && second.events.length === 1 && first.events.some(({ type }) => type === 'LoopFinished');
    tally.faults += 1;
    tally.acknowledged += first.events.length;
    compare(again ? first.events : told, await journaled(place.store(), TASK), tally);
    const { orphans, named } = orphansOf(await census(place), scene.left);
    tally.orphans = addOrphans(tally.orphans, orphans);
    const others = await names(scene.docker);
    const extra = others.filter((name) => !scene.others.includes(name));
    const gone = scene.others.filter((name) => !others.includes(name));
    const lent = readdirSync(place.state, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /lent\/[^/]+\/git$/.test(path),
    );
    const finished = second.events.findLast(({ type }) => type === 'LoopFinished');
    return [
      ...named,
      ...extra.map((name) => `container left: ${name}`),
      ...gone.map((name) => `decoy touched: ${name}`),
      ...lent.map((path) => `clone left: ${path}`),
      ...(finished?.['outcome'] === 'PROCEED' ? [] : [`ended as ${outcomeOf(place, second)}`]),
      ...(second.stderr.includes('Internal error') ? [second.stderr] : []),
    ];
  } finally {
    place.remove();
  }
}

async function setScene(engine: OwnEngine): Promise<Scene> {
  const docker = dockerOf(engine);
  await makeDecoys(docker);
  const others = await names(docker);
  const place = await createFaultBench(TWICE, { host: engine.host, image: IMAGE });
  try {
    const run = await place.bench.cfn(...place.run);
    if (run.code !== 0) throw new Error(`The loop fails without a fault: ${run.stderr}`);
    const left = await census(place);
    return { engine, docker, events: run.events.length, left, others };
  } finally {
    place.remove();
  }
}

async function run({ rounds, seed, say }: SoakOptions): Promise<Tally | { readonly skipped: string }> {
  const lacking = await whyNoEngine();
  if (lacking !== null) return { skipped: lacking };
  const tally = newTally();
  const engine = await startEngine();
  try {
    const scene = await setScene(engine);
    // One at a time: what the engine has is counted after each.
    for (let number = 0; number < rounds; number += 1) {
      const random = roundOf(seed, number);
      const moment = {
        event: random.whole(1, scene.events - 1),
        afterMs: random.whole(0, 700),
        victims: random.pick(VICTIMS),
      };
      const wrong = await round(scene, moment, tally);
      if (number % 20 === 0) say(`${number} of ${rounds} kills`);
      if (wrong.length === 0) continue;
      const again = `--only j --rounds 1 --seed ${seedOf(seed, number)}`;
      const where = `${moment.victims} killed ${moment.afterMs} ms after event ${moment.event} (${again})`;
      tally.failures.push(`${where}: ${wrong.join('; ')}`);
    }
    tally.notes.push(
      `${DECOYS} decoys stand as they stood: ${(await names(scene.docker)).join() === scene.others.join()}`,
    );
    return tally;
  } finally {
    await engine.stop();
  }
}

export const killContainers: Soak = {
  id: 'j',
  title: 'kill of whoever owns containers',
  rounds: 200,
  floor: 3,
  run,
};
