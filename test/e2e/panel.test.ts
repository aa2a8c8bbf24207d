import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { accessibilityProblems } from './accessibility.mts';
import { prepareFakeExtension } from './fake-extension.mts';
import { prepareScene, type Scene } from './scene.mts';
import { decisionDue, gateFailed, proceeded } from './story.mts';
import { openWorkbench, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
let scene: Scene | undefined;
let workbench: Workbench | undefined;

async function open(
  theme: string,
  size = { width: 1500, height: 940 },
  env: Readonly<Record<string, string>> = {},
  ready = true,
): Promise<Workbench> {
  scene = await prepareScene();
  const now = Date.now();
  const views = [
    decisionDue(now, scene.repository),
    gateFailed(now, scene.repository),
    proceeded(now, scene.repository),
  ];
  const extension = await prepareFakeExtension(scene, views);
  workbench = await openWorkbench({
    folder: scene.repository,
    extension,
    env: { ...scene.env, CFN_FAKE_CALLS: path.join(scene.folder, 'calls.json'), ...env },
    settings: { 'workbench.colorTheme': theme },
    size,
  });
  if (!ready) return workbench;
  await workbench.statusBar('need').waitFor();
  await workbench.openView('CFN Loop');
  return workbench;
}

async function shot(name: string): Promise<void> {
  if (shots) await workbench?.screenshot(path.join(shots, `${name}.png`));
}

/** Opens a loop's panel from its row, by one click. */
async function openLoop(bench: Workbench, title: string, selector: string): Promise<Frame> {
  await bench.treeRow(title).first().click();
  return bench.webview(selector);
}

afterEach(async () => {
  const proposed = workbench?.proposedApiUses() ?? [];
  await workbench?.dispose();
  await scene?.dispose();
  workbench = undefined;
  scene = undefined;
  if (proposed.length > 0) throw new Error(`Proposed API is used: ${proposed.join('; ')}`);
});

it('shows a due decision first, with consequences and nothing done by Enter alone', async () => {
  const bench = await open('Dark Modern');
  expect(await bench.statusBar('1 needs you').count()).toBe(1);
  const panel = await openLoop(bench, 'Add JWT authentication', '.card.due');
  expect(await panel.locator('.choice h3').allInnerTexts()).toEqual([
    'PROCEED',
    'ITERATErecommended',
    'ABORT',
  ]);
  expect(await panel.locator('.choice p').first().innerText()).toContain('Nothing is merged');
  expect(await accessibilityProblems(panel)).toEqual([]);
  await shot('loop-panel-dark');
  if (shots) {
    const box = await bench.page.locator('.part.sidebar').boundingBox();
    const file = path.join(shots, 'loop-tree-dark.png');
    if (box) await bench.page.screenshot({ path: file, clip: { ...box, height: 490 } });
  }
  await panel.locator('textarea').fill('Revoke it at logout\nAdd a test');
  await panel.locator('[data-key="decide-ITERATE"]').click();
  await panel.locator('.card.due').waitFor({ state: 'detached' });
  const calls = JSON.parse(await readFile(path.join(scene?.folder ?? '', 'calls.json'), 'utf8')) as unknown[];
  expect(calls.at(-1)).toEqual([
    'decide',
    'add-jwt',
    { decision: 'ITERATE', feedback: ['Revoke it at logout', 'Add a test'] },
  ]);
});

it('shows how the iterations converge, as pictures and as a table', async () => {
  const bench = await open('Dark Modern');
  const panel = await openLoop(bench, 'Add JWT authentication', '.iterations');
  expect(await panel.locator('.iterations .outcome').first().innerText()).toContain(
    'Gate failed: tests 61 %',
  );
  const picture = panel.locator('.pictures svg').first();
  expect(await picture.getAttribute('aria-label')).toBe(
    'Tests pass by iteration. 1: 61 %, 2: 91.2 %, 3: 100 %, 4: 100 %',
  );
  await panel.locator('[data-key="convergence-table"]').click();
  expect(await accessibilityProblems(panel)).toEqual([]);
  expect(await panel.locator('.figures tr', { hasText: 'Consensus' }).innerText()).toMatch(
    /unknown.*0\.82.*0\.91/s,
  );
  await panel.locator('[data-key="point-6"]').click();
  expect(await panel.locator('.point-detail').innerText()).toContain('handoff:add-jwt:reviewer');
});

it('shows why the gate failed apart from what agents claim, in a light theme', async () => {
  const bench = await open('Light Modern');
  const panel = await openLoop(bench, 'Rate limiter', '.reasons');
  expect(await panel.locator('.card', { hasText: 'Gate failed' }).innerText()).toContain(
    'The agents are sure (0.91). The evidence is not. Evidence decides.',
  );
  expect(await panel.locator('header').innerText()).toContain('at least $1.86');
  expect(await panel.locator('.way-back').innerText()).toContain('Iteration 2 carries 2 feedback items');
  expect(await accessibilityProblems(panel)).toEqual([]);
  await shot('loop-panel-light');
});

it('stays readable in high contrast and in a narrow column', async () => {
  const bench = await open('Default High Contrast', { width: 900, height: 900 });
  const panel = await openLoop(bench, 'Add JWT authentication', '.card.due');
  const overflow = await panel.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  expect(await accessibilityProblems(panel)).toEqual([]);
  await shot('narrow-hc');
  // The check sees something at all.
  await panel.evaluate(() => document.body.append(document.createElement('button')));
  expect(await accessibilityProblems(panel)).toHaveLength(1);
});

it('decides from the inbox with nothing pre-selected', async () => {
  const bench = await open('Dark Modern');
  const inbox = bench.treeRow('Decide iteration 4', 'Inbox');
  await inbox.waitFor();
  await inbox.click();
  await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'ABORT' }).waitFor();
  await bench.page.keyboard.press('Enter');
  // Still there: Enter chose nothing.
  await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'ABORT' }).waitFor();
  await shot('decide-dark');
  await bench.pick('PROCEED');
  await bench.answer('Good enough for today');
  await bench.treeRow('done: proceeded').nth(1).waitFor();
  const calls = JSON.parse(await readFile(path.join(scene?.folder ?? '', 'calls.json'), 'utf8')) as unknown[];
  expect(calls.at(-1)).toEqual([
    'decide',
    'add-jwt',
    { decision: 'PROCEED', reason: 'Good enough for today' },
  ]);
});

