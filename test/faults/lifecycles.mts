/** Worktrees that live and end in every way that we know: whatever an agent wrote there has to be found afterwards. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Repository, TaskGit } from '../../src/ports/worktrees.ts';
import { git, makeWorld, never, read, write, type World } from '../integration/git-fixture.ts';
import { newTally, type Soak, type SoakOptions, type Tally } from './line.mts';
import { roundOf, seedOf, type Random } from './random.mts';

const AGENT = 'a';
const MOST_STEPS = 9;

/** Opens the repository in a process of its own and removes what a task has, until it is killed. */
const REMOVER = `
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { createRepositories } from './src/adapters/git/repositories.ts';
import { createLedger } from './src/adapters/journal/ledger.ts';
import { silentLogger } from './src/base/logger.ts';
import { systemClock } from './src/base/clock.ts';
const [repo, state, taskId] = process.argv.slice(1);
const repositories = createRepositories({
  stateFolder: (id) => join(state, id),
  ledger: () => createLedger({ stateFolder: join(state, 'shared'), logger: silentLogger }),
  ids: { token: () => randomBytes(16).toString('hex'), taskId: () => 'x' },
  clock: systemClock, logger: silentLogger, worktreeRoot: () => null,
});
const opened = await repositories.open(repo, new AbortController().signal);
if (!opened.ok) throw new Error(opened.error.message);
const task = opened.value.task(taskId);
process.stdout.write('ready\\n');
await task.retire('${AGENT}');
await task.releaseRefs();
await task.forget();
`;

interface Life {
  readonly world: World;
  readonly taskId: string;
  readonly random: Random;
  /** Two windows on the same repository. */
  readonly windows: readonly [Repository, Repository];
  /** Blobs, by their object names, that lay in the worktree when one of us began to remove or replace it. */
  readonly written: Set<string>;
  /** Folders that a person moved a worktree to. */
  readonly moved: string[];
  readonly log: string[];
  iteration: number;
  faults: number;
}

const taskOf = (life: Life): TaskGit => life.random.pick(life.windows).task(life.taskId);

/** As git names a file's content; agents' files here are not converted. */
function blobOf(path: string): string {
  const content = readFileSync(path);
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name === '.git' || entry.name === 'ignored' || entry.name.endsWith('.log')) return [];
    if (entry.isDirectory()) return filesBelow(path);
    return lstatSync(path).isFile() ? [path] : [];
  });
}

const worktreesRoot = ({ world }: Life): string => `${world.repo}.cfn`;
const placeOf = (life: Life): string => join(worktreesRoot(life), life.taskId, AGENT);

/** Where the worktree is now, as far as somebody can know. */
const current = (life: Life): string => [placeOf(life), ...life.moved].findLast(existsSync) ?? placeOf(life);

function remember(life: Life): void {
  for (const path of filesBelow(current(life))) life.written.add(blobOf(path));
}

/** An agent's or a person's git may refuse; whatever that leaves has to be coped with. */
function tried(life: Life, ...args: string[]): void {
  try {
    git(current(life), ...args);
  } catch {
    life.log.push(`${args[0]} refused`);
  }
}

/** What nobody had kept before a person deleted it, or its agent wrote over it, is theirs to answer for. */
function ownDoing(life: Life, gone: readonly string[]): void {
  const held = gone.filter((blob) => life.written.has(blob));
  if (held.length === 0) return;
  const kept = found(life);
  for (const blob of held) if (!kept.has(blob)) life.written.delete(blob);
}

type Step = (life: Life, serial: number) => void | Promise<void>;

const STEPS: Readonly<Record<string, Step>> = {
  prepare: async (life) => {
    remember(life);
    await taskOf(life).worktree({ agentId: AGENT, start: life.windows[0].facts.head }, never);
  },
  write: (life, serial) => {
    if (!existsSync(current(life))) return;
    const name = life.random.pick([
      'readme.md',
      'src/a.txt',
      'new.txt',
      'deep/er/x y.bin',
      'ümlaut.txt',
      '-x',
    ]);
    const place = join(current(life), name);
    const gone = existsSync(place) ? [blobOf(place)] : [];
    const text = `${life.taskId} ${serial}\0${'z'.repeat(life.random.whole(0, 99))}\n`;
    write(current(life), name, Buffer.from(text));
    ownDoing(life, gone);
  },
  nested: (life, serial) => {
    if (!existsSync(current(life))) return;
    const inner = join(current(life), `inner${serial}`);
    mkdirSync(inner);
    git(inner, 'init', '-q');
    write(inner, 'deep.txt', `nested ${life.taskId} ${serial}\n`);
  },
  ignored: (life, serial) => {
    if (existsSync(current(life))) write(current(life), `ignored/${serial}`, 'not kept');
  },
  commit: (life, serial) => {
    tried(life, 'add', '-A');
    tried(life, 'commit', '-q', '-m', `own ${serial}`);
  },
  detach: (life) => tried(life, 'checkout', '-q', '--detach'),
  branch: (life, serial) => tried(life, 'checkout', '-q', '-b', `side-${life.taskId}-${serial}`),
  dropGit: (life) => rmSync(join(current(life), '.git'), { force: true, recursive: true }),
  attempt: async (life) => {
    life.iteration += 1;
    const { iteration, windows } = life;
    const request = { agentId: AGENT, iteration, attempt: 1, start: windows[0].facts.head, message: 'a' };
    remember(life);
    await taskOf(life).commitAttempt(request);
  },
  lock: (life) => tried(life, 'worktree', 'lock', '--reason', 'a person said so', current(life)),
  unlock: (life) => tried(life, 'worktree', 'unlock', current(life)),
  moveByGit: (life, serial) => {
    const to = join(life.world.folder, `moved-${life.taskId}-${serial}`);
    tried(life, 'worktree', 'move', current(life), to);
    life.moved.push(to);
  },
  moveByHand: (life, serial) => {
    if (!existsSync(current(life))) return;
    const to = join(life.world.folder, `hand-${life.taskId}-${serial}`);
    renameSync(current(life), to);
    life.moved.push(to);
  },
  deleteByHand: (life) => {
    const gone = filesBelow(current(life)).map(blobOf);
    rmSync(current(life), { recursive: true, force: true });
    ownDoing(life, gone);
  },
  prune: (life) => {
    git(life.world.repo, 'worktree', 'prune');
  },
  retire: async (life) => {
    remember(life);
    life.faults += 1;
    const retired = await taskOf(life).retire(AGENT);
    life.log.push(retired.ok ? 'retired' : retired.error.message);
  },
  retireTwice: async (life) => {
    remember(life);
    life.faults += 1;
    await Promise.all(life.windows.map((window) => window.task(life.taskId).retire(AGENT)));
  },
  retireAndPrepare: async (life) => {
    remember(life);
    life.faults += 1;
    const [one, other] = life.windows;
    const start = one.facts.head;
    await Promise.all([
      one.task(life.taskId).retire(AGENT),
      other.task(life.taskId).worktree({ agentId: AGENT, start }, never),
    ]);
  },
  release: async (life) => {
    remember(life);
    await taskOf(life).releaseRefs();
    await taskOf(life).forget();
  },
  killRemoval: async (life) => {
    remember(life);
    life.faults += 1;
    const args = ['--input-type=module', '-e', REMOVER, life.world.repo, life.world.state, life.taskId];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const closed = once(child, 'close');
    await Promise.race([once(child.stdout, 'data'), closed]);
    const timer = setTimeout(() => child.kill('SIGKILL'), life.random.whole(0, 500));
    await closed;
    clearTimeout(timer);
  },
};

