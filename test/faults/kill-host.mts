/** kill −9 of the extension host of a real VS Code at random events of running loops. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import type { LoopStore } from '../../src/ports/journal.ts';
import { findChromium } from '../../scripts/chromium.mts';
import { prepareScene, type Scene } from '../e2e/scene.mts';
import { openWorkbench, projectRoot, type Workbench } from '../e2e/workbench.mts';
import { compare, journaled } from './bench.mts';
import { census, endStores, orphansOf, processesBelow, type Census, type Place } from './census.mts';
import { addOrphans, newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { roundOf, seedOf } from './random.mts';

const KILLS_PER_LOOP = 3;
/** Of the demo loop; the last ones come too close together to be met one by one. */
const EVENTS_OF_A_LOOP = 36;
const SETTLE_MS = 30_000;
/** Longer than a window takes from its opening to what it takes up. */
const QUIET_MS = 4000;
const SILENCE_MS = 90_000;
const LOOK_MS = 50;

interface Stage {
  readonly scene: Scene;
  readonly workbench: Workbench;
  readonly place: Place;
}

async function open(): Promise<Stage> {
  const scene = await prepareScene();
  await rm(scene.repository, { recursive: true });
  const made = await createSampleRepository(scene.repository);
  if (!made.ok) throw new Error(made.error);
  mkdirSync(path.join(scene.folder, 'home'));
  const workbench = await openWorkbench({
    folder: scene.repository,
    extension: projectRoot,
    env: { ...scene.env, HOME: path.join(scene.folder, 'home'), CFN_DEMO_PAUSE_MS: '50' },
  });
  const place = {
    folder: scene.folder,
    repository: scene.repository,
    state: path.join(scene.folder, 'state', 'cfn'),
    temporary: path.join(workbench.server.folder, 't'),
  };
  return { scene, workbench, place };
}

/** Pids of this server's extension hosts; after a reload the one before lives on for a while. */
function extensionHosts(serverPid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1];
        const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
        return Number(parent) === serverPid && command.includes('--type=extensionHost');
      } catch {
        // Ended while it was looked at.
        return false;
      }
    })
    .map(Number);
}

function storeAt({ state }: Place): LoopStore | null {
  const id = existsSync(state)
    ? readdirSync(state).find((name) => existsSync(path.join(state, name, 'loops')))
    : undefined;
  return id === undefined ? null : createLoopStore({ stateFolder: path.join(state, id) });
}

/** Polls, because neither a browser nor another process's files tell when they change. */
async function until<T>(what: string, ms: number, check: () => Promise<T | null> | T | null): Promise<T> {
  for (const deadline = performance.now() + ms; performance.now() < deadline; await sleep(LOOK_MS)) {
    const found = await check();
    if (found !== null) return found;
  }
  throw new Error(`not within ${ms / 1000} s: ${what}`);
}

async function startLoop({ workbench, place }: Stage): Promise<string> {
  const before = new Set((await storeAt(place)?.list()) ?? []);
  await workbench.statusBar('CFN').first().waitFor({ timeout: 60_000 });
  await workbench.command('CFN: Watch the Demo Loop');
  const dialog = workbench.page.locator('.monaco-dialog-box').filter({ hasText: 'Start this loop?' });
  // Asked before the first loop of the repository alone.
  const asked = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'On this machine' });
  await asked.or(dialog).first().waitFor({ timeout: 60_000 });
  if (await asked.count()) await asked.click();
  await dialog.waitFor({ timeout: 60_000 });
  await dialog.locator('.monaco-button', { hasText: 'Start Loop' }).click();
  return until('a new loop', 60_000, async () => {
    const loops = (await storeAt(place)?.list()) ?? [];
    return loops.find((taskId) => !before.has(taskId)) ?? null;
  });
}

const eventsOf = async ({ place }: Stage, taskId: string) => journaled(storeAt(place), taskId);

/** Kills the host and opens the page again, which brings another one; false when there was none. */
async function killAndReturn({ workbench }: Stage): Promise<boolean> {
  const { pid } = workbench.server;
  const hosts = extensionHosts(pid);
  for (const host of hosts) process.kill(host, 'SIGKILL');
  await workbench.openAgain();
  await until('another extension host', 60_000, () =>
    extensionHosts(pid).some((host) => !hosts.includes(host)) ? true : null,
  );
  return hosts.length > 0;
}

/** Waits for so many events, or for the end of the loop. */
async function reach(stage: Stage, taskId: string, count: number) {
  let length = -1;
  let movedAt = performance.now();
  for (;;) {
    const events = await eventsOf(stage, taskId);
    if (events.length !== length) movedAt = performance.now();
    length = events.length;
    if (length >= count || events.at(-1)?.type === 'LoopFinished') return events;
    if (performance.now() - movedAt > SILENCE_MS)
      throw new Error(
        `${taskId} stands still after ${length} events, the last one ${events.at(-1)?.type ?? ''}`,
      );
    await sleep(LOOK_MS);
  }
}

