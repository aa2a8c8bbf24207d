import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentView, loopView } from '../../src/vscode/test-views.ts';
import { prepareFakeExtension } from './fake-extension.mts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, type Workbench } from './workbench.mts';

let scene: Scene;
let workbench: Workbench;
let calls: string;

const called = async () => JSON.parse(await readFile(calls, 'utf8')) as [string, ...unknown[]][];
const dialog = () => workbench.page.locator('.monaco-dialog-box');
const button = (name: string) => dialog().locator('.monaco-button', { hasText: name });

beforeAll(async () => {
  scene = await prepareScene();
  calls = path.join(scene.folder, 'calls.json');
  await writeFile(path.join(scene.repository, 'notes.md'), '# Notes\n');
  const agents = [agentView({ id: 'api-1', state: 'working', startedAt: Date.now() })];
  const views = [
    loopView({ taskId: 'busy', description: 'Add a login', iteration: 1, agents, startedAt: Date.now() }),
    loopView({
      taskId: 'next',
      description: 'Tidy the docs',
      iteration: 0,
      step: 'prepare',
      queuedSince: Date.now() - 130_000,
      startedAt: Date.now() - 130_000,
    }),
  ];
  workbench = await openWorkbench({
    folder: scene.repository,
    extension: await prepareFakeExtension(scene, views),
    env: { ...scene.env, CFN_FAKE_CALLS: calls },
    settings: { 'workbench.colorTheme': 'Dark Modern' },
  });
});
afterAll(async () => {
  await workbench?.dispose();
  await scene?.dispose();
});

it('shows a queued loop in status bar, tree and panel', async () => {
  await workbench.statusBar('1 queued').waitFor();
  await workbench.openView('CFN Loop');
  await workbench.treeRow('Tidy the docs').getByText('queued 2 min').waitFor();
  await workbench.treeRow('Tidy the docs').click();
  const panel = await workbench.webview('[data-key="banner-queued"]');
  expect(await panel.locator('[data-key="banner-queued"]').innerText()).toContain(
    'It begins by itself once no other loop is at work on this machine.',
  );
});

it('attaches files to a task and queues it behind the running loops', async () => {
  await workbench.command('CFN: Watch the Demo Loop');
  await workbench.pick('On this machine');
  await workbench.pick("Don't install");
  await button('Attach Files or Images').click();
  // The simple dialog of the browser lists the folder that is open.
  await workbench.pick('notes.md');
  await dialog().getByText('Attached: notes.md').waitFor();
  await button('Queue Behind Running Loops').click();
  await expect
    .poll(async () => (await called()).find(([name]) => name === 'start')?.[2])
    .toMatchObject({ queued: true, attach: [{ path: path.join(scene.repository, 'notes.md') }] });
  await workbench.statusBar('2 queued').waitFor();
});

it('lists queued loops in their order, and begins one', async () => {
  await workbench.command('CFN: Loop Queue');
  await workbench.pick('1. Tidy the docs');
  await workbench.pick('Start Now');
  await expect.poll(called).toContainEqual(['startNow', 'next']);
});
