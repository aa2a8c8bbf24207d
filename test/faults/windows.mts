/** Four processes have the same loop open; the one that holds it is killed, again and again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { toLoopView } from '../../src/app/projections/to-loop-view.ts';
import { readLoop } from '../../src/app/stored-loop.ts';
import { deferred } from '../../src/base/deferred.ts';
import { programs, SUM_FIXED } from '../integration/loop/fixture.ts';
import { compare, createFaultBench, journaled, TASK, TWICE, type FaultBench } from './bench.mts';
import { census, orphansOf } from './census.mts';
import { addOrphans, newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { eachRound, roundOf, seedOf, type Random } from './random.mts';
import { outcomeOf, undisturbedLoop, type Undisturbed } from './undisturbed.mts';

const WINDOWS = 3;
const TAKE_OVER_MS = 5000;

/** Slow enough that two holders can be killed on its way. */
const SLOW = {
  ...TWICE,
  implementer: [
    { write: { 'src/sum.js': SUM_FIXED }, run: ['sleep 2'], result: { confidence: 0.5 } },
    { write: { 'src/sum.js': `${SUM_FIXED}// surer\n` }, run: ['sleep 6'], result: { confidence: 0.93 } },
  ],
  validator: [{ run: ['sleep 6'], result: { score: 0.95 } }],
};

