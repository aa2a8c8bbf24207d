/** Disks that are full at a hundred different levels: under a journal, and under the state of whole loops. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import type { Journal } from '../../src/ports/journal.ts';
import type { LoopRun } from '../integration/loop/fixture.ts';
import { compare, createFaultBench, journaled, TASK, type FaultBench } from './bench.mts';
import { census, orphansOf } from './census.mts';
import { addOrphans, newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { roundOf, seedOf, type Random } from './random.mts';
import { fill, free, mountDisk, unmount } from './small-disk.mts';
import { outcomeOf, undisturbedLoop, type Undisturbed } from './undisturbed.mts';

const LEVELS_PER_LOOP = 10;
const VISIBLE_MS = 20_000;

async function openOn(disk: string, name: string) {
  const store = createLoopStore({ stateFolder: join(disk, name) });
  const holder = await store.hold(TASK, () => Promise.resolve(null));
  if (!holder.ok) throw new Error(holder.error.kind === 'disk' ? holder.error.message : 'held');
  const journal = await store.open(TASK, holder.value.epoch);
  if (!journal.ok) throw new Error(journal.error.message);
  return { store, holder: holder.value, journal: journal.value };
}

/** Appends until the disk takes no more; what was acknowledged. */
async function appendUntilFull(
  journal: Journal,
  random: Random,
): Promise<{ acked: unknown[]; error: string }> {
  const acked: unknown[] = [];
  for (let n = 0; n < 500; n += 1) {
    const event = { n, text: 'x'.repeat(random.whole(0, 700)) };
    const written = await journal.append([event]);
    if (!written.ok) return { acked, error: written.error.message };
    acked.push(event);
  }
  return { acked, error: '' };
}

async function journalLevel(disk: string, level: number, random: Random, tally: Tally): Promise<void> {
  const name = `level-${level}`;
  const { store, holder, journal } = await openOn(disk, name);
  fill(disk, level * 1024 + 1);
  const { acked, error } = await appendUntilFull(journal, random);
  tally.faults += 1;
  tally.acknowledged += acked.length;
  const wrong = (what: string) => tally.failures.push(`journal with ${level} KiB free: ${what}`);
  if (!error.includes('the disk is full')) wrong(`the error is "${error}"`);
  free(disk);
  const later = await journal.append([{ later: true }]);
  if (!later.ok) wrong(`does not go on after space was freed: ${later.error.message}`);
  await journal.close();
  await holder.release();
  const read = await store.read(TASK);
  const found = read.ok ? read.value.map(({ event }) => JSON.stringify(event)) : [];
  const expected = [...acked, { later: true }].map((event) => JSON.stringify(event));
  tally.lost += expected.filter((event) => !found.includes(event)).length;
  tally.duplicated += found.length - new Set(found).size;
  if (found.length > expected.length) wrong('holds events that were refused');
  rmSync(join(disk, name), { recursive: true });
}

interface Level {
  readonly event: number;
  readonly freeBytes: number;
}

/** Runs the loop until it ends; once it said that the disk is full, or keeps still for long, space is freed. */
async function runOnFullDisk({ bench, run, state }: FaultBench, level: Level): Promise<LoopRun> {
  let seen = 0;
  let timer: NodeJS.Timeout | undefined;
  const { child, ended } = await bench.start(run, () => {
    seen += 1;
    if (seen !== level.event) return;
    fill(join(state, '..'), level.freeBytes);
    timer = setTimeout(() => free(join(state, '..')), VISIBLE_MS / 4);
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 10 * VISIBLE_MS);
  const end = await ended;
  clearTimeout(timer);
  clearTimeout(limit);
  return end;
}

async function loopLevel(level: Level, expected: Undisturbed, tally: Tally): Promise<readonly string[]> {
  const place = await createFaultBench();
  const disk = join(place.state, '..');
  execFileSync('mkdir', ['-p', disk]);
  mountDisk(disk, '48m');
  try {
    const first = await runOnFullDisk(place, level);
    free(disk);
    tally.faults += 1;
    tally.acknowledged += first.events.length;
    const told = [...first.events];
    let end = first;
    for (let again = 0; again < 3 && end.code !== 0; again += 1) {
      end = await place.bench.cfn('resume', TASK, '--json');
      told.push(...end.events);
    }
    compare(told, await journaled(place.store(), TASK), tally);
    const { orphans, named } = orphansOf(await census(place), expected.left);
    tally.orphans = addOrphans(tally.orphans, orphans);
    const visible = first.code === 0 || /disk is full|no space|ENOSPC/i.test(first.stderr);
    const outcome = outcomeOf(place, end);
    return [
      ...named,
      ...(visible ? [] : [`ended with ${first.code} and said only: ${first.stderr}`]),
      ...(outcome === expected.outcome
        ? []
        : [
            `came to ${outcome}: ${JSON.stringify(told.slice(level.event - 3))} ${first.stderr} ${end.stderr}`,
          ]),
    ];
  } finally {
    place.removeProcesses();
    unmount(disk);
    place.remove();
  }
}

async function wholeLoops({ rounds, seed, say }: SoakOptions, tally: Tally): Promise<void> {
  const expected = await undisturbedLoop();
  for (let number = 0; number < Math.ceil(rounds / LEVELS_PER_LOOP); number += 1) {
    const random = roundOf(seed, number);
    const level = { event: random.whole(1, expected.events - 2), freeBytes: random.whole(0, 24) * 4096 };
    const wrong = await loopLevel(level, expected, tally);
    if (wrong.length === 0) continue;
    const where = `loop with ${level.freeBytes} bytes free after event ${level.event}`;
    tally.failures.push(`${where} (--only e --rounds 1 --seed ${seedOf(seed, number)}): ${wrong.join('; ')}`);
    say(tally.failures.at(-1) ?? '');
  }
}

async function run(options: SoakOptions): Promise<Tally | { readonly skipped: string }> {
  const disk = mkdtempSync(join(tmpdir(), 'cfn-soak-disk-'));
  if (!mountDisk(disk, '1m')) {
    rmSync(disk, { recursive: true });
    return { skipped: 'A small disk takes Linux and the right to mount.' };
  }
  const tally = newTally();
  try {
    for (let level = 0; level < options.rounds; level += 1)
      await journalLevel(disk, level, roundOf(options.seed, level), tally);
  } finally {
    unmount(disk);
    if (existsSync(disk)) rmSync(disk, { recursive: true });
  }
  tally.notes.push(`${tally.faults} journals`);
  if (!options.short) await wholeLoops(options, tally);
  return tally;
}

export const fullDisk: Soak = {
  id: 'e',
  title: 'full disks under journals and whole loops',
  rounds: 100,
  floor: 5,
  run,
};
