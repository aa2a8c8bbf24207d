import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
const run = promisify(execFile);
let scene: Scene | undefined;
let workbench: Workbench | undefined;

afterEach(async () => {
  const proposed = workbench?.proposedApiUses() ?? [];
  await workbench?.dispose();
  await scene?.dispose();
  workbench = undefined;
  scene = undefined;
  if (proposed.length > 0) throw new Error(`Proposed API is used: ${proposed.join('; ')}`);
});

/** No more than ten lines in all files of a folder. */
const CHECK = `
import { readdirSync, readFileSync } from 'node:fs';
const lines = readdirSync('parts').flatMap((name) => readFileSync('parts/' + name, 'utf8').trim().split('\\n'));
if (lines.length > 10) throw new Error('parts has ' + lines.length + ' lines, at most 10 fit');
`;

/** A repository with three ended loops, of which the last two do not fit together. */
async function endedLoops(): Promise<Scene> {
  scene = await prepareScene();
  const { repository, env } = scene;
  await mkdir(path.join(repository, 'parts'), { recursive: true });
  await writeFile(path.join(repository, 'check.mjs'), CHECK);
  await writeFile(path.join(repository, 'parts', 'base.txt'), 'one\n');
  await scene.git('add', '-A');
  await scene.git('commit', '-qm', 'Count parts');
  for (const [taskId, lines] of [
    ['alpha', 2],
    ['beta', 4],
    ['gamma', 5],
  ] as const) {
    const file = path.join(path.dirname(repository), 'crew.json');
    const write = { [`parts/${taskId}.txt`]: `${taskId}\n`.repeat(lines) };
    const scenario = {
      implementer: [{ write, result: { confidence: 0.95, summary: 'done' } }],
      validator: [{ result: { score: 0.95 } }],
      'product-owner': [{ result: { decision: 'PROCEED', reason: 'done' } }],
    };
    await writeFile(file, JSON.stringify(scenario));
    const spec = `exec:'${process.execPath}' '${path.join(projectRoot, 'test/fixtures/agents/crew.mjs')}' '${file}'`;
    const roles = ['--implementer', `w=${spec}`, '--validator', `v=${spec}`, '--product-owner', `p=${spec}`];
    const task = [
      'run',
      '--json',
      '--task-id',
      taskId,
      '--task',
      `Add ${taskId}`,
      '--evidence',
      'node check.mjs',
    ];
    await run(process.execPath, [path.join(projectRoot, 'dist', 'cli.js'), ...task, ...roles], {
      cwd: repository,
      env: { ...process.env, ...env },
    });
  }
  return scene;
}

it('brings several loops home together, names the one that does not fit, and takes them back', async () => {
  const made = await endedLoops();
  const before = (await made.git('rev-parse', 'HEAD')).trim();
  workbench = await openWorkbench({
    folder: made.repository,
    extension: projectRoot,
    env: made.env,
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  await workbench.openView('CFN Loop');
  await workbench.treeRow('done: proceeded').first().waitFor();
  const { page } = workbench;
  await workbench.command('CFN: Bring Several Loops Home');
  const picker = page.locator('.quick-input-widget');
  const rows = page.locator('.quick-input-list .monaco-list-row');
  await rows.filter({ hasText: 'Add gamma' }).waitFor();
  for (const name of ['Add alpha', 'Add beta', 'Add gamma']) await rows.filter({ hasText: name }).click();
  if (shots) await workbench.screenshot(path.join(shots, 'bring-several-loops.png'));
  await picker.getByRole('button', { name: 'OK' }).click();
  await rows.filter({ hasText: 'main' }).first().click();
  await rows.filter({ hasText: 'a merge commit' }).click();
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('Bring 3 loops home together?').waitFor();
  expect(await dialog.innerText()).toContain('node check.mjs');
  if (shots) await workbench.screenshot(path.join(shots, 'bring-several-preview.png'));
  await dialog.locator('.monaco-button', { hasText: 'Try Them Together' }).click();

  const report = page.locator('.editor-instance .view-lines');
  await report.getByText('In main: alpha, beta. Put aside: gamma.').waitFor();
  await report
    .getByText('gamma (Add gamma): put aside, it passes alone and fails together with beta')
    .waitFor();
  if (shots) await workbench.screenshot(path.join(shots, 'bring-several-report.png'));
  expect((await made.git('ls-tree', '--name-only', 'main', 'parts/')).trim().split('\n')).toEqual([
    'parts/alpha.txt',
    'parts/base.txt',
    'parts/beta.txt',
  ]);
  // Toasts are not shown while an extension is under development; the list of notifications is.
  await page.locator('.statusbar-item[id="status.notifications"]').click();
  const note = page.locator('.notification-list-item', { hasText: 'In main: alpha, beta.' });
  await note.locator('.monaco-button', { hasText: 'Undo' }).click();
  await expect
    .poll(async () => (await made.git('rev-parse', 'HEAD')).trim(), { timeout: 20_000 })
    .toBe(before);
  expect((await made.git('status', '--porcelain')).trim()).toBe('');
});
