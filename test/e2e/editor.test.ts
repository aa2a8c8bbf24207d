import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { accessibilityProblems } from './accessibility.mts';
import { prepareFakeExtension } from './fake-extension.mts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
const EPIC = '---\nmode: standard\niteration: 3\n---\nAdd a login.\n';
let scene: Scene;
let workbench: Workbench;
let calls: string;

async function shot(name: string): Promise<void> {
  if (shots) await workbench.screenshot(path.join(shots, `${name}.png`));
}

/** A page in which no script runs cannot be asked by one: its copy has the same elements, theme and style. */
async function withoutPolicy(html: string): Promise<string> {
  const style = await readFile(path.join(projectRoot, 'dist', 'webview', 'static-page.css'), 'utf8');
  return html.replace(/<meta http-equiv[^>]*>/, '').replace(/<link[^>]*>/, () => `<style>${style}</style>`);
}

beforeAll(async () => {
  scene = await prepareScene();
  calls = path.join(scene.folder, 'calls.json');
  await writeFile(path.join(scene.repository, 'login.cfn.md'), EPIC);
  workbench = await openWorkbench({
    folder: scene.repository,
    extension: await prepareFakeExtension(scene),
    env: { ...scene.env, CFN_FAKE_CALLS: calls },
    settings: { 'workbench.colorTheme': 'Dark Modern' },
  });
});
afterAll(async () => {
  await workbench?.dispose();
  await scene?.dispose();
});

it('says what a loop does and offers to start one where none has run', async () => {
  await workbench.statusBar('CFN').waitFor();
  await workbench.openView('CFN Loop');
  const welcome = workbench.page.locator('.welcome-view-content');
  await welcome.getByText('No loop has run in this repository').waitFor();
  expect(await welcome.locator('a.monaco-button').allInnerTexts()).toEqual(['Start Loop']);
  expect(await welcome.locator('a:not(.monaco-button)').allInnerTexts()).toEqual([
    'Watch the demo loop',
    'New Epic',
    'Take the tour',
  ]);
  await shot('welcome-dark');
});

it('starts a loop from task, mode and crew after showing what would run', async () => {
  const { page } = workbench;
  await workbench.statusBar('CFN').waitFor();
  await workbench.command('CFN: Start Loop');
  await workbench.answer('Add JWT authentication to the API');
  await workbench.pick('mvp');
  await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'claude' }).waitFor();
  await shot('crew-dark');
  await workbench.pick('claude');
  await page.getByText("Where does agents' code run?").waitFor();
  await page.getByText('No loop starts as long as this holds: no engine answers.').waitFor();
  await shot('code-place-dark');
  await workbench.pick('On this machine');
  await page.getByText("Install dependencies with npm ci in each agent's worktree?").waitFor();
  await shot('set-up-dark');
  await workbench.pick("Don't install");
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('At most 40 agent runs, 2 at a time.').waitFor();
  await dialog.getByText('Agents, set-up and evidence run on this machine.').waitFor();
  await dialog.getByText('Not installed in the worktrees: npm ci').waitFor();
  await shot('plan-dark');
  await dialog.locator('.monaco-button', { hasText: 'Start Loop' }).click();
  await workbench.treeRow('implementer-1').waitFor();
  await workbench.statusBar('CFN 0/4 · it 1/10').waitFor();
  const panel = await workbench.webview('.steps');
  const steps = ['Implement', 'Gate', 'Validate', 'Decide'];
  await expect.poll(() => panel.locator('.step .name').allInnerTexts()).toEqual(steps);
  expect(await readFile(path.join(scene.folder, 'calls.json'), 'utf8')).toContain('["rememberSetUp","none"]');
  expect(await readFile(path.join(scene.folder, 'calls.json'), 'utf8')).toContain(
    '["rememberCodePlace","machine"]',
  );
  await shot('started-dark');
});

it('tells a running loop which files a person saves', async () => {
  const { keyboard } = workbench.page;
  await workbench.openFile('README.md');
  await workbench.page.locator('.editor-instance .view-line', { hasText: '# Sample' }).click();
  await keyboard.type('By hand. ');
  await keyboard.press('Control+S');
  await expect
    .poll(() => readFile(calls, 'utf8'))
    .toContain(JSON.stringify(['ownEdits', ['fake-1'], [path.join(scene.repository, 'README.md')]]));
});

it('[SI-123] [SI-126] shows what the doctor found, and fixes what can be fixed from the report', async () => {
  await workbench.command('CFN: Doctor');
  const report = await workbench.webview('.verdict');
  await expect.poll(() => report.locator('.verdict').innerText()).toContain('2 errors, 1 warning.');
  await shot('doctor-dark');
  expect(await report.locator('.row.error .detail').allInnerTexts()).toEqual([
    '[ERROR] Database not accessible: file is not a database <b>&',
    '[ERROR] Service orchestrator not running: the process of fix-login was killed',
  ]);
  expect(await report.locator('script').count()).toBe(0);
  const copy = await workbench.page.context().browser()!.newPage();
  await copy.setContent(await withoutPolicy(await report.content()));
  expect(await copy.locator('.row').count()).toBeGreaterThan(5);
  expect(await accessibilityProblems(copy.mainFrame())).toEqual([]);
  await copy.close();
  const rebuild = report.getByRole('button', { name: 'Rebuild the index from the journals' });
  await rebuild.focus();
  await workbench.page.keyboard.press('Enter');
  const after = await workbench.webview('.note');
  expect(await after.locator('.note').innerText()).toContain('done. It holds 41 events of 1 loop.');
  expect(await after.locator('.verdict').innerText()).toContain('1 error, 1 warning.');
  expect(JSON.parse(await readFile(calls, 'utf8'))).toContainEqual(['fix', 'rebuild-index']);
});

