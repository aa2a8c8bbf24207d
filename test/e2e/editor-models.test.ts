/** A loop whose validators and product owner are language models of VS Code: its real API, with a scripted model behind it. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { followLoop, watchDemoLoop } from '../../scripts/watch-demo-loop.mts';
import { resultRecordSchema, type ResultRecord } from '../../src/protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../src/protocol/attempt-folder.ts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, packageExtension, projectRoot, type Workbench } from './workbench.mts';

let scene: Scene | undefined;
let workbench: Workbench | undefined;
afterEach(async () => {
  const proposed = workbench?.proposedApiUses() ?? [];
  await workbench?.dispose();
  await scene?.dispose();
  workbench = undefined;
  scene = undefined;
  if (proposed.length > 0) throw new Error(`Proposed API is used: ${proposed.join('; ')}`);
});

const MANIFEST = {
  name: 'scripted-model',
  publisher: 'test',
  version: '0.0.1',
  engines: { vscode: '^1.104.0' },
  main: './main.js',
  activationEvents: [],
  extensionKind: ['workspace'],
  contributes: { languageModelChatProviders: [{ vendor: 'scripted', displayName: 'Scripted' }] },
};

/** Looks once, then gives the result that the prompt asks for; counts a token for four characters. */
const MAIN = String.raw`
const { existsSync } = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');
const textOf = ({ content }) =>
  content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
const count = (text) => Math.ceil(text.length / 4);
exports.activate = (context) => {
  context.subscriptions.push(
    vscode.lm.registerLanguageModelChatProvider('scripted', {
      provideLanguageModelChatInformation: () => [
        {
          id: 'scripted-1',
          name: 'Scripted Model',
          family: 'scripted',
          version: '1',
          maxInputTokens: 100000,
          maxOutputTokens: 10000,
          capabilities: { toolCalling: true },
        },
      ],
      provideLanguageModelChatResponse: async (model, messages, options, progress, token) => {
        const silent = path.join(vscode.workspace.workspaceFolders[0].uri.fsPath, '..', 'silent');
        if (existsSync(silent)) return new Promise((resolve) => token.onCancellationRequested(resolve));
        const looked = messages.some(({ role }) => role === vscode.LanguageModelChatMessageRole.Assistant);
        if (!looked) {
          const names = (options.tools ?? []).map(({ name }) => name).join(' ');
          progress.report(new vscode.LanguageModelTextPart('I look with ' + names + '.'));
          progress.report(new vscode.LanguageModelToolCallPart('look', 'list_files', {}));
          return;
        }
        const prompt = messages.map(textOf).join('');
        const nonce = /"nonce": "([^"]+)"/.exec(prompt)[1];
        const plan = {
          nonce,
          parts: [
            { task: 'The cart', files: ['src/cart.js'] },
            { task: 'All prices', files: ['src/**'] },
          ],
        };
        const result = prompt.includes('"parts":')
          ? plan
          : prompt.includes('"decision":')
          ? { nonce, decision: 'PROCEED', reason: 'It is done.' }
          : { nonce, score: 0.95, findings: [] };
        const fence = '\u0060'.repeat(3);
        progress.report(new vscode.LanguageModelTextPart('Done.\n' + fence + 'json\n' + JSON.stringify(result)));
        progress.report(new vscode.LanguageModelTextPart('\n' + fence + '\n'));
      },
      provideTokenCount: async (model, text) => count(typeof text === 'string' ? text : textOf(text)),
    }),
  );
};
`;

async function recordsOf(state: string, role: ResultRecord['role']): Promise<readonly ResultRecord[]> {
  const all = await readdir(state, { recursive: true });
  const files = all.filter((file) => path.basename(file) === ATTEMPT_FILES.record);
  const records = await Promise.all(
    files.map(async (file) =>
      resultRecordSchema.parse(JSON.parse(await readFile(path.join(state, file), 'utf8'))),
    ),
  );
  return records.filter((record) => record.role === role);
}

/** The transcript of an agent's first attempt; '' before there is one. */
async function saidBy(state: string, agentId: string): Promise<string> {
  const files = await readdir(state, { recursive: true }).catch(() => []);
  const file = files.find(
    (name) => path.basename(name) === ATTEMPT_FILES.transcript && name.split(path.sep).includes(agentId),
  );
  return file === undefined ? '' : readFile(path.join(state, file), 'utf8');
}

