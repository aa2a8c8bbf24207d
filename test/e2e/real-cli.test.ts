import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it, type TestContext, vi } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { REPAIRS, SAMPLE_FILES } from '../../src/adapters/demo-agent/sample.ts';
import { followLoop } from '../../scripts/watch-demo-loop.mts';
import { installCli, packageOf, redirect } from '../model-server/clis.ts';
import { startModelServer, type ModelServer } from '../model-server/server.ts';
import { crew, nonceIn, report, sequence, type Script, type Step, type Turn } from '../model-server/turn.ts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

const shots = process.env['CFN_SCREENSHOTS'];
const TYPED = 'Please also write NOTES.md';
const LIMIT_MS = 60_000;
let scene: Scene | undefined;
let workbench: Workbench | undefined;
let model: ModelServer | undefined;

afterEach(async () => {
  await workbench?.dispose();
  await model?.dispose();
  await scene?.dispose();
  scene = undefined;
  workbench = undefined;
  model = undefined;
});

async function shot(name: string): Promise<void> {
  if (shots) await workbench?.screenshot(path.join(shots, `${name}.png`));
}

function repaired(file: string): Step {
  const content = REPAIRS.filter((repair) => repair.file === file).reduce(
    (text, repair) => text.replace(repair.find, () => repair.replace),
    SAMPLE_FILES[file] ?? '',
  );
  return { kind: 'write', path: file, content };
}

/** A follow-up prompt says "the same nonce", so a model has it from an earlier message. */
function implementerReport(turn: Turn, confidence: number): Step {
  const nonce = nonceIn(turn.prompt) || nonceIn(turn.history.join('\n'));
  return report(turn, { nonce, confidence, summary: 'Fixed the shop.', files: [], issues: [] });
}

interface Stage {
  readonly scene: Scene;
  readonly workbench: Workbench;
  readonly model: ModelServer;
  /** Lets the implementer's last shell command of its first turn end. */
  release(): Promise<void>;
}

/** A workbench in which pi, unmodified, talks to a scripted model; its implementer works until it is released. */
async function open(context: TestContext, followUp: Script): Promise<Stage> {
  const installed = await installCli('pi');
  if (!installed.ok) {
    console.log(`Skipped: ${installed.reason}`);
    context.skip(installed.reason);
  }
  scene = await prepareScene();
  await rm(scene.repository, { recursive: true });
  const made = await createSampleRepository(scene.repository);
  if (!made.ok) throw new Error(made.error);
  const signal = path.join(scene.folder, 'released');
  const script = crew({
    implementer: (turn) =>
      turn.prompt.startsWith('You are implementing')
        ? sequence([
            () => ({ kind: 'read', path: 'src/cart.js' }),
            () => repaired('src/cart.js'),
            () => repaired('src/price.js'),
            () => ({ kind: 'shell', command: 'node --test' }),
            () => ({ kind: 'shell', command: `until [ -e '${signal}' ]; do sleep 0.1; done` }),
            (last) => implementerReport(last, 0.8),
          ])(turn)
        : followUp(turn),
    validator: sequence([
      () => ({ kind: 'shell', command: 'node --test' }),
      (turn) => report(turn, { score: 0.95, findings: [], confirmed: [] }),
    ]),
    productOwner: (turn) => report(turn, { decision: 'PROCEED', reason: 'It works.', confidence: 0.9 }),
  });
  model = await startModelServer((turn) => (turn.prompt.includes('"nonce"') ? script(turn) : followUp(turn)));
  const home = path.join(scene.folder, 'home');
  await mkdir(home);
  // As on a person's machine: the login shell knows where the CLI is.
  const bins = [path.dirname(process.execPath), installed.bin].join(path.delimiter);
  await writeFile(path.join(home, '.profile'), `export PATH='${bins}':"$PATH"\n`);
  workbench = await openWorkbench({
    folder: scene.repository,
    extension: projectRoot,
    env: {
      ...scene.env,
      ...(await redirect('pi', model.url, path.join(home, 'pi'))),
      HOME: home,
    },
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1500, height: 940 },
  });
  return { scene, workbench, model, release: () => writeFile(signal, '') };
}

