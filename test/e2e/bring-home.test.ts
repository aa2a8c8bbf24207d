import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { startGitHubServer, type GitHubServer } from '../support/github-server.ts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, packageExtension, projectRoot, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
const run = promisify(execFile);
let scene: Scene | undefined;
let workbench: Workbench | undefined;
let server: GitHubServer | undefined;

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await shot('bring-home-failed');
  const proposed = workbench?.proposedApiUses() ?? [];
  await workbench?.dispose();
  await server?.close();
  await scene?.dispose();
  server = undefined;
  workbench = undefined;
  scene = undefined;
  if (proposed.length > 0) throw new Error(`Proposed API is used: ${proposed.join('; ')}`);
});

async function shot(name: string): Promise<void> {
  if (shots) await workbench?.screenshot(path.join(shots, `${name}.png`));
}

/** A repository with a demo loop that a command line ran to its end. */
async function endedLoop(): Promise<Scene> {
  scene = await prepareScene();
  await rm(scene.repository, { recursive: true });
  const made = await createSampleRepository(scene.repository);
  if (!made.ok) throw new Error(made.error);
  const task = ['run', '--task', 'Make every test pass', '--mode', 'mvp', '--task-id', 'fix'];
  const crew = ['--implementer', 'demo', '--validator', 'demo', '--product-owner', 'demo'];
  await run(process.execPath, [path.join(projectRoot, 'dist', 'cli.js'), ...task, ...crew, '--json'], {
    cwd: scene.repository,
    env: { ...process.env, ...scene.env, CFN_DEMO_PAUSE_MS: '0' },
  });
  return scene;
}