/** A window with the scripted model in it, on a repository whose validators and product owner are that model. */
async function open(): Promise<{ readonly scene: Scene; readonly workbench: Workbench }> {
  scene = await prepareScene();
  await rm(scene.repository, { recursive: true });
  const made = await createSampleRepository(scene.repository);
  if (!made.ok) throw new Error(made.error);
  const validators = ['vscode:scripted', 'other=vscode:scripted/scripted-1'];
  await mkdir(path.join(scene.repository, '.cfn'));
  await writeFile(
    path.join(scene.repository, '.cfn', 'config.json'),
    JSON.stringify({ version: 1, validators, productOwner: 'vscode:scripted' }),
  );
  await scene.git('add', '-A');
  await scene.git('commit', '--quiet', '-m', 'The crew');
  const beside = path.join(scene.folder, 'scripted-model');
  await mkdir(beside);
  await writeFile(path.join(beside, 'package.json'), JSON.stringify(MANIFEST));
  await writeFile(path.join(beside, 'main.js'), MAIN);
  await writeFile(path.join(beside, 'LICENSE'), 'None.');
  const vsix = path.join(scene.folder, 'scripted-model.vsix');
  await packageExtension(vsix, beside);
  workbench = await openWorkbench({
    folder: scene.repository,
    extension: projectRoot,
    vsix,
    env: { ...scene.env, CFN_DEMO_PAUSE_MS: '50' },
    settings: { 'chat.disableAIFeatures': false },
  });
  return { scene, workbench };
}

it('reviews and decides by language models of VS Code, with their tokens and transcripts, up to PROCEED', async () => {
  const { scene, workbench } = await open();
  const seen = await watchDemoLoop(workbench, () => undefined);
  expect(seen.outcome).toBe('done: proceeded');

  const state = scene.env['XDG_STATE_HOME'] ?? '';
  const [reviews, decisions] = [await recordsOf(state, 'validator'), await recordsOf(state, 'product-owner')];
  expect(reviews.length).toBeGreaterThanOrEqual(2);
  expect(decisions.length).toBeGreaterThanOrEqual(1);
  for (const record of [...reviews, ...decisions]) {
    expect(record).toMatchObject({
      ending: 'completed',
      channel: 'message',
      model: 'Scripted Model',
      costUsd: null,
    });
    expect(record.usage?.input).toBeGreaterThan(500);
    expect(record.usage?.output).toBeGreaterThan(10);
  }
  const transcript = await saidBy(state, 'other');
  expect(transcript).toContain('I look with read_file list_files search diff.');
  expect(transcript).toContain('package.json');

  await workbench.command('CFN: Agents');
  const page = await workbench.webview('.rows');
  const row = page.locator('.row', { hasText: 'Language models of VS Code' });
  await row.waitFor();
  expect(await row.innerText()).toContain('Models: scripted');
  expect(await row.locator('.actions').count()).toBe(0);

  await workbench.command('CFN: Split Task…');
  await workbench.answer('Repair the shop');
  await workbench.pick('vscode');
  await workbench.answer('2');
  const editor = workbench.page.locator('.editor-instance .view-lines', { hasText: 'strategy: split' });
  await editor.waitFor({ timeout: 60_000 });
  const plan = (await editor.innerText()).replaceAll('\u00a0', ' ');
  expect(plan).toContain('agents: ["implementer-1=demo","implementer-2=demo"]');
  expect(plan).toContain('# Look: part 1 has "src/cart.js" too.');
  // Above its front matter stands what starts it.
  await workbench.page.locator('.codelens-decoration', { hasText: 'Start' }).first().waitFor();
  expect(await scene.git('status', '--porcelain')).toBe('');
});

class Reload extends Error {}

it('a reload ends conversations with a name, and the loop goes on with new attempts to PROCEED', async () => {
  const { scene, workbench } = await open();
  const state = scene.env['XDG_STATE_HOME'] ?? '';
  const silent = path.join(scene.folder, 'silent');
  await writeFile(silent, '');
  const untilValidating = watchDemoLoop(
    workbench,
    () => undefined,
    async (step) => {
      if (!step.endsWith('Validating')) return;
      await expect.poll(() => saidBy(state, 'other'), { timeout: 30_000 }).toContain('Scripted Model');
      throw new Reload();
    },
  );
  await expect(untilValidating).rejects.toBeInstanceOf(Reload);
  await rm(silent);
  await workbench.reload();
  await workbench.statusBar('it 2/10').or(workbench.statusBar('it 1/10')).first().waitFor();
  await workbench.openView('CFN Loop');
  await workbench.treeRow('Make every test').first().click();
  expect((await followLoop(workbench, () => undefined)).outcome).toBe('done: proceeded');
  const reviews = await recordsOf(state, 'validator');
  const gone = reviews.filter(({ ending }) => ending === 'failed');
  expect(gone.map(({ failure }) => failure)).toContainEqual(
    expect.stringContaining('was reloaded or closed'),
  );
  expect(gone.every(({ providerError }) => providerError === undefined)).toBe(true);
  expect(reviews.filter(({ ending, attempt }) => ending === 'completed' && attempt > 1).length).toBe(
    gone.length,
  );
});
