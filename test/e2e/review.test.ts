import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { LoopBench, removePrograms } from '../integration/loop/fixture.ts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

/** The smallest PNG with a colour in it. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const FILES = {
  'src/session.js': `${Array.from({ length: 40 }, (_, at) => `export const line${at} = ${at};`).join('\n')}\n`,
  'src/old-name.js': 'export const kept = 1;\nexport const alsoKept = 2;\nexport const again = 3;\n',
};
const session = (word: string) => FILES['src/session.js'].replace('line7 = 7', `line7 = '${word}'`);
const image = `${JSON.stringify(process.execPath)} -e "fs.mkdirSync('media',{recursive:true});fs.writeFileSync('media/logo.png',Buffer.from('${PIXEL}','base64'))"`;
/** Two iterations: the second one changes one of the files again. */
const CREW = {
  implementer: [
    {
      write: {
        'src/session.js': session('first'),
        'src/new-name.js': FILES['src/old-name.js'],
        'src/jwt.js': 'sign();\n',
      },
      remove: ['src/old-name.js'],
      run: [image],
      result: { confidence: 0.9, summary: 'sessions' },
    },
    { write: { 'src/session.js': session('second') }, result: { confidence: 0.95, summary: 'better' } },
  ],
  validator: [
    { result: { score: 0.5, findings: [{ severity: 'warning', text: 'line 7 is a number no more' }] } },
    { result: { score: 0.96 } },
  ],
  'product-owner': [{ result: { decision: 'PROCEED', reason: 'good' } }],
};

/** Git and the editor on a busy machine. */
const SOON = { timeout: 60_000 };

const shots = process.env['CFN_SCREENSHOTS'];
let bench: LoopBench;
let workbench: Workbench | undefined;

beforeEach(async () => {
  bench = await new LoopBench().create(FILES);
  const spec = bench.crew(CREW);
  const run = await bench.run(CREW, '--evidence', 'git --version', '--implementer', `backend-1=${spec}`);
  if (run.code !== 0) throw new Error(run.stderr);
});
afterEach(async () => {
  const proposed = workbench?.proposedApiUses() ?? [];
  await workbench?.dispose();
  workbench = undefined;
  bench.finish();
  if (proposed.length > 0) throw new Error(`Proposed API is used: ${proposed.join('; ')}`);
});

afterAll(removePrograms);

const row = (of: Workbench, text: string | RegExp) =>
  of.page
    .locator('.pane', { has: of.page.locator('.pane-header', { hasText: 'Review' }) })
    .locator('.monaco-list-row')
    .filter({ hasText: text });

it('a finished loop is reviewed file by file, and two of its iterations are compared', async () => {
  const opened = await openWorkbench({
    folder: bench.repository,
    extension: projectRoot,
    env: { XDG_STATE_HOME: path.join(bench.folder, 'state') },
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  workbench = opened;
  const { page } = opened;
  const shot = async (name: string) => {
    if (shots) await opened.screenshot(path.join(shots, `${name}.png`));
  };
  await opened.openView('CFN Loop');
  await opened.treeRow('done: proceeded').waitFor();
  await opened.command('CFN: Review Changes');
  const message = page.locator('.part.sidebar .message', { hasText: 'reviewed.' });
  await expect.poll(() => message.innerText(), SOON).toBe('0 of 4 reviewed.');
  await row(opened, 'session.js').waitFor();
  await expect.poll(() => row(opened, 'session.js').innerText(), SOON).toContain('backend-1 · +1 −1');
  expect(await row(opened, 'new-name.js').innerText()).toContain('was src/old-name.js');
  await shot('review-files-dark');

  await row(opened, 'session.js').click();
  await page.locator('.monaco-diff-editor .line-insert').first().waitFor();
  expect(await page.locator('.tab.active').innerText()).toContain('session.js (the base at');
  await row(opened, 'session.js').locator('.custom-view-tree-node-item-checkbox').click();
  await expect.poll(() => message.innerText(), SOON).toBe('1 of 4 reviewed.');
  await shot('review-diff-dark');

  // A picture is shown as one, not as text.
  await row(opened, 'logo.png').click();
  await page.locator('.tab.active', { hasText: 'logo.png' }).waitFor();
  const picture = await opened.webview('body.ready > img');
  const width = () =>
    picture
      .locator('body.ready > img')
      .first()
      .evaluate((img: HTMLImageElement) => img.naturalWidth);
  await shot('review-picture-dark');
  await expect.poll(width, SOON).toBe(1);

  await row(opened, 'new-name.js').click();
  await page.locator('.tab.active', { hasText: 'new-name.js (the base at' }).waitFor();

  // Keys alone: marked, and on to the next one.
  await page.locator('.monaco-diff-editor .modified .view-lines').first().click();
  await page.keyboard.press('Alt+V');
  await expect.poll(() => message.innerText(), SOON).toBe('2 of 4 reviewed.');

  await opened.command('CFN: Compare Iterations');
  await page.locator('.multiDiffEntry').first().waitFor();
  expect(await page.locator('.tab.active').innerText()).toContain('iteration 1 ↔ iteration 2');
  expect(await page.locator('.multiDiffEntry').count()).toBe(1);
  await shot('review-compare-dark');

  // Marks outlive the window, and the checkout was left alone.
  await opened.reload();
  await opened.openView('CFN Loop');
  await expect.poll(() => message.innerText(), SOON).toBe('2 of 4 reviewed.');
  expect(bench.git('status', '--porcelain')).toBe('');
  expect(bench.git('rev-parse', '--abbrev-ref', 'HEAD')).toBe('main');
});
