/** What agents, persons, machines and we do to a worktree. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { git, never, write } from '../integration/git-fixture.ts';
import { AGENT, blobOf, current, ownDoing, remember, taskOf, tried, type Life } from './life.mts';
import { fill, free } from './small-disk.mts';

/** Opens the repository in a process of its own and does one thing to a task, unless it is killed before. */
const OTHER_PROCESS = `
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { createRepositories } from './src/adapters/git/repositories.ts';
import { createLedger } from './src/adapters/journal/ledger.ts';
import { silentLogger } from './src/base/logger.ts';
import { systemClock } from './src/base/clock.ts';
const [repo, state, taskId, what] = process.argv.slice(1);
const repositories = createRepositories({
  stateFolder: (id) => join(state, id),
  ledger: () => createLedger({ stateFolder: join(state, 'shared'), logger: silentLogger }),
  ids: { token: () => randomBytes(16).toString('hex'), taskId: () => 'x' },
  clock: systemClock, logger: silentLogger, worktreeRoot: () => null,
});
const never = new AbortController().signal;
const opened = await repositories.open(repo, never);
if (!opened.ok) throw new Error(opened.error.message);
const task = opened.value.task(taskId);
const start = opened.value.facts.head;
process.stdout.write('ready\\n');
if (what === 'prepare') await task.worktree({ agentId: '${AGENT}', start }, never);
if (what === 'attempt') await task.commitAttempt({ agentId: '${AGENT}', iteration: 900, attempt: 1, start, message: 'a' });
if (what === 'takeUp') await task.takeUpMoved('${AGENT}');
if (what === 'remove') {
  await task.retire('${AGENT}');
  await task.releaseRefs();
  await task.forget();
}
process.exit(0);
`;

type Deed = 'prepare' | 'attempt' | 'takeUp' | 'remove';

/** Resolves once the process is about to do it. */
async function begin({ world, taskId }: Life, deed: Deed) {
  const args = ['--input-type=module', '-e', OTHER_PROCESS, world.repo, world.state, taskId, deed];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  return { child, closed };
}

const prepare = (life: Life) =>
  taskOf(life).worktree({ agentId: AGENT, start: life.windows[0].facts.head }, never);

function attempt(life: Life) {
  life.iteration += 1;
  const { iteration, windows } = life;
  const request = { agentId: AGENT, iteration, attempt: 1, start: windows[0].facts.head, message: 'a' };
  return taskOf(life).commitAttempt(request);
}

/** What a killed start left half made is taken away first, as by every process that takes a loop up to end it. */
async function release(life: Life): Promise<void> {
  await taskOf(life).recoverWorktree({ agentId: AGENT, start: life.windows[0].facts.head });
  await taskOf(life).releaseRefs();
  await taskOf(life).forget();
}

/** One of ours, which may be broken off: what lay there before has to be found, whatever comes of it. */
async function ours(life: Life, deed: () => Promise<unknown>): Promise<void> {
  remember(life);
  await deed();
}

function fault(life: Life, deed: () => Promise<unknown>): Promise<void> {
  life.faults += 1;
  return ours(life, deed);
}

type Step = (life: Life, serial: number) => void | Promise<void>;

const AGENTS: Readonly<Record<string, Step>> = {
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
    const text = `${life.taskId} ${serial}\0${'z'.repeat(life.random.whole(0, 99))}\n`;
    const put = () => write(current(life), name, Buffer.from(text));
    if (existsSync(place) && life.written.has(blobOf(place))) ownDoing(life, put);
    else put();
  },
  nested: (life, serial) => {
    if (!existsSync(current(life))) return;
    const inner = join(current(life), `inner${serial}`);
    mkdirSync(inner);
    git(inner, 'init', '-q', '--template=');
    write(inner, 'deep.txt', `nested ${life.taskId} ${serial}\n`);
  },
  ignored: (life, serial) => {
    if (existsSync(current(life))) write(current(life), `ignored/${serial}`, 'not kept');
  },
  commit: (life, serial) => {
    tried(life, 'add', '-A');
    const commit =
      tried(life, 'commit', '-q', '-m', `own ${serial}`) === null ? null : tried(life, 'rev-parse', 'HEAD');
    if (commit !== null) life.written.add(commit);
  },
  detach: (life) => void tried(life, 'checkout', '-q', '--detach'),
  branch: (life, serial) => void tried(life, 'checkout', '-q', '-b', `side-${life.taskId}-${serial}`),
  dropGit: (life) =>
    ownDoing(life, () => rmSync(join(current(life), '.git'), { force: true, recursive: true })),
};

