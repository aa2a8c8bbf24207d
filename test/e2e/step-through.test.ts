import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, packageExtension, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
const STEP_MS = 120_000;
let scene: Scene | undefined;
let workbench: Workbench | undefined;

afterEach(async () => {
  await workbench?.dispose();
  await scene?.dispose();
  workbench = undefined;
  scene = undefined;
});

const EPIC = `---
mode: mvp
agents: [demo]
validators: [demo, demo]
productOwner: demo+human
evidence: [npm test]
---

Repair the shop.

## Acceptance

- every test passes
`;

/** A sample repository with an epic, and the packaged extension as a user installs it. */
async function open(): Promise<{ readonly scene: Scene; readonly bench: Workbench }> {
  scene = await prepareScene();
  await rm(scene.repository, { recursive: true });
  const made = await createSampleRepository(scene.repository);
  if (!made.ok) throw new Error(made.error);
  await writeFile(path.join(scene.repository, 'shop.cfn.md'), EPIC);
  await scene.git('add', '-A');
  await scene.git('commit', '--quiet', '-m', 'The epic');
  const vsix = path.join(scene.folder, 'cfn-loop.vsix');
  await packageExtension(vsix);
  workbench = await openWorkbench({
    folder: scene.repository,
    vsix,
    env: { ...scene.env, CFN_DEMO_PAUSE_MS: '400' },
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  return { scene, bench: workbench };
}

async function shot(name: string): Promise<void> {
  if (shots) await workbench?.screenshot(path.join(shots, `${name}.png`));
}

const state = (panel: Frame) => panel.locator('.facts .state').innerText();
const iteration = (panel: Frame) => panel.locator('.facts span', { hasText: 'Iteration' }).innerText();
/** What is held; nothing while it is read. */
async function payload(panel: Frame): Promise<unknown> {
  const text = await panel.locator('.payload').innerText();
  return text.startsWith('{') ? JSON.parse(text) : null;
}
const rows = (panel: Frame) =>
  panel.locator('[data-row]').evaluateAll((all) => all.map((row) => row.getAttribute('data-row')));

it('[FL-022] [FL-027] steps through a loop from an epic to the decision, over an edit and a reload', async () => {
  const { scene, bench } = await open();
  const { page } = bench;
  await bench.statusBar('CFN').waitFor();
  await bench.openFile('shop.cfn.md');
  const lens = page.locator('.editor-instance .codelens-decoration a', { hasText: 'Start Loop' });
  await lens.waitFor({ timeout: 30_000 });
  await lens.click();
  await bench.pick('On this machine');
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('Start this loop?').waitFor({ timeout: 30_000 });
  await dialog.locator('.monaco-button', { hasText: 'Start Loop' }).click();

  let panel = await bench.webview('[data-key="point-5"]');
  await panel.locator('[data-key="point-5"]').click();
  await panel.locator('[data-key="breakpoint-5"]').check();
  await panel.locator('[data-key="held"]').waitFor({ timeout: STEP_MS });
  expect(await iteration(panel)).toContain('1 of 10');
  await expect.poll(() => payload(panel)).toMatchObject({ passed: false, evidence: 'failed' });
  await panel.locator('[data-key="release"]').click();

  // In the middle of the second iteration the window is loaded anew, and shows the same picture.
  await expect.poll(() => iteration(panel), { timeout: STEP_MS }).toContain('2 of 10');
  const before = { iteration: await iteration(panel), rows: await rows(panel) };
  await bench.reload();
  panel = await bench.webview('[data-key="point-5"]');
  await expect.poll(() => iteration(panel), { timeout: 60_000 }).toBe(before.iteration);
  expect(await rows(panel)).toEqual(before.rows);

  await panel.locator('[data-key="held"]').waitFor({ timeout: STEP_MS });
  await expect.poll(() => payload(panel)).toMatchObject({ passed: true });
  await shot('held-dark');
  await panel.locator('[data-key="edit-held"]').click();
  const text = panel.locator('[data-key="held-text"]');
  const gate = JSON.parse(await text.inputValue()) as Record<string, unknown>;
  await text.fill(
    JSON.stringify({ ...gate, passed: false, reasons: ['Look at the prices once more'] }, null, 2),
  );
  await panel.locator('[data-key="release-edited"]').click();

  await expect.poll(() => iteration(panel), { timeout: STEP_MS }).toContain('3 of 10');
  // Folded away while agents work, and there all the same.
  await expect.poll(() => panel.locator('body').textContent()).toContain('Look at the prices once more');
  await panel.locator('[data-key="held"]').waitFor({ timeout: STEP_MS });
  await panel.locator('[data-key="release"]').click();

  const due = bench.treeRow('Decide iteration 3', 'Inbox');
  await bench.openView('CFN Loop');
  await due.waitFor({ timeout: STEP_MS });
  await bench.statusBar('need').waitFor();
  await due.click();
  await bench.pick('PROCEED');
  await bench.answer('The shop works');
  await expect.poll(() => state(panel), { timeout: STEP_MS }).toBe('Done: proceeded');
  await shot('stepped-dark');
  const branches = await scene.git('branch', '--list', 'cfn/*/result', '--format=%(refname:short)');
  expect(branches.trim()).toMatch(/^cfn\/.+\/result$/);
  expect(await scene.git('status', '--porcelain')).toBe('');
});
