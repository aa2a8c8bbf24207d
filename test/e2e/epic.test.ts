import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ATTEMPT_FILES } from '../../src/protocol/attempt-folder.ts';
import { agentView, loopView } from '../../src/vscode/test-views.ts';
import { prepareFakeExtension } from './fake-extension.mts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
const EPIC = [
  '---',
  'mode:   standard # strict enough',
  'agents: [ api=claude, api=codex ]',
  'validators: ["@careful"]',
  '---',
  'Add a login, see [the plan](plan.md).',
  '',
  '### Form',
  '',
  'Two  spaces stay.',
  '',
].join('\n');
const PROFILE = '---\nname: careful\ndescription: Doubts everything.\nmodel: opus\n---\nDoubt everything.\n';
const ISSUE = {
  title: 'Sum subtracts',
  body: 'sum(1, 2) is -1.\n\n## Steps\n- call it',
  user: { login: 'ada' },
};

let scene: Scene;
let workbench: Workbench;
let calls: string;
let github: Server;

async function shot(name: string): Promise<void> {
  if (shots) await workbench.screenshot(path.join(shots, `${name}.png`));
}
const put = async (name: string, text: string) => {
  const file = path.join(scene.repository, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
};
const editor = () => workbench.page.locator('.editor-instance');
const line = (text: string) => editor().locator('.view-line', { hasText: text });
const plan = () => workbench.page.locator('.monaco-dialog-box');
const planned = async () => JSON.parse(await readFile(calls, 'utf8')) as [string, Record<string, unknown>][];

beforeAll(async () => {
  scene = await prepareScene();
  calls = path.join(scene.folder, 'calls.json');
  await put('login.cfn.md', EPIC);
  await put('split.cfn.md', '---\nmode: enterprise\nstrategy: split\n---\nAdd a shop.\n');
  await put('.claude/agents/careful.md', PROFILE);
  const worktree = path.join(scene.folder, 'worktree');
  await mkdir(path.join(worktree, 'lib'), { recursive: true });
  await writeFile(path.join(worktree, 'lib', 'work.js'), 'one\ntwo\nthree\n');
  const folder = path.join(scene.folder, 'attempt');
  await mkdir(folder);
  const said = [
    {
      stream: 'agent',
      kind: 'text',
      text: 'run-agent:iter-1:1731752400000 lib/work.js:2:1 is what api-1 wrote',
    },
    { stream: 'agent', kind: 'error', text: '../secret.txt:1 is outside' },
  ];
  const lines = said.map((each) => JSON.stringify({ at: 0, ...each })).join('\n');
  await writeFile(path.join(folder, ATTEMPT_FILES.transcript), `${lines}\n`);
  await writeFile(path.join(scene.folder, 'secret.txt'), 'secret');
  const agent = agentView({ id: 'api-1', role: 'implementer', state: 'done', folder, worktree, endedAt: 1 });
  const done = loopView({ taskId: 'old', agents: [agent], outcome: 'PROCEED', step: 'done', endedAt: 1 });
  github = createServer((_request, response) => response.end(JSON.stringify(ISSUE)));
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve));
  const { port } = github.address() as AddressInfo;
  workbench = await openWorkbench({
    folder: scene.repository,
    extension: await prepareFakeExtension(scene, [done]),
    env: { ...scene.env, CFN_FAKE_CALLS: calls },
    settings: {
      'workbench.colorTheme': 'Dark Modern',
      'github-enterprise.uri': `http://127.0.0.1:${port}`,
    },
  });
});
afterAll(async () => {
  await workbench?.dispose();
  await new Promise((resolve) => (github ? github.close(resolve) : resolve(null)));
  await scene?.dispose();
});

it('marks agents that an epic names twice, and renames one of them', async () => {
  const { page } = workbench;
  await workbench.statusBar('CFN').waitFor();
  await workbench.openFile('login.cfn.md');
  await editor().locator('.squiggly-error').waitFor();
  await shot('epic-problems-dark');
  await line('agents:').click();
  await page.keyboard.press('End');
  for (let step = 0; step < 4; step += 1) await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget').getByText('Change to "api-2=codex"').click();
  await line('api-2=codex').waitFor();
  await editor().locator('.squiggly-error').waitFor({ state: 'detached' });
  // The link to a plan that is not there.
  await editor().locator('.squiggly-warning').waitFor();
  expect(await editor().locator('.squiggly-error').count()).toBe(0);
});