function move(life: Life, name: string, how: (to: string) => void): void {
  if (!existsSync(current(life))) return;
  const to = join(life.world.folder, name);
  mkdirSync(dirname(to), { recursive: true });
  how(to);
  life.moved.push(to);
}

const PERSONS: Readonly<Record<string, Step>> = {
  lock: (life) => void tried(life, 'worktree', 'lock', '--reason', 'a person said so', current(life)),
  unlock: (life) => void tried(life, 'worktree', 'unlock', current(life)),
  moveByGit: (life, serial) =>
    move(
      life,
      `moved-${life.taskId}-${serial}`,
      (to) => void tried(life, 'worktree', 'move', current(life), to),
    ),
  moveByHand: (life, serial) =>
    move(life, `hand-${life.taskId}-${serial}`, (to) => renameSync(current(life), to)),
  moveFar: (life, serial) =>
    move(life, `far/away/${life.taskId}-${serial}`, (to) => renameSync(current(life), to)),
  repairByGit: (life) => void tried(life, 'worktree', 'repair', current(life)),
  deleteByHand: (life) => ownDoing(life, () => rmSync(current(life), { recursive: true, force: true })),
  prune: (life) => ownDoing(life, () => git(life.world.repo, 'worktree', 'prune')),
};

const OURS: Readonly<Record<string, Step>> = {
  prepare: (life) => ours(life, () => prepare(life)),
  attempt: (life) => ours(life, () => attempt(life)),
  rescue: (life) => ours(life, () => taskOf(life).rescue(AGENT)),
  takeUp: (life) => ours(life, () => taskOf(life).takeUpMoved(AGENT)),
  release: (life) => ours(life, () => release(life)),
  look: async (life) => {
    const [one, other] = life.windows;
    for (const seen of [
      await one.worktrees(),
      await other.task(life.taskId).conditions(),
      await taskOf(life).owned(),
    ])
      if (!seen.ok) life.wrong.push(seen.error.message);
  },
  retire: (life) =>
    fault(life, async () => {
      const retired = await taskOf(life).retire(AGENT);
      life.log.push(retired.ok ? 'retired' : retired.error.message);
    }),
  retireTwice: (life) =>
    fault(life, () => Promise.all(life.windows.map((window) => window.task(life.taskId).retire(AGENT)))),
  retireAndPrepare: (life) =>
    fault(life, () => {
      const [one, other] = life.windows;
      const start = one.facts.head;
      return Promise.all([
        one.task(life.taskId).retire(AGENT),
        other.task(life.taskId).worktree({ agentId: AGENT, start }, never),
      ]);
    }),
};

const MACHINES: Readonly<Record<string, Step>> = {
  kill: (life) =>
    fault(life, async () => {
      const deed = life.random.pick(['remove', 'remove', 'prepare', 'attempt', 'takeUp'] as const);
      life.log.push(deed);
      const { child, closed } = await begin(life, deed);
      const timer = setTimeout(() => child.kill('SIGKILL'), life.random.whole(0, 500));
      await closed;
      clearTimeout(timer);
    }),
  twoProcesses: (life) =>
    fault(life, async () => {
      const deed = life.random.pick(['remove', 'prepare', 'attempt'] as const);
      const own = life.random.pick<(life: Life) => Promise<unknown>>([prepare, attempt, release]);
      life.log.push(`${deed} and ${own.name}`);
      const { closed } = await begin(life, deed);
      await Promise.all([closed, own(life)]);
    }),
  fullDisk: (life, serial) =>
    fault(life, async () => {
      if (life.disk === null) return;
      const name = life.random.pick(['prepare', 'attempt', 'rescue', 'takeUp', 'retire', 'release'] as const);
      const bytes = life.random.whole(0, 24) * 4096;
      life.log.push(`${name} with ${bytes} bytes free`);
      fill(life.disk, bytes);
      try {
        await OURS[name]?.(life, serial);
      } finally {
        free(life.disk);
      }
    }),
};

export const STEPS: Readonly<Record<string, Step>> = { ...AGENTS, ...PERSONS, ...OURS, ...MACHINES };
/** How a life may end; whatever it left is released after it. */
export const ENDS = ['retire', 'retireTwice', 'kill', 'twoProcesses', 'fullDisk'] as const;
