/** The two trees in a real workbench, over a loop that changes many times a second. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { LoopView } from '../../src/app/projections/loop-view.ts';
import { agentView, loopView } from '../../src/vscode/test-views.ts';
import { prepareFakeExtension } from './fake-extension.mts';
import { prepareScene, type Scene } from './scene.mts';
import { decisionDue, proceeded } from './story.mts';
import { openWorkbench, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
let scene: Scene | undefined;
let workbench: Workbench | undefined;

afterEach(async () => {
  await workbench?.dispose();
  await scene?.dispose();
  workbench = undefined;
  scene = undefined;
});

function running(now: number, worktree: string): LoopView {
  const worker = {
    state: 'working',
    startedAt: now,
    worktree,
    folder: '/nowhere/worker',
    files: [{ path: 'README.md', added: 2, removed: 1 }],
    added: 2,
    removed: 1,
  } as const;
  return loopView({
    taskId: 'busy',
    description: 'Rename the shop',
    startedAt: now,
    agents: ['worker-1', 'worker-2'].map((id) => agentView({ id, ...worker })),
  });
}

/** Before the fifth transfer point. */
const held = (now: number): LoopView =>
  loopView({
    taskId: 'held',
    description: 'Sort the shelf',
    startedAt: now - 1,
    held: { point: 5, part: 'main', since: now },
    waiting: { for: 'breakpoint', since: now, message: 'Held by you.' },
  });

async function open(): Promise<{ scene: Scene; bench: Workbench }> {
  scene = await prepareScene();
  await scene.git('worktree', 'add', '-q', '-b', 'hotfix-login', path.join(scene.folder, 'api-hotfix'));
  const now = Date.now();
  const { repository } = scene;
  const views = [
    running(now, repository),
    held(now),
    decisionDue(now, repository),
    proceeded(now, repository),
  ];
  workbench = await openWorkbench({
    folder: repository,
    extension: await prepareFakeExtension(scene, views),
    env: { ...scene.env, CFN_FAKE_CALLS: path.join(scene.folder, 'calls.json'), CFN_FAKE_BUSY: '1' },
    settings: { 'workbench.colorTheme': 'Dark Modern', 'cfn.notifications.sound': 'needsYou' },
    initScript: noteSounds,
    // Rows out of sight are not drawn, and four views share the side bar.
    size: { width: 1360, height: 1300 },
  });
  await workbench.statusBar('2 need you').waitFor();
  await workbench.openView('CFN Loop');
  // It is there once the workbench says that the folder is trusted, and the palette shows our commands from then on.
  await workbench.treeRow('Decide iteration 4', 'Inbox').waitFor({ timeout: 60_000 });
  return { scene, bench: workbench };
}

/** In the page: which files were played to their person. */
function noteSounds(): void {
  const played: string[] = [];
  Object.assign(window, { played });
  // oxlint-disable-next-line typescript/unbound-method -- called with the element that plays, as before
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = async function (this: HTMLMediaElement) {
    await play.call(this);
    played.push(new URL(this.src).pathname.split('/').at(-1) ?? '');
  };
}
const soundsOf = ({ page }: Workbench) => page.evaluate<readonly string[]>('window.played');

/** VS Code's own terminal bell is silent until the person says so. */
async function switchBellOn(bench: Workbench): Promise<void> {
  const { page } = bench;
  // Toasts are not shown while an extension is under development; the list of notifications is.
  const offer = page.locator('.notification-list-item', { hasText: 'the terminal bell of VS Code' });
  const look = async () => {
    await bench.command('Notifications: Show Notifications');
    return offer.count();
  };
  await expect.poll(look, { interval: 1000, timeout: 40_000 }).toBe(1);
  await offer.hover();
  await offer.locator('.monaco-button', { hasText: 'Switch It On' }).click();
  await offer.waitFor({ state: 'detached' });
  await bench.command('Notifications: Hide Notifications');
}

async function calls(at: Scene): Promise<readonly unknown[]> {
  return JSON.parse(await readFile(path.join(at.folder, 'calls.json'), 'utf8')) as unknown[];
}