it('merges a finished loop by the command, after its preview, and takes it back', async () => {
  const made = await endedLoop();
  const { repository, env } = made;
  const before = (await made.git('rev-parse', 'HEAD')).trim();
  await writeFile(path.join(repository, 'notes.txt'), 'mine\n');
  workbench = await openWorkbench({
    folder: repository,
    extension: projectRoot,
    env,
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  await workbench.openView('CFN Loop');
  const { page } = workbench;
  const row = workbench.treeRow('done: proceeded');
  await row.waitFor();
  await workbench.command('CFN: Bring Home');
  const merge = page.locator('.quick-input-list .monaco-list-row', { hasText: 'a merge commit' });
  await merge.filter({ hasText: 'your checkout follows' }).waitFor();
  await page.locator('.quick-input-list', { hasText: 'looking…' }).waitFor({ state: 'detached' });
  await shot('bring-home-ways');
  await merge.click();
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('home?').waitFor();
  expect(await dialog.innerText()).toContain('Goes to main.');
  await shot('bring-home-preview');
  await dialog.locator('.monaco-button', { hasText: 'Bring Home' }).click();

  await workbench.treeRow('in main').waitFor();
  expect((await made.git('log', '-1', '--format=%P')).split(' ')[0]).toBe(before);
  expect((await made.git('status', '--porcelain')).trim()).toBe('?? notes.txt');
  await shot('bring-home-done');

  await workbench.command('CFN: Undo Integration');
  await expect
    .poll(async () => (await made.git('rev-parse', 'HEAD')).trim(), { timeout: 20_000 })
    .toBe(before);
  await workbench.treeRow('in main').waitFor({ state: 'detached' });
  expect((await made.git('status', '--porcelain')).trim()).toBe('?? notes.txt');
});

it('names uncommitted work that stands in the way, rescues it when asked to, and gives it back', async () => {
  const made = await endedLoop();
  const { repository, env } = made;
  const touched = (await made.git('diff', '--name-only', 'main', 'cfn/fix/result')).split('\n')[0] ?? '';
  await writeFile(path.join(repository, touched), 'mine\n');
  workbench = await openWorkbench({ folder: repository, extension: projectRoot, env });
  await workbench.openView('CFN Loop');
  await workbench.treeRow('done: proceeded').waitFor();
  await workbench.command('CFN: Bring Home');
  const { page } = workbench;
  const squash = page.locator('.quick-input-list .monaco-list-row', { hasText: 'one new commit' });
  await squash.filter({ hasText: 'stopped by uncommitted changes' }).waitFor();
  await squash.click();
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('is not brought home').waitFor();
  expect(await dialog.innerText()).toContain(touched);
  await dialog.locator('.monaco-button', { hasText: 'Rescue Them First' }).click();
  await dialog.locator('.monaco-button', { hasText: 'Bring Home' }).click();
  await workbench.treeRow('in main').waitFor();
  expect((await made.git('status', '--porcelain')).trim()).toBe('');
  await workbench.command('CFN: Undo Integration');
  await expect
    .poll(async () => (await made.git('status', '--porcelain')).trim(), { timeout: 20_000 })
    .toBe(`M ${touched}`);
});

/** Adds `sum.js` as an implementer, keeps both sides of a conflict in it, and agrees in every other role. */
const CREW = `
  import { readFileSync, existsSync, writeFileSync } from 'node:fs';
  const { CFN_ROLE: role, CFN_NONCE: nonce, CFN_RESULT_FILE: file } = process.env;
  const results = {
    implementer: { nonce, confidence: 0.9, summary: 'Added sum.', files: ['sum.js'], issues: [] },
    validator: { nonce, score: 0.95, findings: [], confirmed: [] },
    'product-owner': { nonce, decision: 'PROCEED', reason: 'Fine.', feedback: [], deferred: [] },
  };
  if (role === 'implementer') {
    const there = existsSync('sum.js') ? readFileSync('sum.js', 'utf8') : 'exports.sum = 1;\\n';
    writeFileSync('sum.js', there.split('\\n').filter((line) => !/^(<<<<<<<|=======|>>>>>>>)/.test(line)).join('\\n'));
  }
  writeFileSync(file, JSON.stringify(results[role]));
`;

/** A loop that added a file which the branch has meanwhile too, with other content; its commit on the branch. */
async function conflictingLoop(): Promise<Scene> {
  const made = await prepareScene();
  scene = made;
  const { folder, repository, env } = made;
  await writeFile(path.join(folder, 'crew.mjs'), CREW);
  const agent = `exec:'${process.execPath}' '${path.join(folder, 'crew.mjs')}'`;
  const task = [
    'run',
    '--task',
    'Add a sum',
    '--mode',
    'mvp',
    '--task-id',
    'sum',
    '--evidence',
    'git --version',
  ];
  const crew = [
    '--implementer',
    `api=${agent}`,
    '--validator',
    `v=${agent}`,
    '--product-owner',
    `po=${agent}`,
  ];
  await run(process.execPath, [path.join(projectRoot, 'dist', 'cli.js'), ...task, ...crew, '--json'], {
    cwd: repository,
    env: { ...process.env, ...env },
  });
  await writeFile(path.join(repository, 'sum.js'), 'exports.sum = 2;\n');
  await made.git('add', '-A');
  await made.git('commit', '--quiet', '-m', 'Count to two');
  return made;
}

async function meetConflict(made: Scene): Promise<Workbench> {
  workbench = await openWorkbench({
    folder: made.repository,
    extension: projectRoot,
    env: made.env,
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  await workbench.openView('CFN Loop');
  await workbench.treeRow('done: proceeded').waitFor();
  await workbench.command('CFN: Bring Home');
  const { page } = workbench;
  const merge = page.locator('.quick-input-list .monaco-list-row', { hasText: 'a merge commit' });
  await merge.filter({ hasText: 'conflicts in sum.js' }).waitFor();
  await merge.click();
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('has conflicts').waitFor();
  expect(await dialog.innerText()).toMatch(/sum\.js[^]*The loop: Add a sum[^]*[0-9a-f]{10} Count to two/);
  return workbench;
}

it('names both intents of a conflict, and begins the merge in the merge editor', async () => {
  const made = await conflictingLoop();
  const bench = await meetConflict(made);
  const { page } = bench;
  await shot('bring-home-conflict');
  await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Merge Editor' }).click();
  await page.locator('.scm-view .monaco-list-row', { hasText: 'sum.js' }).first().waitFor();
  expect((await made.git('rev-parse', 'MERGE_HEAD')).trim()).toBe(
    (await made.git('rev-parse', 'refs/heads/cfn/sum/result')).trim(),
  );
  expect(await bench.statusBar('CFN').count()).toBeGreaterThan(0);
});

it('has the same crew resolve a conflict in a loop of its own, whose result merges cleanly', async () => {
  const made = await conflictingLoop();
  const bench = await meetConflict(made);
  const { page } = bench;
  const head = (await made.git('rev-parse', 'HEAD')).trim();
  await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Let an Agent Resolve' }).click();
  await bench.pick('On this machine');
  await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Start Loop' }).click();
  await bench.treeRow('done: proceeded').nth(1).waitFor({ timeout: 120_000 });
  expect((await made.git('rev-parse', 'HEAD')).trim()).toBe(head);
  const results = (
    await made.git('for-each-ref', '--format=%(refname:short)', 'refs/heads/cfn/*/result')
  ).split('\n');
  const resolved = results.find((name) => name !== '' && name !== 'cfn/sum/result') ?? '';
  const text = await made.git('show', `${resolved}:sum.js`);
  expect(text.split('\n').filter(Boolean).sort()).toEqual(['exports.sum = 1;', 'exports.sum = 2;']);
  await made.git('merge-base', '--is-ancestor', head, resolved);
});

const TOKEN = 'token-of-ada';

/** A packed extension that signs a person in, in place of the one that opens a browser for it. */
async function signInExtension(folder: string): Promise<string> {
  const extension = path.join(folder, 'sign-in');
  await mkdir(extension, { recursive: true });
  const provider = { id: 'github-enterprise', label: 'GitHub Enterprise Server' };
  const manifest = {
    name: 'sign-in',
    publisher: 'test',
    version: '0.0.1',
    engines: { vscode: '^1.104.0' },
    main: './main.js',
    activationEvents: [],
    contributes: { authentication: [provider] },
  };
  await writeFile(path.join(extension, 'package.json'), JSON.stringify(manifest));
  await writeFile(
    path.join(extension, 'main.js'),
    `const vscode = require('vscode');
const sessions = [];
exports.activate = () => vscode.authentication.registerAuthenticationProvider('${provider.id}', '${provider.label}', {
  onDidChangeSessions: new vscode.EventEmitter().event,
  getSessions: async () => sessions,
  createSession: async (scopes) => {
    sessions.push({ id: '1', accessToken: '${TOKEN}', account: { id: 'ada', label: 'ada' }, scopes });
    return sessions[0];
  },
  removeSession: async () => undefined,
});`,
  );
  const vsix = path.join(folder, 'sign-in.vsix');
  await packageExtension(vsix, extension);
  return vsix;
}

it('pushes and creates a pull request on a GitHub server, signed in by the editor', async () => {
  const made = await endedLoop();
  server = await startGitHubServer(path.join(made.folder, 'server'), TOKEN);
  await made.git('remote', 'add', 'origin', `${server.url}/ada/engine.git`);
  await made.git('push', '--quiet', 'origin', 'HEAD:main');
  workbench = await openWorkbench({
    folder: made.repository,
    extension: projectRoot,
    vsix: await signInExtension(made.folder),
    env: made.env,
    settings: { 'github-enterprise.uri': server.url, 'workbench.colorTheme': 'Dark Modern' },
  });
  const { page } = workbench;
  const dialog = page.locator('.monaco-dialog-box');
  const button = (label: string) =>
    dialog.locator('.monaco-button').filter({ hasText: new RegExp(`^${label}$`) });
  await workbench.openView('CFN Loop');
  await workbench.treeRow('done: proceeded').waitFor();
  await workbench.command('CFN: Bring Home');
  await workbench.pick('Create Pull Request');
  await workbench.answer('Repair the cart');
  await dialog.getByText('Create a pull request at ada/engine?').waitFor();
  await shot('pull-request');
  await button('Create as Draft').click();
  await button('Allow').click();
  await expect.poll(() => server?.pulls.length, { timeout: 30_000 }).toBe(1);
  expect(server.pulls).toMatchObject([
    { title: 'Repair the cart', head: 'cfn/fix/result', base: 'main', draft: true },
  ]);
  await page.locator('.statusbar-item[id="status.notifications"]').click();
  await page.locator('.notification-list-item', { hasText: 'Pull request #1 is open.' }).waitFor();
  await shot('pull-request-open');
});