it('formats front matter and leaves comments and body as they are', async () => {
  const { page } = workbench;
  await page.keyboard.press('Escape');
  await workbench.command('Format Document');
  await line('agents: [api=claude, api-2=codex]').waitFor();
  await page.keyboard.press('Control+S');
  const file = path.join(scene.repository, 'login.cfn.md');
  const body = EPIC.slice(EPIC.indexOf('\n---\nAdd') + 1);
  await expect
    .poll(() => readFile(file, 'utf8'))
    .toBe(
      `---\nmode: standard # strict enough\nagents: [api=claude, api-2=codex]\nvalidators: ["@careful"]\n${body}`,
    );
});

it('[SI-078] shows the text of a profile before a loop that names it starts', async () => {
  await workbench.openFile('login.cfn.md');
  await editor().first().locator('.codelens-decoration a', { hasText: 'Start Loop' }).first().click();
  await workbench.pick('On this machine').catch(() => undefined);
  await workbench.pick("Don't install").catch(() => undefined);
  await plan().getByText('@careful, text of this repository: .claude/agents/careful.md').waitFor();
  await shot('plan-profiles-dark');
  await plan().locator('.monaco-button', { hasText: 'Show Profiles' }).click();
  await line('Doubt everything.').waitFor();
  const [, request] = (await planned()).findLast(([name]) => name === 'plan') ?? [];
  expect(request).toMatchObject({
    crew: expect.arrayContaining([
      expect.objectContaining({
        id: 'validator-1',
        program: { kind: 'preset', preset: 'claude', model: 'opus' },
        profile: expect.objectContaining({
          origin: 'repository',
          instructions: 'Doubt everything.',
        }) as unknown,
      }),
    ]) as unknown,
  });
});

it('offers the tests that fail at HEAD as the task of a loop', async () => {
  const { page } = workbench;
  await workbench.command('CFN: Start Loop from Failing Test');
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'sum.test.js > adds' }).waitFor();
  expect(await planned()).toContainEqual(['failingChecks', null]);
  await shot('failing-tests-dark');
  await page.keyboard.press('Escape');
});

it('offers to have the parts of a split proposed before it starts', async () => {
  await workbench.openFile('split.cfn.md');
  await line('Add a shop.').waitFor();
  await editor().first().locator('.codelens-decoration a', { hasText: 'Start Loop' }).first().click();
  await plan().locator('.monaco-button', { hasText: 'Propose Parts…' }).click();
  await workbench.pick('claude');
  await workbench.answer('2');
  await line('agents: ["implementer-1=claude","implementer-2=claude"]').waitFor();
  await line('mode: enterprise').last().waitFor();
  expect(await planned()).toContainEqual(['proposeSplit', 'Add a shop.', 2]);
  expect((await planned()).map(([name]) => name)).not.toContain('start');
  await shot('proposed-parts-dark');
  await workbench.command('View: Close All Editors');
  await plan().locator('.monaco-button', { hasText: "Don't Save" }).click();
});

it('makes an epic of an issue, to be read before anything starts', async () => {
  await workbench.command('CFN: Start Loop from GitHub Issue');
  const { port } = github.address() as AddressInfo;
  await workbench.answer(`http://127.0.0.1:${port}/ada/sum/issues/3`);
  await line('Resolve issue ada/sum#3: "Sum subtracts".').waitFor();
  await line('## Steps').waitFor();
  await editor().locator('.codelens-decoration', { hasText: 'Start Loop' }).first().waitFor();
  expect(await line('sum(1, 2) is -1.').count()).toBe(1);
  await shot('issue-dark');
});

it('offers templates for a new epic', async () => {
  await workbench.command('CFN: New Epic File');
  await workbench.pick('Bug fix');
  await line('What goes wrong').waitFor();
  expect(await line('A test that fails without the fix').count()).toBe(1);
  await shot('new-epic-dark');
});

it('colours a transcript and opens only files of the worktree from it', async () => {
  const { page } = workbench;
  await workbench.command('CFN: Show Transcript');
  await line('is what api-1 wrote').waitFor();
  const colours = line('run-agent:iter-1').locator('span[class^=mtk]');
  await expect.poll(() => colours.count()).toBeGreaterThan(4);
  const links = editor().locator('.detected-link');
  await links.first().waitFor();
  await shot('transcript-dark');
  expect(await links.allInnerTexts()).not.toContain('../secret.txt:1');
  // By the keyboard: a link is drawn anew under a waiting pointer.
  await page.keyboard.press('Control+f');
  const find = editor().getByRole('textbox', { name: 'Find' });
  await find.fill('lib/work.js:2');
  await editor().locator('.find-widget .matchesCount', { hasText: '1 of' }).waitFor();
  await find.press('Escape');
  await workbench.command('Open Link');
  await page.locator('.tab', { hasText: 'work.js' }).waitFor();
  await page.locator('.statusbar-item', { hasText: 'Ln 2, Col 1' }).waitFor();
});

it('uses no proposed API', () => {
  expect(workbench.proposedApiUses()).toEqual([]);
});
