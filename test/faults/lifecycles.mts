/** Worktrees that live and end in every way that we know: whatever an agent wrote there has to be found afterwards. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Repository } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, type World } from '../integration/git-fixture.ts';
import { found, furnish, untouched, type Life } from './life.mts';
import { ENDS, STEPS } from './life-steps.mts';
import { newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { roundOf, seedOf, type Random } from './random.mts';
import { mountDisk, unmount } from './small-disk.mts';

const MOST_STEPS = 9;
/** A repository with a thousand loops in it would measure git, not us. */
const LIVES_IN_A_WORLD = 25;
const NAMES = Object.keys(STEPS) as [string, ...string[]];

interface Place extends Pick<Life, 'world' | 'disk' | 'windows'> {
  /** What is the person's, as it has to stay. */
  readonly before: string;
}

async function live(
  { before, ...place }: Place,
  number: number,
  random: Random,
  tally: Tally,
): Promise<readonly string[]> {
  const life: Life = {
    ...place,
    taskId: `life-${number}`,
    random,
    written: new Set(),
    moved: [],
    log: [],
    wrong: [],
    iteration: 0,
    faults: 0,
  };
  const middle = Array.from({ length: random.whole(2, MOST_STEPS) }, () => random.pick(NAMES));
  const steps = ['prepare', 'write', ...middle, 'write', random.pick(ENDS), 'look', 'release'];
  for (const [serial, name] of steps.entries()) {
    life.log.push(name);
    await STEPS[name]?.(life, serial);
  }
  const kept = found(life);
  const lost = [...life.written].filter((name) => !kept.has(name));
  tally.faults += life.faults;
  tally.acknowledged += life.written.size;
  tally.lost += lost.length;
  const path = life.log.join(', ');
  return [
    ...life.wrong.map((message) => `${message}, after ${path}`),
    ...(lost.length > 0 ? [`${lost.length} of ${life.written.size} are lost after ${path}`] : []),
    ...(untouched(life.world) === before ? [] : [`what is the person's is another after ${path}`]),
  ];
}

async function openAgain(world: World): Promise<Repository> {
  const opened = await world.restarted().open(world.repo, never);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** What git says of the repository, '' if nothing; with what is left of worktrees where it says something. */
function complaintOf(repo: string): string {
  try {
    return git(repo, 'fsck', '--no-dangling', '--connectivity-only');
  } catch (error) {
    return [error instanceof Error ? error.message : String(error), ...adminsOf(repo)].join('\n');
  }
}

function adminsOf(repo: string): readonly string[] {
  const parent = join(repo, '.git', 'worktrees');
  return readdirSync(parent).flatMap((name) =>
    ['HEAD', 'gitdir', 'locked'].flatMap((file) => {
      const path = join(parent, name, file);
      return existsSync(path) ? `${name}/${file}: ${readFileSync(path, 'utf8').trim()}` : [];
    }),
  );
}

/** On a disk of its own where one can be made. What git itself then says of the repository, '' if nothing. */
async function inWorld(work: (place: Place) => Promise<void>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cfn-lives-'));
  const disk = mountDisk(folder, '128m') ? folder : null;
  const world = makeWorld({ below: folder });
  try {
    furnish(world);
    const windows = [await world.open(), await openAgain(world)] as const;
    await work({ world, disk, windows, before: untouched(world) });
    for (const window of windows) window.close();
    return complaintOf(world.repo);
  } finally {
    world.dispose();
    if (disk !== null) unmount(disk);
    rmSync(folder, { recursive: true, force: true });
  }
}

export const lifecycles: Soak = {
  id: 'h',
  title: 'lives and ends of worktrees',
  rounds: 1000,
  floor: 1,
  run: async ({ rounds, seed, say }: SoakOptions) => {
    const tally = newTally();
    let full = true;
    for (let first = 0; first < rounds; first += LIVES_IN_A_WORLD) {
      const end = Math.min(rounds, first + LIVES_IN_A_WORLD);
      const complaint = await inWorld(async (place) => {
        full &&= place.disk !== null;
        for (let round = first; round < end; round += 1) {
          const wrong = await live(place, round, roundOf(seed, round), tally);
          tally.failures.push(...wrong.map((each) => `--rounds 1 --seed ${seedOf(seed, round)}: ${each}`));
        }
      });
      if (complaint !== '') tally.failures.push(`git fsck after lives ${first} to ${end}: ${complaint}`);
      const { acknowledged, lost, failures } = tally;
      say(`${end} lives, ${acknowledged} files and commits, ${lost} lost, ${failures.length} complaints`);
    }
    if (!full) tally.notes.push('No full disks: that takes Linux and the right to mount.');
    return tally;
  },
};
