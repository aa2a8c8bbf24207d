/** A loop whose validators and product owner are language models of VS Code: its real API, with a scripted model behind it. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { watchDemoLoop } from '../../scripts/watch-demo-loop.mts';
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
      provideLanguageModelChatResponse: async (model, messages, options, progress) => {
        const looked = messages.some(({ role }) => role === vscode.LanguageModelChatMessageRole.Assistant);
        if (!looked) {
          const names = (options.tools ?? []).map(({ name }) => name).join(' ');
          progress.report(new vscode.LanguageModelTextPart('I look with ' + names + '.'));
          progress.report(new vscode.LanguageModelToolCallPart('look', 'list_files', {}));
          return;
        }
        const prompt = messages.map(textOf).join('');
        const nonce = /"nonce": "([^"]+)"/.exec(prompt)[1];
        const result = prompt.includes('"decision":')
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

it('reviews and decides by language models of VS Code, with their tokens and transcripts, up to PROCEED', async () => {
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
  const files = await readdir(state, { recursive: true });
  const wanted = files.find((file) => file.endsWith(ATTEMPT_FILES.transcript) && file.includes('other'));
  const transcript = await readFile(path.join(state, wanted ?? ''), 'utf8');
  expect(transcript).toContain('I look with read_file list_files search diff.');
  expect(transcript).toContain('package.json');

  await workbench.command('CFN: Agents');
  const page = await workbench.webview('.rows');
  const row = page.locator('.row', { hasText: 'Language models of VS Code' });
  await row.waitFor();
  expect(await row.innerText()).toContain('Models: scripted');
  expect(await row.locator('.actions').count()).toBe(0);
});