/** Loops before this one left their worktrees too, as every loop does. */
const nameless = (census: Census, taskIds: readonly string[]): Census => {
  const names = (list: readonly string[]) =>
    list.map((name) => taskIds.reduce((text, taskId) => text.replaceAll(taskId, 'TASK'), name));
  const { process, worktree, lock, socket, port } = census;
  return { process, worktree: names(worktree), lock: names(lock), socket, port: names(port) };
};

/** Agents and their runners; editor, terminals and language servers are not ours. */
const ours = ({ folder }: Place) =>
  processesBelow(folder)
    .map(({ command }) => command)
    .filter((command) => /dist\/(runner|demo-agent|cli)\.js/.test(command) || /guard/.test(command));

async function look(stage: Stage): Promise<Census> {
  const { place } = stage;
  await until('runners end', 5000, () => (ours(place).length === 0 ? true : null)).catch(() => undefined);
  const taskIds = (await storeAt(place)?.list()) ?? [];
  const all = nameless(await census(place, { graceMs: 0 }), taskIds);
  return { ...all, process: ours(place), port: all.port.filter((name) => name.startsWith('lease')) };
}

/** What a loop leaves once its window is done with it: the last event comes before things are put away. */
async function settled(stage: Stage): Promise<Census> {
  let before = JSON.stringify(await look(stage));
  return until('the window is done with the loop', SETTLE_MS, async () => {
    await sleep(QUIET_MS);
    const now = await look(stage);
    const same = JSON.stringify(now) === before;
    before = JSON.stringify(now);
    return same ? now : null;
  });
}

async function disturb(stage: Stage, moments: readonly number[], tally: Tally): Promise<string> {
  const taskId = await startLoop(stage);
  for (const moment of moments) {
    const events = await reach(stage, taskId, moment);
    if (events.at(-1)?.type === 'LoopFinished') break;
    if (!(await killAndReturn(stage))) continue;
    tally.faults += 1;
    tally.acknowledged += events.length;
    compare(events, await eventsOf(stage, taskId), tally);
  }
  const told = await eventsOf(stage, taskId);
  const events = await reach(stage, taskId, Number.POSITIVE_INFINITY);
  compare(told, events, tally);
  const end = events.at(-1);
  if (end?.['outcome'] !== 'PROCEED') throw new Error(`${taskId} ended as ${JSON.stringify(end)}`);
  return taskId;
}

async function loops(stage: Stage, { rounds, seed, say }: SoakOptions, tally: Tally): Promise<void> {
  await disturb(stage, [], tally);
  const undisturbed = await settled(stage);
  for (let number = 0; tally.faults < rounds && number < rounds; number += 1) {
    const random = roundOf(seed, number);
    const most = Math.min(KILLS_PER_LOOP, rounds - tally.faults);
    const moments = Array.from({ length: most }, () => random.whole(1, EVENTS_OF_A_LOOP));
    const again = `killed at events ${moments.join(', ')} (--only b --rounds ${most} --seed ${seedOf(seed, number)})`;
    try {
      await disturb(
        stage,
        moments.toSorted((a, b) => a - b),
        tally,
      );
      const { orphans, named } = orphansOf(await settled(stage), undisturbed);
      tally.orphans = addOrphans(tally.orphans, orphans);
      if (named.length > 0) tally.failures.push(`${again}: ${named.join('; ')}`);
    } catch (error) {
      tally.failures.push(`${again}: ${error instanceof Error ? error.message : String(error)}`);
      await stage.workbench.openAgain();
    }
    say(`${tally.faults} kills, ${tally.failures.at(-1) ?? 'all well'}`);
  }
}

async function run(options: SoakOptions): Promise<Tally | { readonly skipped: string }> {
  const browser = await findChromium();
  if ('missing' in browser) return { skipped: browser.missing };
  const tally = newTally();
  const stage = await open();
  try {
    await loops(stage, options, tally);
  } finally {
    await stage.workbench.dispose();
    endStores(stage.place);
    await until('everything ends', 5000, () =>
      processesBelow(stage.place.folder).length === 0 ? true : null,
    ).catch(() =>
      tally.failures.push(
        `left: ${processesBelow(stage.place.folder)
          .map(({ command }) => command)
          .join('; ')}`,
      ),
    );
    await stage.scene.dispose();
  }
  return tally;
}

export const killHost: Soak = {
  id: 'b',
  title: 'kill −9 of the extension host of a real VS Code at random events',
  rounds: 50,
  floor: 8,
  run,
};
