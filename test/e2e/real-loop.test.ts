import { spawn } from 'node:child_process';
import { afterEach, expect, it } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { followLoop, watchDemoLoop } from '../../scripts/watch-demo-loop.mts';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { REPAIRS, SAMPLE_FILES } from '../../src/adapters/demo-agent/sample.ts';
import { resultRecordSchema, runnerStateSchema } from '../../src/protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../src/protocol/attempt-folder.ts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
let scene: Scene | undefined;
let workbench: Workbench | undefined;

/** `pauseMs` after each line that a scripted agent says: short, or long enough for a reload in between. */
async function open(
  theme: string,
  pauseMs: number,
  settings: Readonly<Record<string, unknown>> = {},
  prepare: (repository: string) => Promise<void> = () => Promise.resolve(),
): Promise<{ scene: Scene; workbench: Workbench }> {
  scene = await prepareScene();
  await rm(scene.repository, { recursive: true });
  const made = await createSampleRepository(scene.repository);
  if (!made.ok) throw new Error(made.error);
  await prepare(scene.repository);
  workbench = await openWorkbench({
    folder: scene.repository,
    extension: projectRoot,
    env: { ...scene.env, CFN_DEMO_PAUSE_MS: String(pauseMs) },
    settings: { 'workbench.colorTheme': theme, ...settings },
    size: { width: 1500, height: 940 },
  });
  return { scene, workbench };
}

async function shot(name: string): Promise<void> {
  if (shots) await workbench?.screenshot(path.join(shots, `${name}.png`));
}

afterEach(async () => {
  const proposed = workbench?.proposedApiUses() ?? [];
  await workbench?.dispose();
  await scene?.dispose();
  workbench = undefined;
  scene = undefined;
  if (proposed.length > 0) throw new Error(`Proposed API is used: ${proposed.join('; ')}`);
});

it('[FL-022] runs a whole loop in integrated terminals, from failing tests to PROCEED', async () => {
  const { scene, workbench } = await open('Dark Modern', 600);
  const head = await scene.git('rev-parse', 'HEAD');
  const terminals: string[] = [];
  const seen = await watchDemoLoop(
    workbench,
    () => undefined,
    async (state) => {
      if (state !== 'Iteration 1 of 10: Implementing') return;
      await workbench.rowAction(workbench.treeRow('implementer-1'), 'Open Agent Terminal');
      await workbench.page.locator('.xterm-rows', { hasText: 'pass' }).waitFor();
      terminals.push(await workbench.page.locator('.part.panel').innerText());
      await shot('demo-terminal-dark');
    },
  );
  expect(seen.outcome).toBe('done: proceeded');
  expect(seen.states.some((state) => state.startsWith('Iteration 2'))).toBe(true);
  expect(terminals.join('\n')).toContain('cfn · implementer-1 · it 1');
  await workbench.treeRow('done: proceeded').waitFor();
  const panel = await workbench.webview('[data-key="diff"]');
  expect(await panel.locator('header').innerText()).toContain('$0.00');
  await shot('loop-done-dark');
  // The work is on its branch; the person's checkout is as it was.
  const branches = await scene.git('branch', '--list', 'cfn/*/result', '--format=%(refname:short)');
  expect(branches.trim()).toMatch(/^cfn\/.+\/result$/);
  expect(await scene.git('rev-parse', 'HEAD')).toBe(head);
  expect(await scene.git('status', '--porcelain')).toBe('');

  await panel.locator('[data-key="diff"]').click();
  await workbench.page.locator('.multiDiffEntry').first().waitFor();
  await shot('loop-diff-dark');
  await removeAndRestore(workbench, scene);
  await moveAndDelete(workbench, scene);
});

/** Where git has the worktree of the only implementer; null where it has none. */
async function worktreeOf(scene: Scene): Promise<string | null> {
  const listed = await scene.git('worktree', 'list', '--porcelain');
  return /^worktree (.*\/implementer-1)$/m.exec(listed)?.[1] ?? null;
}