it('opens the result as a native diff of several files', async () => {
  const bench = await open('Dark Modern');
  const panel = await openLoop(bench, 'Add JWT authentication', '[data-key="diff"]');
  await panel.locator('[data-key="diff"]').click();
  await bench.page.locator('.multiDiffEntry').first().waitFor();
  const names = await bench.page.locator('.multiDiffEntry .file-path').allInnerTexts();
  expect(names.join(' ')).toContain('jwt.ts');
  await bench.page.locator('.line-insert').first().waitFor();
  await shot('diff-dark');
});

it('loses no click on a row while loops change many times a second', async () => {
  const bench = await open('Dark Modern', undefined, { CFN_FAKE_BUSY: '1' });
  for (const title of ['Add JWT authentication', 'Rate limiter', 'Add JWT authentication', 'Rate limiter']) {
    await bench.treeRow(title).first().click();
    const tab = bench.page.locator('.tab.active', { hasText: `CFN: ${title}` });
    await tab.waitFor();
    expect(await tab.count()).toBe(1);
  }
});

it('keeps its views where they are when loops arrive, so that a click meets what it was meant for', async () => {
  const bench = await open('Dark Modern', undefined, { CFN_FAKE_SLOW_MS: '1500' }, false);
  await bench.openView('CFN Loop');
  const header = bench.page.locator('.pane-header', { hasText: 'Agents' });
  await header.waitFor();
  const before = await header.boundingBox();
  expect(await bench.treeRow('Rate limiter').count()).toBe(0);
  await bench.treeRow('Rate limiter').first().waitFor();
  expect(await header.boundingBox()).toEqual(before);
});
