import { afterEach, expect, it } from 'vitest';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { prepareFakeExtension } from './fake-extension.mts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, packageExtension, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
let scene: Scene | undefined;
let workbench: Workbench | undefined;

afterEach(async () => {
  await workbench?.dispose();
  await scene?.dispose();
  workbench = undefined;
  scene = undefined;
});

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

it('works from its package, as a user installs it', async () => {
  scene = await prepareScene();
  const vsix = path.join(scene.folder, 'cfn-loop.vsix');
  await packageExtension(vsix);
  workbench = await openWorkbench({ folder: scene.repository, vsix, env: scene.env });
  await workbench.statusBar('CFN').waitFor();
  await workbench.openView('CFN Loop');
  await workbench.page.locator('.welcome-view-content').getByText('No loop has run').waitFor();
  // Nothing to test in this repository: the start says so and creates nothing.
  await workbench.command('CFN: Watch the Demo Loop');
  const toast = workbench.page.locator('.notification-toast');
  await toast.waitFor();
  expect(await toast.innerText()).toContain('vidence');
  expect(await scene.git('branch', '--list', 'cfn/*')).toBe('');
  if (shots) await workbench.screenshot(path.join(shots, 'vsix.png'));
});

it('in Restricted Mode loads no core, so starts no process and calls no git', async () => {
  scene = await prepareScene();
  await mkdir(scene.folder, { recursive: true });
  const calls = path.join(scene.folder, 'calls.json');
  workbench = await openWorkbench({
    folder: scene.repository,
    extension: await prepareFakeExtension(scene),
    env: { ...scene.env, CFN_FAKE_CALLS: calls },
    workspaceTrust: true,
  });
  await workbench.openView('CFN Loop');
  const welcome = workbench.page.locator('.welcome-view-content');
  await welcome.getByText('Trust this folder to start one').waitFor();
  await workbench.page.keyboard.press('F1');
  await workbench.page.locator('.quick-input-widget:visible input[type=text]').fill('>CFN: Show Log');
  await workbench.pick('CFN: Show Log');
  if (shots) await workbench.screenshot(path.join(shots, 'restricted.png'));
  expect(await exists(calls)).toBe(false);
});
