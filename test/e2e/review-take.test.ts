import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { LoopBench, removePrograms } from '../integration/loop/fixture.ts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

const SOON = { timeout: 60_000 };
const shots = process.env['CFN_SCREENSHOTS'];
let loop: LoopBench | undefined;
let workbench: Workbench | undefined;

afterEach(async ({ task }) => {
  if (shots && task.result?.state === 'fail')
    await workbench?.screenshot(path.join(shots, 'review-take-failed.png'));
  const proposed = workbench?.proposedApiUses() ?? [];
  await workbench?.dispose();
  loop?.finish();
  workbench = undefined;
  loop = undefined;
  if (proposed.length > 0) throw new Error(`Proposed API is used: ${proposed.join('; ')}`);
});
afterAll(removePrograms);

const THEMES = [
  ['Dark Modern', 'vs-dark'],
  ['Light Modern', 'vs'],
  ['Dark High Contrast', 'hc-black'],
  ['Light High Contrast', 'hc-light'],
] as const;
const text = (word: string) => `export const word = '${word}';\n`;
const CREW = {
  implementer: [
    { write: { 'src/a.js': text('first'), 'src/b.js': text('b') }, result: { confidence: 0.9 } },
    { write: { 'src/a.js': text('second') }, result: { confidence: 0.95 } },
  ],
  validator: [
    { result: { score: 0.5, findings: [{ severity: 'warning', text: 'not that word' }] } },
    { result: { score: 0.96 } },
  ],
};

async function open(bench: LoopBench): Promise<Workbench> {
  workbench = await openWorkbench({
    folder: bench.repository,
    extension: projectRoot,
    env: { XDG_STATE_HOME: path.join(bench.folder, 'state') },
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  await workbench.openView('CFN Loop');
  return workbench;
}

/** Every row of ours says what it is to those who hear it. */
async function unnamedRows(of: Workbench): Promise<readonly string[]> {
  const rows = of.page.locator('.part.sidebar .pane .monaco-list-row');
  const labels = await rows.evaluateAll((all) =>
    all.map((row) => [row.getAttribute('aria-label') ?? '', row.textContent ?? ''] as const),
  );
  return labels.filter(([label]) => label.trim() === '').map(([, shown]) => shown);
}

it('takes a file of an earlier iteration into the result of an ended loop, shows that, and undoes it', async () => {
  const bench = await new LoopBench().create({ 'src/a.js': text('base') });
  loop = bench;
  const owner = { 'product-owner': [{ result: { decision: 'PROCEED', reason: 'good' } }] };
  const run = await bench.run({ ...CREW, ...owner }, '--evidence', 'git --version');
  if (run.code !== 0) throw new Error(run.stderr);
  const branch = bench.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/cfn/*/result');
  const [ended, head] = [bench.git('rev-parse', branch), bench.git('rev-parse', 'HEAD')];
  const opened = await open(bench);
  const row = (of: string | RegExp) => opened.treeRow(of, 'Review');
  await opened.treeRow('done: proceeded').waitFor(SOON);
  await opened.command('CFN: Review Changes');
  await row(/a\.js/).waitFor(SOON);
  await opened.rowMenu(row(/a\.js/), 'Take This File into the Result…');
  await opened.pick(/Iteration 1/);
  await expect.poll(() => bench.git('rev-parse', branch), SOON).not.toBe(ended);
  expect(bench.git('show', `${branch}:src/a.js`)).toContain("'first'");
  expect(bench.git('log', '-1', '--format=%s', branch)).toBe('Take src/a.js as it is in iteration 1');
  await row(/Changed files.*the result as you changed it/).waitFor(SOON);
  expect(await unnamedRows(opened)).toEqual([]);
  await row(/a\.js/).click();
  await opened.page.locator('.tab.active', { hasText: 'the result as you changed it' }).waitFor();
  if (shots) {
    for (const [theme, kind] of THEMES) {
      await opened.command('Preferences: Color Theme');
      // The list draws only what fits into it.
      await opened.page.keyboard.type(theme);
      await opened.pick(theme);
      await opened.page.locator(`.monaco-workbench.${kind}`).waitFor();
      await opened.screenshot(path.join(shots, `review-take-${kind}.png`));
    }
    await opened.page.setViewportSize({ width: 760, height: 700 });
    await opened.screenshot(path.join(shots, 'review-take-narrow.png'));
    await opened.page.setViewportSize({ width: 1500, height: 940 });
  }

  await opened.command('CFN: Undo the Last Review Change of the Result');
  await expect.poll(() => bench.git('rev-parse', branch), SOON).toBe(ended);
  await row(/Changed files.*against the base/).waitFor(SOON);
  expect(bench.git('rev-parse', 'HEAD')).toBe(head);
  expect(bench.git('status', '--porcelain')).toBe('');
});

it('sends a file with a review, so that the next iteration begins with it', async () => {
  const bench = await new LoopBench().create({ 'src/a.js': text('base') });
  loop = bench;
  const [prompt, start] = ['prompt.txt', 'start.txt'].map((name) => path.join(bench.folder, name));
  const third = {
    run: [`cp "$CFN_PROMPT_FILE" '${prompt}'`, `cp src/a.js '${start}'`],
    result: { confidence: 0.95 },
  };
  const crew = {
    implementer: [...CREW.implementer, third],
    validator: [...CREW.validator, { result: { score: 0.96 } }],
  };
  const run = await bench.run(crew, '--evidence', 'git --version', '--product-owner', 'human');
  expect(run).toMatchObject({ code: 5 });
  const opened = await open(bench);
  const row = (of: string | RegExp) => opened.treeRow(of, 'Review');
  await opened.treeRow(/Decide iteration 2/, 'Inbox').waitFor(SOON);
  await opened.command('CFN: Review Changes');
  await row(/a\.js/).waitFor(SOON);
  await opened.rowMenu(row(/a\.js/), 'Take This File into the Result…');
  await opened.pick(/Iteration 1/);
  await row('Files to take over').waitFor(SOON);
  await row(/a\.js.*from iteration 1/).waitFor(SOON);
  await opened.page.locator('.part.sidebar .message', { hasText: '1 draft not sent.' }).waitFor(SOON);
  expect(await unnamedRows(opened)).toEqual([]);
  if (shots) await opened.screenshot(path.join(shots, 'review-take-draft.png'));
  await opened.command('CFN: Send Review');
  await row('Files to take over').waitFor({ state: 'hidden', ...SOON });
  await opened.treeRow('Decide iteration 2', 'Inbox').click();
  await opened.pick('ITERATE');
  await opened.answer('');
  await opened.treeRow('Decide iteration 3', 'Inbox').waitFor(SOON);
  expect(await readFile(start!, 'utf8')).toBe(text('first'));
  expect(await readFile(prompt!, 'utf8')).toContain(
    '(person) src/a.js: taken over as it is in iteration 1; go on from it.',
  );
});
