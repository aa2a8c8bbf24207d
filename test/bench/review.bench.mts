/** What a person waits for when a review of thousands of files opens, over what git itself takes. */
import { execFileSync } from 'node:child_process';
import { entriesOf } from '../../src/vscode/review/file-folders.ts';
import { makeWorld, value } from '../integration/git-fixture.ts';
import { manyChanged } from '../support/many-changed.ts';
import { alternate, timed, type Bench } from './measure.mts';
import { inWindow } from './review-window.mts';

/** The multi-file diff gets so many at once; it asks for both sides of each. */
const PAGE = 300;

export const review: Bench = {
  id: 'review',
  title: 'Review',
  async run(options) {
    const { short } = options;
    const files = short ? 200 : 5000;
    const rounds = short ? 2 : 9;
    const count = files.toLocaleString('en');
    const world = makeWorld();
    const git = (...args: readonly string[]) =>
      execFileSync('git', args, { cwd: world.repo, maxBuffer: 1 << 28 });
    try {
      const [before, after] = manyChanged(world.repo, files);
      const repository = await world.open();
      const list = async () => value(await repository.compare(before, after));
      const paths = (await list()).slice(0, PAGE).map((file) => file.after?.path ?? '');
      const show = async (some: readonly string[]) => {
        const sides = some.flatMap((path) => [repository.show(before, path), repository.show(after, path)]);
        for (const side of await Promise.all(sides))
          if (value(side) === null) throw new Error('no such file');
      };
      const bare = (some: readonly string[]) => {
        const names = some.flatMap((path) => [`${before}:${path}`, `${after}:${path}`]).join('\n');
        execFileSync('git', ['cat-file', '--batch'], {
          cwd: world.repo,
          input: `${names}\n`,
          maxBuffer: 1 << 28,
        });
      };
      const opening = await alternate(
        rounds,
        () => timed(async () => void entriesOf(await list(), '')),
        () => timed(() => git('diff-tree', '-r', '-z', '-M', '--raw', before, after)),
      );
      const first = await alternate(
        rounds,
        () => timed(() => show(paths.slice(0, 1))),
        () => timed(() => bare(paths.slice(0, 1))),
      );
      const page = await alternate(
        rounds,
        () => timed(() => show(paths)),
        () => timed(() => bare(paths)),
      );
      repository.close();
      return [
        {
          id: 'review-list',
          title: `opening the list of ${count} changed files`,
          unit: 'ms',
          samples: opening.ours,
          limit: { title: 'git diff-tree', samples: opening.theirs },
          target: { kind: 'at-most', value: 1000 },
        },
        {
          id: 'review-first',
          title: 'both sides of the first file',
          unit: 'ms',
          samples: first.ours,
          limit: { title: 'a git cat-file of its own', samples: first.theirs },
          target: { kind: 'at-most', value: 1000 },
        },
        {
          id: 'review-page',
          title: `both sides of ${paths.length} files, as the multi-file diff asks for them`,
          unit: 'ms',
          samples: page.ours,
          limit: { title: 'one git cat-file --batch with all names', samples: page.theirs },
          target: null,
        },
        ...(await inWindow(options)),
      ];
    } finally {
      world.dispose();
    }
  },
};