/** All that is in a ref or still lies in a folder. */
function found({ world, moved, ...life }: Life): ReadonlySet<string> {
  const objects = git(world.repo, 'rev-list', '--objects', '--all').split('\n');
  const heads = git(world.repo, 'worktree', 'list', '--porcelain').matchAll(/^HEAD ([0-9a-f]+)$/gm);
  const ofHeads = [...heads].flatMap(([, head]) => {
    if (head === undefined || /^0+$/.test(head)) return [];
    return git(world.repo, 'rev-list', '--objects', head).split('\n');
  });
  const root = worktreesRoot({ world, moved, ...life });
  const folders = [root, ...moved].flatMap(filesBelow).map(blobOf);
  return new Set([...objects, ...ofHeads].map((line) => line.slice(0, 40)).concat(folders));
}

/** What of the user's is as it was. */
const untouched = ({ repo }: World): string =>
  [
    git(repo, 'status', '--porcelain'),
    git(repo, 'rev-parse', 'HEAD'),
    git(repo, 'ls-files', '--stage'),
    git(repo, 'for-each-ref', 'refs/heads/main', 'refs/tags', 'refs/stash'),
    read(repo, 'readme.md'),
    read(repo, 'mine.txt'),
  ].join('\n');

async function live(world: World, number: number, random: Random, tally: Tally): Promise<readonly string[]> {
  const windows = [await world.open(), await openAgain(world)] as const;
  const life: Life = {
    world,
    taskId: `life-${number}`,
    random,
    windows,
    written: new Set(),
    moved: [],
    log: [],
    iteration: 0,
    faults: 0,
  };
  const before = untouched(world);
  const names = Object.keys(STEPS) as [string, ...string[]];
  const steps = [
    'prepare',
    'write',
    ...Array.from({ length: random.whole(2, MOST_STEPS) }, () => random.pick(names)),
  ];
  const last = random.pick(['retire', 'retireTwice', 'killRemoval'] as const);
  for (const [serial, name] of [...steps, 'write', last, 'release'].entries()) {
    life.log.push(name);
    await STEPS[name]?.(life, serial);
  }
  const kept = found(life);
  const lost = [...life.written].filter((blob) => !kept.has(blob));
  tally.faults += life.faults;
  tally.acknowledged += life.written.size;
  tally.lost += lost.length;
  const path = life.log.join(', ');
  return [
    ...(lost.length > 0 ? [`${lost.length} of ${life.written.size} files are lost after ${path}`] : []),
    ...(untouched(world) === before ? [] : [`the user's checkout is another one after ${path}`]),
    ...(git(world.repo, 'fsck', '--no-dangling', '--connectivity-only') === ''
      ? []
      : [`git fsck complains after ${path}`]),
  ];
}

async function openAgain(world: World): Promise<Repository> {
  const opened = await world.restarted().open(world.repo, never);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

export const lifecycles: Soak = {
  id: 'h',
  title: 'lives and ends of worktrees',
  rounds: 1000,
  floor: 1,
  run: async ({ rounds, seed, say }: SoakOptions) => {
    const tally = newTally();
    // A repository with a thousand loops in it would measure git, not us.
    for (let first = 0; first < rounds; first += 25) {
      const world = makeWorld();
      try {
        write(world.repo, 'readme.md', 'the person works here\n');
        write(world.repo, 'mine.txt', 'mine\n');
        for (let round = first; round < Math.min(rounds, first + 25); round += 1) {
          const wrong = await live(world, round, roundOf(seed, round), tally);
          tally.failures.push(...wrong.map((each) => `--rounds 1 --seed ${seedOf(seed, round)}: ${each}`));
        }
      } finally {
        world.dispose();
      }
      say(`${Math.min(rounds, first + 25)} lives, ${tally.acknowledged} files, ${tally.lost} lost`);
    }
    return tally;
  },
};