interface Window {
  readonly child: ChildProcess;
  readonly lines: string[];
  owns: boolean;
  /** When it began to own the loop, `performance.now()`. */
  since: number;
  readonly closed: Promise<unknown>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function openWindow({ bench }: FaultBench, port: number, onLine: () => void): Promise<Window> {
  const file = join(import.meta.dirname, 'window.mts');
  const args = [file, await programs(), bench.repository, TASK, String(port)];
  const flags = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'];
  const child = spawn(process.execPath, [...flags, ...args], {
    cwd: bench.repository,
    env: bench.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const window: Window = { child, lines: [], owns: false, since: 0, closed: once(child, 'close') };
  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (chunk: Buffer) => window.lines.push(`error ${chunk.toString()}`));
  createInterface(child.stdout).on('line', (line) => {
    window.lines.push(line);
    if (line === 'own') Object.assign(window, { owns: true, since: performance.now() });
    onLine();
  });
  return window;
}

/** Resolves once `check` gives something; it is asked after each line of a window. */
class Watched {
  readonly windows: Window[] = [];
  private waiting: (() => void)[] = [];
  readonly changed = (): void => {
    for (const look of this.waiting.splice(0)) look();
  };

  async until<T>(check: () => T | null | undefined, what: string): Promise<T> {
    const timer = setTimeout(this.changed, 30_000);
    const deadline = performance.now() + 29_000;
    try {
      for (;;) {
        const found = check();
        if (found !== null && found !== undefined) return found;
        if (performance.now() > deadline) throw new Error(`not within 30 s: ${what}`);
        await new Promise<void>((resolve) => this.waiting.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

interface Seen {
  readonly takeOvers: number[];
  commands: number;
}

async function killHolder(watched: Watched, holder: ChildProcess, seen: Seen): Promise<Window> {
  const killedAt = performance.now();
  holder.kill('SIGKILL');
  const next = await watched.until(
    () => watched.windows.find((window) => window.owns && window.since > killedAt && window.child !== holder),
    'a window takes the loop up',
  );
  seen.takeOvers.push(next.since - killedAt);
  return next;
}

/** A window that only follows commands whoever holds the loop. */
async function commandFrom(watched: Watched, follower: Window, seen: Seen): Promise<void> {
  for (const command of ['pause', 'unpause']) {
    const before = follower.lines.filter((line) => line.startsWith('answer')).length;
    follower.child.stdin?.write(`${command}\n`);
    const answer = await watched.until(
      () => follower.lines.filter((line) => line.startsWith('answer'))[before],
      `an answer to ${command}`,
    );
    if (answer !== 'answer ok') throw new Error(`${command}: ${answer}`);
    seen.commands += 1;
  }
}

async function disturb(place: FaultBench, random: Random, tally: Tally, seen: Seen): Promise<Window[]> {
  const watched = new Watched();
  const port = await freePort();
  const started = deferred<void>();
  const { child, ended } = await place.bench.start(place.run, ({ type }) => {
    if (type === 'AgentStarted') started.resolve();
  });
  await Promise.race([started.promise, ended]);
  for (let n = 0; n < WINDOWS; n += 1) watched.windows.push(await openWindow(place, port, watched.changed));
  await watched.until(
    () => (watched.windows.every(({ lines }) => lines.includes('follow')) ? true : null),
    'all windows follow',
  );
  const anyFollower = () => {
    const followers = watched.windows.filter((window) => !window.owns && window.child.signalCode === null);
    return followers[random.whole(0, followers.length - 1)];
  };
  const first = anyFollower();
  if (first) await commandFrom(watched, first, seen);
  const second = await killHolder(watched, child, seen);
  const told = (await ended).events;
  tally.acknowledged += told.length;
  const other = anyFollower();
  if (other) await commandFrom(watched, other, seen);
  const third = await killHolder(watched, second.child, seen);
  tally.faults += 2;
  await third.closed;
  await Promise.all(watched.windows.map(({ closed }) => closed));
  const journal = await journaled(place.store(), TASK);
  compare(told, journal, tally);
  tally.acknowledged += journal.length;
  return watched.windows;
}

async function viewsDiffer(place: FaultBench, windows: readonly Window[]): Promise<readonly string[]> {
  const store = place.store();
  const loop = store ? await readLoop(store, TASK) : null;
  if (!loop?.ok) return ['the journal can not be read'];
  const truth = JSON.stringify(toLoopView(loop.value.state));
  const survivors = windows.filter(({ child }) => child.signalCode === null);
  return survivors.flatMap(({ lines }) => {
    const wrong = lines.filter((line) => line === 'violation' || line.startsWith('error'));
    return lines.at(-1) === `end ${truth}`
      ? wrong
      : [...wrong, `ends with ${lines.at(-1)}, the truth is ${truth}`];
  });
}

async function round(
  random: Random,
  expected: Undisturbed,
  tally: Tally,
  seen: Seen,
): Promise<readonly string[]> {
  const place = await createFaultBench(SLOW);
  try {
    const windows = await disturb(place, random, tally, seen);
    const differences = await viewsDiffer(place, windows);
    const told = await place.bench.cfn('resume', TASK, '--json');
    const { orphans, named } = orphansOf(await census(place), expected.left);
    tally.orphans = addOrphans(tally.orphans, orphans);
    const outcome = outcomeOf(place, told);
    return [...differences, ...named, ...(outcome === expected.outcome ? [] : [`ended as ${outcome}`])];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  } finally {
    place.remove();
  }
}

async function run({ rounds, seed, say }: SoakOptions): Promise<Tally> {
  const tally = newTally();
  const expected = await undisturbedLoop();
  const seen: Seen = { takeOvers: [], commands: 0 };
  await eachRound(rounds, async (number) => {
    const wrong = await round(roundOf(seed, number), expected, tally, seen);
    if (wrong.length === 0) return;
    tally.failures.push(`--only f --rounds 1 --seed ${seedOf(seed, number)}: ${wrong.join('; ')}`);
    say(tally.failures.at(-1) ?? '');
  });
  const longest = Math.max(0, ...seen.takeOvers);
  tally.notes.push(`${seen.commands} commands forwarded, longest take-over ${Math.round(longest)} ms`);
  if (longest > TAKE_OVER_MS) tally.failures.push(`a take-over took ${Math.round(longest)} ms`);
  return tally;
}

export const windows: Soak = {
  id: 'f',
  title: 'four processes with the same loop open, the holder killed',
  rounds: 20,
  floor: 8,
  run,
};
