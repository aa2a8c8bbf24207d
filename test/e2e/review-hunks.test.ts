import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
let scene: Scene | undefined;
let bench: Workbench | undefined;

afterEach(async ({ task }) => {
  if (shots && task.result?.state === 'fail')
    await bench?.screenshot(path.join(shots, 'review-hunks-failed.png'));
  const proposed = bench?.proposedApiUses() ?? [];
  await bench?.dispose();
  await scene?.dispose();
  bench = undefined;
  scene = undefined;
  if (proposed.length > 0) throw new Error(`Proposed API is used: ${proposed.join('; ')}`);
});

/** A sample repository in which a loop of a command line has come to its end, and a window on it. */
async function open(): Promise<{ readonly scene: Scene; readonly bench: Workbench }> {
  scene = await prepareScene();
  await rm(scene.repository, { recursive: true });
  const made = await createSampleRepository(scene.repository);
  if (!made.ok) throw new Error(made.error);
  const task = ['run', '--task', 'Make every test pass', '--mode', 'mvp', '--product-owner', 'demo'];
  const crew = ['--implementer', 'demo', '--validator', 'demo'];
  const cli = path.join(projectRoot, 'dist', 'cli.js');
  await promisify(execFile)(process.execPath, [cli, ...task, ...crew], {
    cwd: scene.repository,
    env: { ...process.env, ...scene.env, CFN_DEMO_PAUSE_MS: '0' },
  });
  bench = await openWorkbench({
    folder: scene.repository,
    extension: projectRoot,
    env: scene.env,
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  return { scene, bench };
}

it('accepts and rejects hunks with the keyboard alone, over undo and a reload, and leaves them out of the result', async () => {
  const { scene, bench } = await open();
  const { page } = bench;
  const result = async () =>
    (await scene.git('for-each-ref', '--format=%(objectname)', 'refs/heads/cfn/*/result')).trim();
  const [head, before] = [await scene.git('rev-parse', 'HEAD'), await result()];
  const hunk = (text: RegExp) => bench.statusBar(text).first().waitFor();
  const press = (keys: string) => page.keyboard.press(keys);

  await bench.openView('CFN Loop');
  await bench.treeRow('done: proceeded').first().waitFor({ timeout: 60_000 });
  await bench.command('CFN: Show Diff');
  const entry = page.locator('.multiDiffEntry').first();
  /** The list is laid out while its files are read, so a click may fall beside what has just moved away. */
  const intoFirst = async (text: RegExp) => {
    const lines = entry.locator('.modified .view-lines').first();
    const shown = bench.statusBar(text).first();
    await expect
      .poll(
        async () => {
          await lines.click({ force: true, position: { x: 40, y: 10 } });
          return shown.waitFor({ timeout: 5_000 }).then(
            () => true,
            () => false,
          );
        },
        { timeout: 60_000 },
      )
      .toBe(true);
  };
  await intoFirst(/hunks decided|Hunk \d of \d/);

  // From the list of all files into one after the other, and back.
  const tab = (name: string) => page.locator('.tab.active', { hasText: name }).waitFor();
  await press('Alt+F7');
  await tab('price.js');
  await hunk(/hunks decided|Hunk \d of \d/);
  await press('Shift+Alt+F7');
  await tab('cart.js');
  await page
    .locator('.monaco-diff-editor .modified.focused, .monaco-diff-editor .monaco-editor.focused')
    .first()
    .waitFor();
  await press('Control+Home');
  await hunk(/0 of 2 hunks decided/);
  await press('Alt+J');
  await hunk(/Hunk 1 of 2, undecided/);
  await press('Alt+A');
  await hunk(/Hunk 1 of 2, accepted/);
  await press('Alt+J');
  await hunk(/Hunk 2 of 2, undecided/);
  await press('Alt+R');
  await bench.answer('Not part of this task');
  await hunk(/Hunk 2 of 2, rejected/);
  await press('Control+Z');
  await hunk(/Hunk 2 of 2, undecided/);
  await press('Control+Shift+Z');
  await hunk(/Hunk 2 of 2, rejected/);
  if (shots) await bench.screenshot(path.join(shots, 'review-hunks-dark.png'));

  await bench.reload();
  await bench.openView('CFN Loop');
  await bench.treeRow('done: proceeded').first().waitFor({ timeout: 60_000 });
  await bench.command('CFN: Show Diff');
  await intoFirst(/2 of 2 hunks decided/);

  await bench.command('CFN: Leave Rejected Changes out of the Result');
  await expect.poll(result, { timeout: 30_000 }).not.toBe(before);
  const revised = await result();
  expect((await scene.git('log', '-1', '--format=%P', revised)).trim()).toBe(before);
  const undone = await scene.git('diff', '--name-only', before, revised);
  expect(undone.trim().split('\n')).toHaveLength(1);
  expect(await scene.git('rev-parse', 'HEAD')).toBe(head);
  expect(await scene.git('status', '--porcelain')).toBe('');

  await bench.command('CFN: Undo the Last Review Change of the Result');
  await expect.poll(result, { timeout: 30_000 }).toBe(before);
});
