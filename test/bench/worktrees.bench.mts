/** A worktree for an agent, over what git itself takes. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, rmSync } from 'node:fs';
import type { Sparse } from '../../src/ports/worktrees.ts';
import { makeWorld } from '../integration/git-fixture.ts';
import { manyFiles } from '../support/many-files.ts';
import { alternate, timed, type Bench, type Row } from './measure.mts';

const never = new AbortController().signal;

/** A hundred files each. */
const FOLDERS = Array.from({ length: 10 }, (_, at) => `src/0/${at}`);

interface Size {
  readonly files: number;
  readonly rounds: number;
}
interface Samples {
  readonly whole: readonly number[];
  readonly sparse: readonly number[];
  readonly git: readonly number[];
}

/** Worktrees of ours with all files and with those of ten folders, and git's own with all, in turns. */
async function measure({ files, rounds }: Size): Promise<Samples> {
  const world = makeWorld(inMemory());
  try {
    const [start] = manyFiles(world.repo, { files, changed: 1 });
    const task = (await world.open()).task('bench');
    const ours = (agentId: string, sparse?: Sparse) =>
      timedAlone(async () => {
        const made = await task.worktree({ agentId, start, sparse }, never);
        if (!made.ok) throw new Error(made.error.message);
        return made.value.path;
      });
    const gits = (name: string) =>
      timedAlone(() => {
        const path = `${world.folder}/${name}`;
        const args = ['worktree', 'add', '-q', '-b', name, path, start];
        execFileSync('git', args, { cwd: world.repo, stdio: 'pipe' });
        return path;
      });
    const sparse: number[] = [];
    const inTurns = await alternate(
      rounds,
      async (round) => {
        sparse.push(await ours(`sparse-${round}`, { folders: FOLDERS, base: start }));
        return ours(`whole-${round}`);
      },
      (round) => gits(`git-${round}`),
    );
    return { whole: inTurns.ours, sparse: sparse.slice(1), git: inTurns.theirs };
  } finally {
    world.dispose();
  }
}

/**
 * In memory where there is such a folder: what we do beside git's own work weighs the most there, while a disk that is
 * still busy with what was removed before is slower several times, for whoever is next.
 */
function inMemory(): { readonly below?: string } {
  const below = '/dev/shm';
  try {
    accessSync(below, constants.W_OK);
    return { below };
  } catch {
    return {};
  }
}

/** How long it took to make a folder, which then goes: those of all rounds together would fill the memory. */
async function timedAlone(make: () => string | Promise<string>): Promise<number> {
  let path = '';
  const ms = await timed(async () => {
    path = await make();
  });
  rmSync(path, { recursive: true });
  return ms;
}

const row = (id: string, title: string, samples: readonly number[], git: readonly number[]): Row => ({
  id,
  title,
  unit: 'ms',
  samples,
  limit: { title: 'git worktree add', samples: git },
  target: null,
});

const wholeTitle = (files: number) =>
  `a new agent's worktree with ${files.toLocaleString('en')} files, with its rescue of what stood there`;

export const worktrees: Bench = {
  id: 'worktrees',
  title: 'Worktrees',
  async run({ short }) {
    const [small, large] = short ? [200, 2000] : [5000, 100_000];
    const few = await measure({ files: small, rounds: short ? 2 : 7 });
    const many = await measure({ files: large, rounds: short ? 2 : 5 });
    const inAll = large.toLocaleString('en');
    return [
      row('worktree', wholeTitle(small), few.whole, few.git),
      {
        ...row('worktree-large', wholeTitle(large), many.whole, many.git),
        target: short ? null : { kind: 'ratio-at-most', value: 1.1 },
      },
      row(
        'worktree-sparse',
        `a sparse one, of ten folders with 1,000 of the ${inAll} files`,
        many.sparse,
        many.git,
      ),
    ];
  },
};