it('shows the agents of the machine, and lets one of them do a small task', async () => {
  await workbench.command('CFN: Agents');
  const page = await workbench.webview('.stacked .row.warning');
  expect(await page.locator('header [role=status]').innerText()).toBe('1 of 2 agent CLIs are installed.');
  expect(await page.locator('.row.warning .detail').innerText()).toBe(
    'claude 2.1.8 is older than 2.1.329, with which the preset was verified <b>.',
  );
  expect(await page.locator('.row.skipped .actions').count()).toBe(0);
  await page.getByRole('button', { name: 'Test Run' }).focus();
  await workbench.page.keyboard.press('Enter');
  const after = await workbench.webview('.stacked .row.ok');
  expect(await after.locator('.row.ok [role=status]').innerText()).toBe(
    'Test run: claude did a small task and reported it with confidence 0.90. 12 s, 2090 tokens, $0.01',
  );
  expect(JSON.parse(await readFile(calls, 'utf8'))).toContainEqual(['tryAgent', 'claude']);
  await shot('agents-page-dark');
  const copy = await workbench.page.context().browser()!.newPage();
  await copy.setContent(await withoutPolicy(await after.content()));
  expect(await accessibilityProblems(copy.mainFrame())).toEqual([]);
  await copy.close();
});

it('builds the image of agents, elsewhere where its base cannot be had, until that is cancelled', async () => {
  const { page } = workbench;
  // Toasts are not shown while an extension is under development; the list of notifications is.
  const note = (text: string) => page.locator('.notification-list-item', { hasText: text });
  const built = async () =>
    (JSON.parse(await readFile(calls, 'utf8').catch(() => '[]')) as unknown[][]).filter(
      ([name]) => name === 'ensureImage',
    );
  const before = (await built()).length;
  await workbench.command('CFN: Build Agent Image');
  // At a second try it is open already, and a click would close it.
  if (!(await page.locator('.notifications-center.visible').isVisible()))
    await page.locator('.statusbar-item[id="status.notifications"]').click();
  await note('The base node cannot be had').getByRole('button', { name: 'Use Another Base…' }).click();
  await workbench.answer('slow:1');
  const progress = note('Building the image cfn-agent:latest');
  await progress.getByText('Step 2/9 : FROM slow:1').waitFor();
  await progress.getByRole('button', { name: 'Cancel' }).first().click();
  await progress.waitFor({ state: 'detached' });

  await workbench.command('CFN: Build Agent Image');
  await note('The base node cannot be had').getByRole('button', { name: 'Use Another Base…' }).click();
  await workbench.answer('cfn-base:local');
  await note('cfn-agent:latest was built, and agents can work in it (Node 24.21.0). It lacks jq').waitFor();
  const wish = { image: 'cfn-agent:latest', build: 'always' };
  expect((await built()).slice(before)).toEqual([
    ['ensureImage', wish],
    ['ensureImage', { ...wish, base: 'slow:1' }],
    ['ensureImage', wish],
    ['ensureImage', { ...wish, base: 'cfn-base:local' }],
  ]);
});

it('shows the boxes of a loop, met or not, each with what was measured', async () => {
  await workbench.command('CFN: Show Compliance of a Loop');
  const page = await workbench.webview('#compliance');
  expect(await page.locator('#compliance h2').innerText()).toBe(
    'Compliance of fake-1: 19 met, 1 not met, 0 not applicable',
  );
  expect(await page.locator('#compliance h3').allInnerTexts()).toEqual([
    'Defensive',
    'Coordination',
    'Security',
    'Performance',
  ]);
  const ids = Array.from({ length: 20 }, (_, index) => `DP-${140 + index}`);
  expect(await page.locator('#compliance h4 .dim').allInnerTexts()).toEqual(ids);
  expect(await page.locator('#compliance .row.error .detail').innerText()).toBe('4 of 20 <measured>.');
  const copy = await workbench.page.context().browser()!.newPage();
  await copy.setContent(await withoutPolicy(await page.content()));
  expect(await accessibilityProblems(copy.mainFrame())).toEqual([]);
  await copy.close();
  await shot('compliance-dark');
});

it('helps to write an epic: outline of what is wrong, fixes, completion, and a start above it', async () => {
  const { page } = workbench;
  await workbench.openFile('login.cfn.md');
  const editor = page.locator('.editor-instance');
  await editor.locator('.codelens-decoration', { hasText: 'Start Loop' }).waitFor();
  await editor.locator('.squiggly-error').waitFor();
  await editor.locator('.view-line', { hasText: 'iteration: 3' }).click();
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget').getByText('Change to "iterations"').click();
  await editor.locator('.view-line', { hasText: 'iterations: 3' }).waitFor();
  await editor.locator('.squiggly-error').waitFor({ state: 'detached' });
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('strat');
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'strategy' }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'race' }).waitFor();
  await shot('epic-dark');
  await page.keyboard.type('race');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+S');
  await editor.locator('.codelens-decoration a', { hasText: 'Start Loop' }).click();
  const plan = page.locator('.monaco-dialog-box');
  await plan.getByText('Add a login.').waitFor();
  expect(await plan.innerText()).toContain('at most 3 iterations');
  await page.keyboard.press('Escape');
});

it('uses no proposed API', () => {
  expect(workbench.proposedApiUses()).toEqual([]);
});
