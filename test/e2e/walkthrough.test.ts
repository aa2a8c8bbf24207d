/** The tour of the editor: every step has its picture, taken here, and its buttons lead somewhere. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { prepareFakeExtension } from './fake-extension.mts';
import { prepareScene, type Scene } from './scene.mts';
import { decisionDue, gateFailed, proceeded } from './story.mts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
const SIZE = { width: 1120, height: 720 };
const SOON = { timeout: 15_000 };
let scene: Scene | undefined;
let workbench: Workbench | undefined;

async function open(theme: string, settings: Readonly<Record<string, unknown>> = {}): Promise<Workbench> {
  scene = await prepareScene();
  const now = Date.now();
  const views = [decisionDue, gateFailed, proceeded].map((view) => view(now, scene?.repository ?? ''));
  workbench = await openWorkbench({
    folder: scene.repository,
    extension: await prepareFakeExtension(scene, views),
    env: { ...scene.env, CFN_FAKE_CALLS: path.join(scene.folder, 'calls.json') },
    settings: { 'workbench.colorTheme': theme, ...settings },
    size: SIZE,
  });
  await workbench.statusBar('need').waitFor();
  await workbench.openView('CFN Loop');
  await workbench.treeRow('Decide iteration', 'Inbox').waitFor();
  return workbench;
}

afterEach(async () => {
  await workbench?.dispose();
  await scene?.dispose();
  workbench = undefined;
  scene = undefined;
});

/** One step's picture: the part of the window that the step is about. */
async function picture(name: string, theme: string, part: Locator): Promise<void> {
  await part.waitFor();
  if (!shots) return;
  const folder = path.join(projectRoot, 'media', 'walkthrough');
  await mkdir(folder, { recursive: true });
  await part.screenshot({ path: path.join(folder, `${name}-${theme}.png`) });
}

it.each([
  ['dark', 'Dark Modern'],
  ['light', 'Light Modern'],
])('shows what each step of the tour is about, in a %s theme', async (name, theme) => {
  const bench = await open(theme);
  const { page } = bench;
  const editor = page.locator('.part.editor');
  await bench.treeRow('Add JWT authentication').first().click();
  const panel = await bench.webview('.card.due');
  await picture('decide', name, editor);
  await picture('demo', name, page.locator('.part.sidebar'));
  await panel.locator('[data-key="diff"]').click();
  await page.locator('.multiDiffEntry').first().waitFor();
  await picture('diff', name, editor);
  await bench.treeRow('Rate limiter').first().click();
  await bench.webview('header:has-text("Rate limiter")');
  await picture('panel', name, editor);
  await bench.command('CFN: Doctor');
  const report = await bench.webview('.verdict');
  await report.locator('.row.error').first().waitFor();
  await picture('agents', name, editor);
  await report.getByRole('button', { name: 'Rebuild the index from the journals' }).click();
  await bench.webview('.note');
  await picture('doctor', name, editor);
  await bench.command('CFN: Start Loop');
  await bench.answer('Add rate limiting to POST /login: 5 tries a minute for each address, then status 429');
  await bench.pick('standard');
  await bench.pick('claude');
  await bench.pick('On this machine');
  await bench.pick('Install');
  const plan = page.locator('.monaco-dialog-box');
  await picture('start', name, plan);
  expect(await plan.innerText()).toContain('nothing is merged');
  await page.keyboard.press('Escape');
});

it('leads through all steps, each with its picture, its words and a button', async () => {
  const bench = await open('Dark Modern');
  const { page } = bench;
  await bench.command('Welcome: Open Walkthrough...');
  await bench.pick('Get Started with CFN Loop');
  const steps = page.locator('.getting-started-step');
  await steps.first().waitFor();
  const titles = await steps.locator('.step-title').allInnerTexts();
  expect(titles.length).toBeGreaterThanOrEqual(7);
  const seen: string[] = [];
  for (const title of titles) {
    await steps.filter({ hasText: title }).first().click();
    const image = page.locator('.getting-started-media img');
    // The picture follows its step a moment later.
    await expect
      .poll(async () => seen.includes((await image.getAttribute('srcset')) ?? ''), SOON)
      .toBe(false);
    const source = (await image.getAttribute('srcset')) ?? '';
    await expect
      .poll(() => image.evaluate((node) => (node as HTMLImageElement).naturalWidth), SOON)
      .toBeGreaterThan(100);
    expect((await image.getAttribute('alt'))?.length).toBeGreaterThan(20);
    seen.push(source);
    expect(await page.locator('.getting-started-step.expanded .monaco-button').count()).toBeGreaterThan(0);
  }
  expect(new Set(seen).size).toBe(titles.length);
  if (shots) await bench.screenshot(path.join(shots, 'tour-dark.png'));
  expect(bench.proposedApiUses()).toEqual([]);
});