async function agree(workbench: Workbench, question: string, action: string): Promise<string> {
  const dialog = workbench.page.locator('.monaco-dialog-box');
  await dialog.getByText(question).waitFor();
  const text = await dialog.innerText();
  await shot(`dialog-${action.toLowerCase()}-dark`);
  await dialog.locator('.monaco-button', { hasText: new RegExp(`^${action}$`) }).click();
  return text;
}

/** From the row of an agent, with what it left in its worktree. */
async function removeAndRestore(workbench: Workbench, scene: Scene): Promise<void> {
  const row = workbench.treeRow('implementer-1');
  const worktree = (await worktreeOf(scene)) ?? '';
  await writeFile(path.join(worktree, 'late.txt'), 'late');
  await workbench.rowMenu(row, 'Remove Worktree of Agent…');
  const asked = await agree(workbench, 'Remove the worktree of implementer-1?', 'Remove');
  expect(asked).toContain(`worktree ${worktree}`);
  expect(asked).toMatch(/In no commit yet, kept under a rescue ref first:\s+late\.txt/);
  await row.filter({ hasText: 'worktree removed' }).waitFor();
  expect(await worktreeOf(scene)).toBe(null);
  expect(await scene.git('for-each-ref', 'refs/cfn/rescue')).toContain('/implementer-1/');
  await workbench.rowAction(row, 'Restore Worktree of Agent');
  await row.filter({ hasNotText: 'worktree removed' }).waitFor();
  expect(await readFile(path.join(worktree, 'late.txt'), 'utf8')).toBe('late');
}

/** As a person does it behind our back. */
async function moveAndDelete(workbench: Workbench, scene: Scene): Promise<void> {
  const row = workbench.treeRow('implementer-1');
  const worktree = (await worktreeOf(scene)) ?? '';
  const moved = path.join(scene.folder, 'implementer-1');
  await rename(worktree, moved);
  await workbench.command('CFN: Refresh');
  await row.filter({ hasText: 'worktree moved' }).waitFor();
  await workbench.rowMenu(row, 'Repair Worktrees');
  expect(await agree(workbench, 'Repair Worktrees?', 'Repair')).toContain(
    `moved from ${worktree} to ${moved}`,
  );
  await row.filter({ hasNotText: 'worktree moved' }).waitFor();
  expect(await worktreeOf(scene)).toBe(moved);

  await rm(moved, { recursive: true });
  await workbench.command('CFN: Refresh');
  await row.filter({ hasText: 'worktree missing' }).waitFor();
  await workbench.command('CFN: Repair Worktrees');
  expect(await agree(workbench, 'Repair Worktrees?', 'Repair')).toContain(`the folder ${moved} is gone`);
  await row.filter({ hasNotText: 'worktree missing' }).waitFor();
  expect(await worktreeOf(scene)).toBe(null);
}

it('starts the first loop by itself in a window that npm start opened, and ends with its diff', async () => {
  const { workbench } = await open('Dark Modern', 0, {}, (repository) =>
    writeFile(path.join(repository, '..', 'watch-demo'), ''),
  );
  await workbench.page.locator('.multiDiffEntry').first().waitFor({ timeout: 180_000 });
  await workbench.treeRow('done: proceeded').first().waitFor();
  expect(await workbench.page.locator('.monaco-dialog-box').count()).toBe(0);
  await shot('first-loop');
});

