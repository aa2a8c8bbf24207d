/** kill −9 of the engine in the middle of a loop, and its start; the loop is not started again. */
import type { ChildProcess } from 'node:child_process';
import { GOOD, SUM_FIXED, type LoopRun } from '../integration/loop/fixture.ts';
import type { EngineCall } from '../support/engine-door.ts';
import { startEngine, whyNoEngine, type OwnEngine } from '../support/own-engine.ts';
import { behindDoor, lookAround, setEngineScene, type Doorman } from './engine-round.mts';
import { newTally, type Soak, type SoakOptions, type Tally } from './line.mts';

/** Its agents work for a moment, so that more than their starts and ends can be met. */
const WORKING = {
  ...GOOD,
  implementer: [{ write: { 'src/sum.js': SUM_FIXED }, run: ['sleep 1'], result: { confidence: 0.93 } }],
};

class Assassin implements Doorman {
  loop: ChildProcess | null = null;
  back: Promise<void> | null = null;
  at = '';
  readonly #engine: OwnEngine;
  readonly #call: number;

  constructor(engine: OwnEngine, call: number) {
    this.#engine = engine;
    this.#call = call;
  }

  async came(): Promise<'through'> {
    return 'through';
  }

  answered({ number, what }: EngineCall): void {
    if (number !== this.#call) return;
    this.at = what;
    this.back = this.#engine.kill9().then(() => this.#engine.start());
  }
}

/** How each run of an agent ended. */
const endings = ({ events }: LoopRun): readonly string[] =>
  events
    .filter(({ type }) => type === 'AgentExited')
    .map(({ agentId, ending }) => `${String(agentId)} ${String(ending)}`);

/** Each agent's last run is one that ended by itself. */
function stuck(run: LoopRun): readonly string[] {
  const last = new Map(
    endings(run).map((each): [string, string] => [each.split(' ')[0] ?? '', each.split(' ')[1] ?? '']),
  );
  return [...last]
    .filter(([, ending]) => ending !== 'completed')
    .map(([agent, ending]) => `${agent} ${ending}`);
}

interface Part extends SoakOptions {
  readonly liveRestore: boolean;
  readonly tally: Tally;
}

async function killsOf({ liveRestore, rounds, seed, tally, say }: Part): Promise<void> {
  const engine = await startEngine({ liveRestore });
  const counts = new Map<string, number>();
  try {
    const scene = await setEngineScene(engine, WORKING);
    // Before something is made in it, the loop has not begun, and says that there is no engine.
    const first = scene.calls.findIndex((what) => what.startsWith('POST')) + 1;
    const calls = scene.calls.length - first;
    for (let number = 0; number < rounds; number += 1) {
      const call = first + ((seed + Math.floor((number * calls) / rounds)) % calls);
      const assassin = new Assassin(engine, call);
      const setting = { ...scene, scenario: WORKING };
      const wrong = await behindDoor(
        setting,
        () => assassin,
        async (behind) => {
          await assassin.back;
          if (assassin.back) tally.faults += 1;
          tally.acknowledged += behind.first.events.length;
          for (const ending of endings(behind.first)) counts.set(ending, (counts.get(ending) ?? 0) + 1);
          const left = await lookAround(scene, behind, { second: null, tally });
          return [...left, ...stuck(behind.first).map((each) => `stuck: ${each}`)];
        },
      );
      say(
        `${liveRestore ? 'with' : 'without'} live-restore: ${number + 1} of ${rounds}, after ${assassin.at}`,
      );
      if (wrong.length === 0) continue;
      tally.failures.push(
        `killed after call ${call}, ${assassin.at}, live-restore ${liveRestore}: ${wrong.join('; ')}`,
      );
      say(tally.failures.at(-1) ?? '');
    }
    const said = [...counts].map(([ending, times]) => `${ending} ×${times}`).join(', ');
    tally.notes.push(`${liveRestore ? 'with' : 'without'} live-restore: ${said}`);
  } finally {
    await engine.stop();
  }
}

async function run(options: SoakOptions): Promise<Tally | { readonly skipped: string }> {
  const lacking = await whyNoEngine();
  if (lacking !== null) return { skipped: lacking };
  const tally = newTally();
  const half = Math.ceil(options.rounds / 2);
  await killsOf({ ...options, rounds: half, liveRestore: true, tally });
  // Between the calls after which it was killed there.
  const seed = options.seed + 2;
  await killsOf({ ...options, seed, rounds: options.rounds - half, liveRestore: false, tally });
  return tally;
}

export const killEngine: Soak = {
  id: 'k',
  title: 'kill −9 of the engine in the middle of a loop',
  rounds: 20,
  floor: 8,
  run,
};
