import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Frame } from 'playwright-core';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, packageExtension, projectRoot, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
const CLI = path.join(projectRoot, 'dist', 'cli.js');
let scene: Scene | undefined;
let workbench: Workbench | undefined;
let running: { readonly cli: ChildProcess; readonly taskId: string } | undefined;

const environment = ({ env }: Scene, pauseMs: number) => ({
  ...process.env,
  ...env,
  CFN_DEMO_PAUSE_MS: String(pauseMs),
});

async function cfn(at: Scene, ...words: readonly string[]): Promise<void> {
  const verb = spawn(process.execPath, [CLI, ...words], {
    cwd: at.repository,
    env: environment(at, 0),
    stdio: 'ignore',
  });
  await new Promise((resolve) => verb.once('exit', resolve));
}

afterEach(async () => {
  if (scene && running) await cfn(scene, 'stop', running.taskId);
  running?.cli.kill();
  await workbench?.dispose();
  await scene?.dispose();
  workbench = undefined;
  scene = undefined;
  running = undefined;
});

/** A loop of a command line whose implementer has just begun and takes its time; returns its task. */
async function startLoop(at: Scene): Promise<string> {
  const crew = ['--implementer', 'demo', '--validator', 'demo', '--product-owner', 'demo'];
  const words = ['run', '--task', 'Make every test pass', '--mode', 'mvp', ...crew, '--json'];
  const cli = spawn(process.execPath, [CLI, ...words], {
    cwd: at.repository,
    env: environment(at, 60_000),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let told = '';
  for await (const chunk of cli.stdout) {
    told += String(chunk);
    const taskId = /"task_?[iI]d":"([^"]+)"/.exec(told)?.[1];
    if (taskId === undefined || !told.includes('"AgentStarted"')) continue;
    running = { cli, taskId };
    return taskId;
  }
  throw new Error(`The loop ended: ${told}`);
}

async function shot(name: string): Promise<void> {
  if (shots) await workbench?.screenshot(path.join(shots, `${name}.png`));
}

async function changesByHand(at: Scene): Promise<string> {
  const state = path.join(at.folder, 'state');
  const files = await readdir(state, { recursive: true });
  const file = files.find((name) => name.endsWith('changes-by-hand.ndjson'));
  return file === undefined ? '' : readFile(path.join(state, file), 'utf8');
}

const point = (view: Frame, words: string) =>
  view.locator('[data-key="point-banner"]', { hasText: words }).waitFor();

it('shows the keys of a running loop in VS Code, changes them by a person’s word, and names what was altered', async () => {
  scene = await prepareScene();
  await rm(scene.repository, { recursive: true });
  const made = await createSampleRepository(scene.repository);
  if (!made.ok) throw new Error(made.error);
  const vsix = path.join(scene.folder, 'cfn-loop.vsix');
  await packageExtension(vsix);
  const taskId = await startLoop(scene);
  workbench = await openWorkbench({
    folder: scene.repository,
    vsix,
    env: scene.env,
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  const { page } = workbench;
  await workbench.statusBar('it 1/').waitFor({ timeout: 30_000 });
  // The workbench says late that the folder is trusted; with that comes the pane.
  await workbench.openView('CFN Loop');
  const pane = page.locator('.pane-header', { hasText: 'Coordination' });
  await pane.waitFor();
  await workbench.command('CFN: Show Coordination');
  let view = await workbench.webview('main.keys [role=treeitem]');
  await view.locator('[data-key="search"]').fill('assignment');
  await view.locator('.key-row[data-row="assignment"]').first().click();
  await point(view, 'Verified.');
  await shot('coordination-dark');

  // A transfer point's key, altered by hand: on record, and not verified any more.
  await view.locator('[data-key="edit-value"]').click();
  const text = view.locator('[data-key="draft-text"]');
  await text.fill((await text.inputValue()).replace('Make every test pass', 'Make no test pass'));
  await view.locator('[data-key="draft-save"]').click();
  await point(view, 'Not verified.');
  await view.locator('[data-key="audit"]', { hasText: `you changed task:${taskId}:assignment` }).waitFor();

  // Loaded anew, it shows the same key.
  await workbench.reload();
  await workbench.statusBar('it 1/').waitFor({ timeout: 60_000 });
  view = await workbench.webview('[data-key="point-banner"]');
  await point(view, 'Not verified.');
  expect(await view.locator('[data-key="search"]').inputValue()).toBe('assignment');

  // Deleting asks in the editor's own dialog.
  await view.locator('[data-key="delete-key"]').click();
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText(`Delete task:${taskId}:assignment?`).waitFor();
  expect(await dialog.innerText()).toContain('The loop itself does not change: it goes by its journal.');
  await dialog.locator('.monaco-button', { hasText: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await changesByHand(scene)).not.toContain('deleted');
  await view.locator('[data-key="delete-key"]').click();
  await dialog.locator('.monaco-button', { hasText: 'Delete' }).click();
  await view.locator('[data-key="details"]', { hasText: 'This key is no longer there.' }).waitFor();
  expect(await changesByHand(scene)).toMatch(/"action":"changed"[^]*"action":"deleted"/);
  expect(await changesByHand(scene)).not.toContain('Make no test pass');

  await pane.click();
  await workbench.treeRow('Embedded store', 'Coordination').waitFor();
  await workbench.treeRow('you deleted', 'Coordination').waitFor();
  await shot('coordination-tree-dark');
});