async function start(bench: Workbench): Promise<void> {
  await bench.statusBar('CFN').waitFor();
  await bench.openView('CFN Loop');
  await bench.page.locator('.welcome-view-content').getByText('No loop has run').waitFor();
  await bench.command('CFN: Start Loop');
  await bench.answer('Fix the shop');
  await bench.pick(/^mvp/);
  await bench.pick(/^pi/);
  await bench.pick('On this machine');
  const dialog = bench.page.locator('.monaco-dialog-box');
  await dialog.getByText('Start this loop?').waitFor({ timeout: LIMIT_MS });
  expect(await dialog.innerText()).toContain('npm test');
  await shot('start-flow-dark');
  await dialog.locator('.monaco-button', { hasText: 'Start Loop' }).click();
}

const terminalShows = (bench: Workbench, text: string) =>
  bench.page.locator('.xterm-rows', { hasText: text }).first().waitFor({ timeout: LIMIT_MS });

async function showAgentTerminal(bench: Workbench): Promise<void> {
  const row = bench.treeRow('implementer-1');
  await row.waitFor({ timeout: LIMIT_MS });
  await bench.rowAction(row, 'Open Agent Terminal');
}

it('a real CLI: pi, unmodified from npm, goes through a whole loop in integrated terminals and hears what a person types', async (context) => {
  const stage = await open(
    context,
    sequence([
      () => ({ kind: 'write', path: 'NOTES.md', content: 'The shop was fixed.\n' }),
      (turn) => implementerReport(turn, 0.92),
    ]),
  );
  const bench = stage.workbench;
  await start(bench);
  await showAgentTerminal(bench);
  await terminalShows(bench, 'node --test');
  await terminalShows(bench, 'until [');
  await bench.page.locator('.xterm-screen').first().click();
  await bench.page.keyboard.type(TYPED);
  await bench.page.keyboard.press('Enter');
  await terminalShows(bench, 'at the end of its turn');
  await shot('loop-terminal-dark');
  await stage.release();

  const seen = await followLoop(bench, () => undefined);
  expect(seen.outcome).toBe('done: proceeded');
  expect(seen.states.some((state) => state.startsWith('Iteration 2'))).toBe(false);
  const spoken = stage.model.turns.filter((turn) => turn.prompt.startsWith(TYPED));
  expect(spoken.length).toBeGreaterThan(0);
  // In the same conversation: the resume call of the CLI, no fresh run.
  expect(spoken[0]?.history.some((text) => text.startsWith('You are implementing'))).toBe(true);
  const result = (
    await stage.scene.git('branch', '--list', 'cfn/*/result', '--format=%(refname:short)')
  ).trim();
  expect(await stage.scene.git('show', `${result}:NOTES.md`)).toBe('The shop was fixed.\n');
  expect(await stage.scene.git('status', '--porcelain')).toBe('');
  expect(stage.model.unknown).toEqual([]);
  expect(bench.proposedApiUses()).toEqual([]);
  console.log(`ran ${packageOf('pi')}`);
});

it('Take Over opens the own interface of pi on the same session while the loop waits, and the loop goes on afterwards', async (context) => {
  const stage = await open(context, (turn) =>
    sequence([
      () => repaired('src/cart.js'),
      () => repaired('src/price.js'),
      (last) => implementerReport(last, 0.9),
    ])(turn),
  );
  const bench = stage.workbench;
  await start(bench);
  await showAgentTerminal(bench);
  await terminalShows(bench, 'until [');
  await bench.command('CFN: Take Over Agent');
  await terminalShows(bench, 'The loop waits until you leave it.');
  await terminalShows(bench, 'scripted-1');
  await shot('take-over-dark');
  await bench.treeRow('implementer-1').filter({ hasText: 'waiting for you' }).waitFor();
  const goesOn = bench.page.locator('.xterm-rows', { hasText: 'The agent goes on from here.' }).first();
  // A full-screen program that has drawn itself may not read its keyboard yet, or does so from the middle of a word.
  const leave = async () => {
    await bench.page.locator('.xterm-screen').first().click();
    for (const _ of '/quit') await bench.page.keyboard.press('Backspace');
    await bench.page.keyboard.type('/quit');
    await bench.page.keyboard.press('Enter');
    await goesOn.waitFor({ timeout: 10_000 });
  };
  await vi.waitFor(leave, { timeout: LIMIT_MS });
  const seen = await followLoop(bench, () => undefined);
  expect(seen.outcome).toBe('done: proceeded');
  const back = stage.model.turns.filter((turn) => turn.prompt.startsWith('A person has worked with you'));
  expect(back.length).toBeGreaterThan(0);
  expect(back[0]?.history.some((text) => text.startsWith('You are implementing'))).toBe(true);
});
