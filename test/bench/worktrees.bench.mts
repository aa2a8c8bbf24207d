/** A worktree for an agent, over what git itself takes. */
import { execFileSync } from 'node:child_process';
import { makeWorld, write } from '../integration/git-fixture.ts';
import { alternate, timed, type Bench } from './measure.mts';

const never = new AbortController().signal;

export const worktrees: Bench = {
  id: 'worktrees',
  title: 'Worktrees',
  async run({ short }) {
    const files = short ? 200 : 5000;
    const world = makeWorld();
    try {
      for (let n = 0; n < files; n += 1)
        write(world.repo, `src/${n % 50}/file-${n}.txt`, `line ${n}\n`.repeat(20));
      const git = (...args: readonly string[]) =>
        execFileSync('git', args, { cwd: world.repo, stdio: 'pipe' });
      git('add', '-A');
      git('commit', '-q', '-m', 'many files');
      const repository = await world.open();
      const task = repository.task('bench');
      const { ours, theirs } = await alternate(
        short ? 2 : 7,
        (round) =>
          timed(async () => {
            const made = await task.worktree(
              { agentId: `agent-${round}`, start: repository.facts.head },
              never,
            );
            if (!made.ok) throw new Error(made.error.message);
          }),
        (round) =>
          timed(() => git('worktree', 'add', '-q', '-b', `bare-${round}`, `${world.folder}/bare-${round}`)),
      );
      return [
        {
          id: 'worktree',
          title: `a new agent's worktree with ${files.toLocaleString('en')} files, with its rescue of what stood there`,
          unit: 'ms',
          samples: ours,
          limit: { title: 'git worktree add', samples: theirs },
          target: null,
        },
      ];
    } finally {
      world.dispose();
    }
  },
};