it('shows a loop of a command line live, and takes it up on a click when that one is killed', async () => {
  const { scene, workbench } = await open('Dark Modern', 0);
  await workbench.openView('CFN Loop');
  await workbench.statusBar('CFN').waitFor();
  const task = ['run', '--task', 'Make every test pass', '--mode', 'mvp', '--product-owner', 'demo'];
  const crew = ['--implementer', 'demo', '--validator', 'demo'];
  const cli = spawn(
    process.execPath,
    [path.join(projectRoot, 'dist', 'cli.js'), ...task, ...crew, '--json'],
    {
      cwd: scene.repository,
      env: { ...process.env, ...scene.env, CFN_DEMO_PAUSE_MS: '1500' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  for await (const chunk of cli.stdout) if (String(chunk).includes('"AgentStarted"')) break;
  await workbench.command('CFN: Refresh');
  await workbench.treeRow('implementer-1').waitFor();
  await workbench.treeRow('it 1').first().waitFor();
  cli.kill('SIGKILL');
  // Toasts are not shown while an extension is under development; the list of notifications is.
  const offer = workbench.page.locator('.notification-list-item', { hasText: 'is run by no window' });
  const look = async () => {
    await workbench.command('Notifications: Show Notifications');
    return offer.count();
  };
  await expect.poll(look, { interval: 1000, timeout: 40_000 }).toBe(1);
  await offer.hover();
  await offer.locator('.monaco-button', { hasText: 'Resume' }).click();
  await workbench.treeRow('done: proceeded').waitFor({ timeout: 180_000 });
  expect(await scene.git('status', '--porcelain')).toBe('');
});

it('goes on with the same agents after a reload, then waits for the person who has to confirm', async () => {
  const { scene, workbench } = await open('Light Modern', 800, { 'cfn.productOwner': 'demo+human' });
  let reloaded = false;
  let decided = false;
  const onState = async (state: string) => {
    if (state === 'Iteration 1 of 10: Implementing' && !reloaded) throw new Reload();
    if (!state.endsWith('Decision due') || decided) return;
    decided = true;
    await workbench.statusBar('1 needs you').waitFor();
    await workbench.treeRow('Decide iteration', 'Inbox').waitFor();
    const panel = await workbench.webview('.card.due');
    expect(await panel.locator('.card.due').innerText()).toContain('recommended');
    await shot('loop-decision-light');
    await panel.locator('[data-key="decide-PROCEED"]').click();
  };
  const seen = await watchDemoLoop(workbench, () => undefined, onState).catch(async (error: unknown) => {
    if (!(error instanceof Reload)) throw error;
    reloaded = true;
    await workbench.reload();
    await workbench
      .statusBar('it 1/10')
      .or(workbench.statusBar('it 2/10'))
      .first()
      .waitFor({ timeout: 30_000 });
    await workbench.openView('CFN Loop');
    await workbench.treeRow('Make every test').first().click();
    return followLoop(workbench, () => undefined, onState);
  });
  expect({ reloaded, decided, outcome: seen.outcome }).toEqual({
    reloaded: true,
    decided: true,
    outcome: 'done: proceeded',
  });
  await workbench.treeRow('done: proceeded').waitFor();
  expect(await scene.git('status', '--porcelain')).toBe('');
});

class Reload extends Error {}

/** Repairs everything, holds on until the file `released` is there, then asks a person what to say of it. */
function holdingAgent(released: string): string {
  const files = Object.keys(SAMPLE_FILES).flatMap((file) => {
    const repairs = REPAIRS.filter((repair) => repair.file === file);
    const text = repairs.reduce(
      (now, each) => now.replace(each.find, () => each.replace),
      SAMPLE_FILES[file] ?? '',
    );
    return repairs.length > 0 ? [[file, text] as const] : [];
  });
  return `
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
for (const [file, text] of ${JSON.stringify(files)}) writeFileSync(file, text);
console.log('holding on as ' + process.pid);
const timer = setInterval(() => {
  if (!existsSync(${JSON.stringify(released)})) return;
  clearInterval(timer);
  const question = ['ask', 'Is it <b>good</b> enough?', '--choice', 'Yes, it is', '--choice', 'No'];
  execFile('cfn', question, (error, stdout) => {
    const summary = 'Repaired, and told: ' + (error ? error.message : stdout.trim());
    const result = { nonce: process.env.CFN_NONCE, confidence: 0.9, summary };
    writeFileSync(process.env.CFN_RESULT_FILE, JSON.stringify(result));
  });
}, 50);
`;
}

/** Every file of that name below `attempts/` of any loop in the state folder, as JSON. */
async function attemptFiles(state: string, agentId: string, name: string): Promise<unknown[]> {
  const all = await readdir(state, { recursive: true }).catch(() => []);
  const wanted = all.filter(
    (file) => file.includes(`${path.sep}attempts${path.sep}`) && path.basename(file) === name,
  );
  const mine = wanted.filter((file) => file.split(path.sep).includes(agentId));
  return Promise.all(mine.map(async (file) => JSON.parse(await readFile(path.join(state, file), 'utf8'))));
}

async function runningAttempt(state: string) {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const found = await attemptFiles(state, 'implementer-1', ATTEMPT_FILES.runner);
    const states = found.map((each) => runnerStateSchema.parse(each));
    if (states.some((each) => each.agent !== null)) return states;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('No agent runs.');
}

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('a reload leaves the running agent alone: same processes, same attempt; then it asks, is answered, and PROCEED', async () => {
  const { scene, workbench } = await open('Dark Modern', 50);
  const released = path.join(scene.folder, 'released');
  const agent = path.join(scene.folder, 'holding.mjs');
  await writeFile(agent, holdingAgent(released));
  await mkdir(path.join(scene.repository, '.cfn'));
  const config = { version: 1, agents: [`exec:'${process.execPath}' '${agent}'`] };
  await writeFile(path.join(scene.repository, '.cfn', 'config.json'), JSON.stringify(config));
  await scene.git('add', '-A');
  await scene.git('commit', '--quiet', '-m', 'The crew');
  const state = scene.env['XDG_STATE_HOME'] ?? '';

  let before: Awaited<ReturnType<typeof runningAttempt>> = [];
  await expect(
    watchDemoLoop(
      workbench,
      () => undefined,
      async (now) => {
        if (!now.endsWith('Implementing')) return;
        before = await runningAttempt(state);
        // VS Code writes down which terminals it has a moment after they opened, and tells nobody. A reload
        // before that loses the view of a terminal, not its process.
        await workbench.page.waitForTimeout(3000);
        throw new Reload();
      },
    ),
  ).rejects.toBeInstanceOf(Reload);
  expect(before).toHaveLength(1);
  const pid = before[0]?.agent?.pid ?? 0;
  await workbench.reload();
  await workbench.statusBar('it 1/10').first().waitFor({ timeout: 30_000 });
  await workbench.openView('CFN Loop');
  const row = workbench.treeRow('implementer-1');
  // It said one line and holds on, so after 20 s it is rightly called quiet.
  await row.filter({ hasText: /working|quiet/ }).waitFor({ timeout: 30_000 });
  await workbench.rowAction(row, 'Open Agent Terminal');
  await workbench.page
    .locator('.xterm-rows', { hasText: `holding on as ${pid}` })
    .first()
    .waitFor({ timeout: 30_000 });
  await shot('reloaded-dark');
  const after = await runningAttempt(state);
  const identity = (each: (typeof before)[number]) => [each.runToken, each.runner, each.agent];
  expect(after.map(identity)).toEqual(before.map(identity));
  expect([pid, before[0]?.runner.pid ?? 0].map(alive)).toEqual([true, true]);

  await workbench.treeRow('Make every test').first().click();
  await writeFile(released, '');
  const item = workbench.treeRow('implementer-1 asks', 'Inbox');
  await item.waitFor({ timeout: 60_000 });
  await row.filter({ hasText: 'waiting for you' }).waitFor({ timeout: 30_000 });
  await workbench.statusBar('1 needs you').waitFor();
  const panel = await workbench.webview('.questions');
  expect(await panel.locator('.questions p').innerText()).toBe('Is it <b>good</b> enough?');
  await item.click();
  const list = workbench.page.locator('.quick-input-list .monaco-list-row');
  await list.filter({ hasText: 'Write an answer' }).waitFor();
  expect(await list.allInnerTexts()).toEqual(['Yes, it is', 'No', 'Write an answer…']);
  await shot('question-dark');
  // Nothing is chosen beforehand.
  await workbench.page.keyboard.press('Enter');
  expect(await list.count()).toBe(3);
  await workbench.pick('Yes, it is');
  await item.waitFor({ state: 'detached' });
  const seen = await followLoop(workbench, () => undefined);
  expect(seen.outcome).toBe('done: proceeded');
  const records = await attemptFiles(state, 'implementer-1', ATTEMPT_FILES.record);
  expect(records.map((each) => resultRecordSchema.parse(each))).toMatchObject([
    {
      iteration: 1,
      attempt: 1,
      ending: 'completed',
      runToken: before[0]?.runToken,
      result: { summary: 'Repaired, and told: Yes, it is' },
    },
  ]);
  expect(await scene.git('status', '--porcelain')).toBe('');
});
