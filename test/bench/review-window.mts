/** Diffs of a finished loop in a real window, beside the same files on disk. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findChromium } from '../../scripts/chromium.mts';
import { openWorkbench, projectRoot } from '../e2e/workbench.mts';
import { LoopBench, removePrograms, SUM_FIXED, SUM_REPOSITORY } from '../integration/loop/fixture.ts';
import { manyChanged } from '../support/many-changed.ts';
import type { ReviewFigures, ReviewPlan } from './host/review.ts';
import { buildForHost, figuresFrom } from './host-figures.mts';
import type { BenchOptions, Row } from './measure.mts';

/** As `host/review.ts` writes it. */
const MARK = 'CFN-BENCH-REVIEW ';
const LIMIT_MS = 300_000;
/** The most that the review shows at once. */
const PAGE = 300;

/** A loop whose agent changed thousands of files; its commits are compared as any loop's are. */
async function finishedLoop(bench: LoopBench, files: number): Promise<ReviewPlan> {
  await bench.create(SUM_REPOSITORY);
  const [before, after] = manyChanged(bench.repository, files);
  bench.git('checkout', '-q', before, '--', '.');
  bench.git('commit', '-q', '-m', 'many files');
  const run = await bench.run({
    implementer: [
      {
        write: { 'src/sum.js': SUM_FIXED },
        run: [`git checkout -q ${after} -- .`],
        result: { confidence: 0.93, summary: 'changed' },
      },
    ],
    validator: [{ result: { score: 0.95 } }],
    'product-owner': [{ result: { decision: 'PROCEED', reason: 'done' } }],
  });
  if (run.code !== 0) throw new Error(`the loop ended with ${run.code}: ${run.stderr}`);
  const [from, to] = [bench.git('rev-parse', 'HEAD'), bench.git('rev-parse', 'cfn/sum/result')];
  const plain = {
    from: path.join(bench.folder, 'plain', 'from'),
    to: path.join(bench.folder, 'plain', 'to'),
  };
  for (const [commit, folder] of [[from, plain.from] as const, [to, plain.to] as const]) {
    await mkdir(folder, { recursive: true });
    bench.git('--work-tree', folder, 'checkout', '-q', commit, '--', '.');
  }
  bench.git('reset', '-q', '--hard');
  const names = bench.git('diff', '--name-only', from, to, '--', 'src/module-*').split('\n');
  const pages = Array.from({ length: Math.floor(files / PAGE) }, (_, at) =>
    names.slice(at * PAGE, (at + 1) * PAGE),
  );
  return { taskId: 'sum', from, to, plain, pages, hunks: names.slice(0, 21) };
}

async function figuresOf(bench: LoopBench, plan: ReviewPlan): Promise<ReviewFigures> {
  const file = path.join(bench.folder, 'plan.json');
  await writeFile(file, JSON.stringify(plan));
  const tests = path.join(bench.folder, 'review-host.js');
  await buildForHost('review.ts', tests);
  const names = ['XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'GIT_CONFIG_GLOBAL', 'GIT_CONFIG_NOSYSTEM'];
  const env = Object.fromEntries(names.map((name) => [name, bench.env[name] ?? '']));
  const workbench = await openWorkbench({
    folder: bench.repository,
    extension: projectRoot,
    tests,
    env: { ...env, CFN_BENCH_PLAN: file },
  });
  return figuresFrom(workbench, { mark: MARK, limitMs: LIMIT_MS, said });
}

/** The editor warns of many listeners; that is not why figures are missing. */
const said = (lines: readonly string[]): string =>
  lines
    .filter((line) => /CFN-BENCH|did not come|Cannot|failed/i.test(line))
    .slice(-10)
    .join('\n');

/** Nothing where no browser is found; that is said. */
export async function inWindow({ short, say }: BenchOptions): Promise<readonly Row[]> {
  const browser = await findChromium();
  if ('missing' in browser) {
    say(`  without a window: ${browser.missing}`);
    return [];
  }
  const bench = new LoopBench();
  try {
    const { ours, plain, nextHunk, nextChange } = await figuresOf(
      bench,
      await finishedLoop(bench, PAGE * (short ? 2 : 5)),
    );
    return [
      {
        id: 'review-multi-diff',
        title: `the multi-file diff of ${PAGE} files of a loop, until the editor has both sides of each`,
        unit: 'ms',
        samples: ours,
        limit: { title: 'vscode.changes with the same files on disk', samples: plain },
        target: { kind: 'ratio-at-most', value: 1.3 },
      },
      {
        id: 'review-next-hunk',
        title: 'from Next Hunk to the cursor there, in a diff that is open',
        unit: 'ms',
        samples: nextHunk,
        limit: { title: 'VS Code’s own Go to Next Change', samples: nextChange },
        target: { kind: 'at-most', value: 50 },
      },
    ];
  } finally {
    bench.finish();
    await removePrograms();
  }
}
