/** A person's review of one iteration is what the next one is told; its result comes home, and goes back. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { LoopBench, removePrograms } from '../integration/loop/fixture.ts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

const STEP = { timeout: 120_000 };
const shots = process.env['CFN_SCREENSHOTS'];
let loop: LoopBench | undefined;
let workbench: Workbench | undefined;

afterEach(async ({ task }) => {
  if (shots && task.result?.state === 'fail')
    await workbench?.screenshot(path.join(shots, 'review-steers-failed.png'));
  await workbench?.dispose();
  loop?.finish();
  workbench = undefined;
  loop = undefined;
});
afterAll(removePrograms);

const lines = (words: Readonly<Record<number, string>>) =>
  `${Array.from({ length: 40 }, (_, at) => `export const line${at + 1} = ${words[at + 1] ?? at + 1};`).join('\n')}\n`;

const items = (prompt: string) =>
  /Deal with every item[^\n]*\n\n([\s\S]*?)\n## /
    .exec(prompt)?.[1]
    ?.split('\n')
    .filter((line) => /^\d+\. /.test(line));

it('accepts one hunk, rejects another, comments on a third; the next iteration is told so, merged and undone', async () => {
  const bench = await new LoopBench().create({ 'src/session.js': lines({}) });
  loop = bench;
  const kept = `cp "$CFN_PROMPT_FILE" '${bench.folder}'/prompt-$CFN_ITERATION.txt`;
  const finding = { severity: 'warning', file: 'src/session.js', line: 35, text: 'No word is a number' };
  const crew = {
    implementer: [
      {
        write: { 'src/session.js': lines({ 5: "'five'", 20: "'twenty'", 35: "'thirty-five'" }) },
        result: { confidence: 0.93 },
      },
      {
        run: [kept],
        write: { 'src/session.js': lines({ 5: "'five'", 35: '35.5' }) },
        result: { confidence: 0.95 },
      },
    ],
    v1: [{ result: { score: 0.95, findings: [finding] } }, { result: { score: 0.96 } }],
    v2: [{ result: { score: 0.95 } }],
  };
  const first = await bench.run(crew, '--evidence', 'git --version', '--product-owner', 'human');
  expect(first).toMatchObject({ code: 5 });
  const head = bench.git('rev-parse', 'HEAD');
  const opened = await openWorkbench({
    folder: bench.repository,
    extension: projectRoot,
    env: { XDG_STATE_HOME: path.join(bench.folder, 'state') },
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  workbench = opened;
  const { page } = opened;
  const inReview = (text: string | RegExp) => opened.treeRow(text, 'Review');
  const hunk = (text: RegExp) => opened.statusBar(text).first().waitFor();

  await opened.openView('CFN Loop');
  await opened.treeRow('Decide iteration 1', 'Inbox').waitFor(STEP);
  await opened.command('CFN: Review Changes');
  await inReview('No word is a number').waitFor(STEP);
  await inReview('session.js').first().waitFor();
  await inReview(/session\.js.*\+3 −3/).click();
  const modified = page.locator('.monaco-diff-editor .modified .view-lines').first();
  await modified.click();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Alt+J');
  await hunk(/Hunk 1 of 3, undecided/);
  await page.keyboard.press('Alt+A');
  await hunk(/Hunk 1 of 3, accepted/);
  await page.keyboard.press('Alt+J');
  await page.keyboard.press('Alt+R');
  await opened.answer('Twenty stays a number');
  await hunk(/Hunk 2 of 3, rejected/);
  await page.keyboard.press('Alt+J');
  await hunk(/Hunk 3 of 3, undecided/);
  // The finding stands there already; the person answers in its thread.
  const thread = page.locator('.review-widget', { hasText: 'No word is a number' });
  await thread.locator('.review-thread-reply-button').click();
  await thread.locator('.comment-form .monaco-editor').click();
  await page.keyboard.type('Half past it');
  await thread.locator('.monaco-button', { hasText: 'Add to Review' }).click();
  await thread.getByText('Draft').waitFor();
  if (shots) await opened.screenshot(path.join(shots, 'review-steers-dark.png'));

  await opened.command('CFN: Send Review');
  // Sent: what was rejected is a thread as well.
  await inReview('Twenty stays a number').waitFor(STEP);
  await opened.treeRow('Decide iteration 1', 'Inbox').click();
  await opened.pick('ITERATE');
  await opened.answer('');
  await opened.treeRow('Decide iteration 2', 'Inbox').waitFor(STEP);

  expect(items(await readFile(path.join(bench.folder, 'prompt-2.txt'), 'utf8'))).toEqual([
    '1. (v1) [warning] src/session.js:35: No word is a number',
    '2. (person) src/session.js:35: Half past it',
    '3. (person) src/session.js:5: accepted; keep it as it is.',
    '4. (person) src/session.js:20: rejected and taken out again: Twenty stays a number',
  ]);
  await inReview('Changed files').hover();
  await page.mouse.wheel(0, 1000);
  await inReview(/No word is a number.*fixed in 2/).waitFor(STEP);

  await opened.treeRow('Decide iteration 2', 'Inbox').click();
  await opened.pick('PROCEED');
  await opened.answer('');
  await opened.treeRow('done: proceeded').waitFor(STEP);
  await opened.command('CFN: Bring Home');
  const merge = page.locator('.quick-input-list .monaco-list-row', { hasText: 'a merge commit' });
  await merge.filter({ hasText: 'your checkout follows' }).waitFor(STEP);
  await merge.click();
  await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Bring Home' }).click();
  await opened.treeRow('in main').waitFor(STEP);
  expect(bench.git('show', 'HEAD:src/session.js')).toBe(lines({ 5: "'five'", 35: '35.5' }).trim());
  await opened.command('CFN: Undo Integration');
  await expect.poll(() => bench.git('rev-parse', 'HEAD'), STEP).toBe(head);
  expect(bench.git('status', '--porcelain')).toBe('');
});
