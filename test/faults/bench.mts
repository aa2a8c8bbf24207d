/** A repository, a home and a state folder of their own, in which loops are run and disturbed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createPublisher } from '../../src/app/live-handle.ts';
import { readLoop } from '../../src/app/stored-loop.ts';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import type { LoopStore } from '../../src/ports/journal.ts';
import {
  CREW,
  GOOD,
  LoopBench,
  SUM_FIXED,
  SUM_REPOSITORY,
  type PublicEvent,
} from '../integration/loop/fixture.ts';
import { endAll, type Place } from './census.mts';
import type { Tally } from './line.mts';

export interface FaultBench extends Place {
  readonly bench: LoopBench;
  /** `cfn run` of a loop of two iterations with a failed gate in between. */
  readonly run: readonly string[];
  /** What the journals of this place hold; null before there is a loop. */
  readonly store: () => LoopStore | null;
  /** Ends whatever of it still runs. */
  removeProcesses(): void;
  remove(): void;
}

/** The first attempt is not sure enough, so that the loop goes round twice. */
export const TWICE = {
  ...GOOD,
  implementer: [
    { write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.5 } },
    { write: { 'src/sum.js': `${SUM_FIXED}// surer\n` }, result: { confidence: 0.93 } },
  ],
};
/** The same at a pace at which faults that last a while still meet it. */
export const SLOWER = {
  ...TWICE,
  implementer: TWICE.implementer.map((turn) => ({ ...turn, run: ['sleep 0.5'] })),
  validator: [{ run: ['sleep 0.5'], result: { score: 0.95 } }],
};
export const ITERATIONS = TWICE.implementer.length;
/** Red at the base and green with the repair; quicker than a package's whole test run. */
export const EVIDENCE = ['--evidence', 'grep -q "a + b" src/sum.js'];
export const TASK = 'sum';

/** Where agents, set-up and evidence run instead of on this machine. */
export interface InContainers {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  readonly image: string;
  readonly network: 'none' | 'internal';
}

/** Nothing of the machine is inside, so the crew stands in the repository. */
const inRepository = (scenario: object): Readonly<Record<string, string>> => ({
  ...SUM_REPOSITORY,
  'crew.mjs': readFileSync(CREW, 'utf8'),
  'scenario.json': JSON.stringify(scenario),
});
const INSIDE = 'exec:node crew.mjs scenario.json';

const runInside = ({ image, network }: InContainers): readonly string[] =>
  [
    ['run', '--json', '--task', 'Make sum add', '--task-id', TASK, '--mode', 'mvp'],
    [
      '--implementer',
      `worker=${INSIDE}`,
      '--validator',
      `v1=${INSIDE}`,
      '--product-owner',
      `owner=${INSIDE}`,
    ],
    ['--runtime', 'container', '--image', image, '--network', network, ...EVIDENCE],
  ].flat();

export async function createFaultBench(
  scenario: object = TWICE,
  containers: InContainers | null = null,
): Promise<FaultBench> {
  const bench = await new LoopBench().create(containers ? inRepository(scenario) : SUM_REPOSITORY);
  if (containers) bench.env['DOCKER_HOST'] = containers.host;
  const place = {
    folder: bench.folder,
    repository: bench.repository,
    state: join(bench.folder, 'state', 'cfn'),
    temporary: join(bench.folder, 'tmp'),
  };
  for (const name of ['home', 'tmp']) mkdirSync(join(bench.folder, name));
  Object.assign(bench.env, { HOME: join(bench.folder, 'home'), TMPDIR: place.temporary });
  const spec = bench.crew(scenario);
  const end = () => {
    endAll(place);
    rmSync(bench.folder, { recursive: true, force: true, maxRetries: 5 });
  };
  // Ctrl+C in the middle of a round leaves nothing either.
  process.once('exit', end);
  return {
    ...place,
    bench,
    run: containers
      ? runInside(containers)
      : bench.runArguments(scenario, ['--validator', `v1=${spec}`, ...EVIDENCE]),
    store: () => storeBelow(place.state),
    removeProcesses: () => endAll(place),
    remove: () => {
      process.off('exit', end);
      end();
    },
  };
}

function storeBelow(state: string): LoopStore | null {
  if (!existsSync(state)) return null;
  const id = readdirSync(state).find((name) => existsSync(join(state, name, 'loops')));
  return id === undefined ? null : createLoopStore({ stateFolder: join(state, id) });
}

/** Every public event of the loop, as its journal tells them. */
export async function journaled(store: LoopStore | null, taskId: string): Promise<readonly PublicEvent[]> {
  const loop = store ? await readLoop(store, taskId) : null;
  if (!loop) return [];
  if (!loop.ok) throw new Error(loop.error.message);
  const events: PublicEvent[] = [];
  createPublisher((event) => events.push(event as unknown as PublicEvent))(loop.value.events);
  return events;
}

const IDENTITY = [
  'type',
  'iteration',
  'agentId',
  'role',
  'attempt',
  'point',
  'key',
  'run',
  'commit',
  'command',
];
/** These may come again in one iteration and mean something new each time. */
const AGAIN = new Set(['LoopWaiting', 'LoopPaused', 'LoopResumed']);

function doubles(names: readonly string[]): number {
  return names.length - new Set(names).size;
}

/** Counts what was told and is not in the journal, and what stands in either twice. */
export function compare(told: readonly PublicEvent[], journal: readonly PublicEvent[], tally: Tally): void {
  const kept = new Set(journal.map((event) => JSON.stringify(event)));
  tally.lost += told.filter((event) => !kept.has(JSON.stringify(event))).length;
  const steps = journal.filter(({ type }) => !AGAIN.has(type));
  tally.duplicated += doubles(steps.map((event) => JSON.stringify(IDENTITY.map((field) => event[field]))));
  tally.duplicated += doubles(told.map((event) => JSON.stringify(event)));
}