it('keeps rows in place while a loop changes, filters them, shows worktrees of others, and snoozes', async () => {
  const { scene, bench } = await open();
  const { page } = bench;
  const worker = bench.treeRow('worker-1');
  await worker.waitFor();
  await switchBellOn(bench);

  // The very element that was there before a hundred changes of the loops is there afterwards.
  const element = await worker.elementHandle();
  const cost = async () => Number(/\$([\d.]+)/.exec(await bench.statusBar('CFN').innerText())?.[1]);
  const before = await cost();
  await expect.poll(cost, { timeout: 15_000 }).toBeGreaterThan(before + 1);
  expect(await element?.evaluate((node) => node.isConnected)).toBe(true);
  await bench.rowAction(worker, 'Stop Agent');
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('Stop worker-1?').waitFor();
  await dialog.locator('.monaco-button', { hasText: 'Stop Agent' }).click();
  await expect.poll(async () => (await calls(scene)).at(-1)).toEqual(['stopAgent', 'busy', 'worker-1']);

  const second = bench.treeRow('worker-2');
  await worker.click();
  await second.click({ modifiers: ['ControlOrMeta'] });
  await bench.rowAction(second, 'Stop Agent');
  await dialog.getByText('Stop worker-1, worker-2?').waitFor();
  await dialog.locator('.monaco-button', { hasText: 'Stop 2 Agents' }).click();
  await expect.poll(async () => (await calls(scene)).at(-1)).toEqual(['stopAgent', 'busy', 'worker-2']);

  // A click releases nothing by itself.
  await bench.treeRow('Held before transfer point 5', 'Inbox').click();
  await bench.pick('Release As It Is');
  await expect.poll(async () => (await calls(scene)).at(-1)).toEqual(['release', 'held', null]);
  await bench.statusBar('1 needs you').waitFor();

  const others = bench.treeRow('Other worktrees');
  await others.locator('.monaco-tl-twistie').click();
  await bench.treeRow('hotfix-login').filter({ hasText: 'api-hotfix' }).waitFor();
  if (shots) await bench.screenshot(path.join(shots, 'loop-worktrees-dark.png'));

  await bench.command('CFN: Filter Agents');
  const list = page.locator('.quick-input-widget:visible');
  await list.locator('.monaco-list-row', { hasText: 'working' }).click();
  await list.locator('.monaco-button', { hasText: 'OK' }).click();
  await bench.treeRow('Add JWT').waitFor({ state: 'detached' });
  expect([await worker.count(), await others.count()]).toEqual([1, 0]);
  await bench.command('CFN: Show All Agents');
  await bench.treeRow('Add JWT').first().waitFor();

  const due = bench.treeRow('Decide iteration 4', 'Inbox');
  await bench.rowAction(due, 'Snooze');
  await bench.pick('10 minutes');
  await due.waitFor({ state: 'detached' });
  await bench.treeRow('Snoozed', 'Inbox').filter({ hasText: '1, next back in' }).waitFor();
  await bench.statusBar('1 needs you').waitFor({ state: 'detached' });
  await bench.reload();
  await bench.openView('CFN Loop');
  const snoozed = bench.treeRow('Snoozed', 'Inbox');
  await snoozed.waitFor({ timeout: 60_000 });
  // The held loop is held again, as each window plays the same loops from their beginning.
  await bench.statusBar('1 needs you').waitFor();
  expect(await due.count()).toBe(0);
  await snoozed.locator('.monaco-tl-twistie').click();
  // What waited when the window was opened is no news, however often its loop changes.
  expect(await soundsOf(bench)).toEqual([]);
  await bench.rowAction(due, 'End Snooze');
  await snoozed.waitFor({ state: 'detached' });
  await expect.poll(() => soundsOf(bench), { timeout: 20_000 }).toEqual(['terminalBell.mp3']);
  expect(await page.locator('.part.panel').isVisible()).toBe(false);
  await due.click();
  await bench.pick('ABORT');
  await bench.answer('Not now');
  await expect
    .poll(async () => (await calls(scene)).at(-1))
    .toEqual(['decide', 'add-jwt', { decision: 'ABORT', reason: 'Not now' }]);
  expect(bench.proposedApiUses()).toEqual([]);
});
