/** `@cfn` and the tools inside the real editor: what is registered, what it answers, and what it asks first. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { LoopService } from '../../src/app/loop-service.ts';
import type { LoopView } from '../../src/app/projections/loop-view.ts';
import { ok } from '../../src/base/result.ts';
import { TOOL_INPUTS } from '../../src/protocol/tool-inputs.ts';
import { createChat } from '../../src/vscode/chat/chat.ts';
import type { Front } from '../../src/vscode/front.ts';
import { agentView, loopView } from '../../src/vscode/test-views.ts';
import { test } from './suite.mts';

const textOf = (result: vscode.LanguageModelToolResult): string =>
  result.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');

async function invoke(name: string, input: object): Promise<string> {
  return textOf(await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined }));
}

/** A front over loops that are only looked at; what would change them is written down. */
function frontOver(views: readonly LoopView[], agrees: boolean) {
  const calls: unknown[] = [];
  const asked: string[] = [];
  const service: Partial<LoopService> = {
    history: () =>
      Promise.resolve(
        ok([
          {
            type: 'DecisionMade',
            iteration: 1,
            decision: 'ITERATE',
            by: 'po',
            reason: 'No.',
            defaulted: false,
          },
        ]),
      ),
    decide: (taskId, request) => {
      calls.push(['decide', taskId, request]);
      return Promise.resolve({ ok: false, error: { kind: 'state', message: 'Decided elsewhere.' } });
    },
    addFeedback: (taskId, items) => {
      calls.push(['addFeedback', taskId, items]);
      return Promise.resolve(ok(undefined));
    },
  };
  const front = {
    loops: {
      views: () => views,
      view: (taskId: string) => views.find((view) => view.taskId === taskId) ?? null,
      service: () => Promise.resolve(ok(service)),
    },
    messages: {
      confirm: (question: string) => {
        asked.push(question);
        return Promise.resolve(agrees);
      },
    },
  } as unknown as Front;
  return { chat: createChat(front), calls, asked };
}

/** What a chat view would be given. */
function collected() {
  const parts = { markdown: '', buttons: [] as vscode.Command[], references: [] as string[], progress: 0 };
  const stream = {
    markdown: (value: string) => (parts.markdown += value),
    button: (command: vscode.Command) => parts.buttons.push(command),
    reference: (uri: vscode.Uri) => parts.references.push(uri.path),
    progress: () => (parts.progress += 1),
  } as unknown as vscode.ChatResponseStream;
  return { parts, stream };
}

const WAITING = loopView({
  waiting: { for: 'decision', since: 0, message: 'Decide iteration 1.' },
  agents: [agentView({ id: 'a', worktree: '/w/a', files: [{ path: 'src/x.ts', added: 1, removed: 0 }] })],
});

export function chatTests(): void {
  test('the editor knows every tool, and they answer with JSON', async () => {
    const known = new Set(vscode.lm.tools.map(({ name }) => name));
    for (const name of Object.keys(TOOL_INPUTS)) assert.ok(known.has(name), name);
    assert.deepEqual(JSON.parse(await invoke('cfn_status', {})), { loops: [], active: 0, all: 0 });
  });

  test('a tool that fails says why in one sentence', async () => {
    await assert.rejects(invoke('cfn_why', {}), /No loop has run here yet\./);
    await assert.rejects(invoke('cfn_why', { taskId: 'nope' }), /There is no loop nope; cfn_status names/);
  });

  test('/why answers from the journal, with the changed files and a button to decide', async () => {
    const { chat } = frontOver([WAITING], true);
    const { parts, stream } = collected();
    const result = await chat.answer({ command: 'why', prompt: '', references: [] }, stream);
    assert.match(parts.markdown, /ITERATE, decided by po: No\\?\./);
    assert.deepEqual(parts.references, ['/w/a/src/x.ts']);
    assert.deepEqual(
      parts.buttons.map(({ command }) => command),
      ['cfn.decide', 'cfn.showLoop'],
    );
    assert.equal(parts.progress, 1);
    assert.deepEqual(
      chat.followUps(result.metadata).map(({ command }) => command),
      ['status'],
    );
  });

  test('/start starts nothing: it hands the task, with the places referred to, to the start flow', async () => {
    const { chat, calls } = frontOver([], true);
    const { parts, stream } = collected();
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder);
    const readme = vscode.Uri.joinPath(folder, 'README.md');
    const references = [
      { id: 'a', value: new vscode.Location(readme, new vscode.Range(0, 0, 4, 0)) },
      { id: 'b', value: vscode.Uri.file('/etc/passwd') },
      { id: 'c', value: 'a text' },
    ];
    await chat.answer({ command: 'start', prompt: ' Add a login. ', references }, stream);
    assert.match(parts.markdown, /Nothing has been started/);
    assert.deepEqual(parts.buttons[0]?.arguments, [
      { proposed: 'Add a login.\nSee README.md, lines 1 to 5.' },
    ]);
    assert.deepEqual(calls, []);
  });

  test('a decision is the person’s: without their word in our own dialog nothing is decided', async () => {
    const unwilling = frontOver([WAITING], false);
    const input = { decision: 'PROCEED' };
    await assert.rejects(unwilling.chat.runTool('cfn_decide', input), /did not agree; nothing was decided/);
    assert.deepEqual(unwilling.calls, []);
    assert.match(unwilling.asked[0] ?? '', /^PROCEED for "Add JWT/);
    const willing = frontOver([WAITING], true);
    await assert.rejects(willing.chat.runTool('cfn_decide', input), /Decided elsewhere/);
    assert.deepEqual(willing.calls, [['decide', WAITING.taskId, { decision: 'PROCEED' }]]);
  });

  test('feedback and starts are confirmed beforehand with what would happen', async () => {
    const { chat, calls } = frontOver([loopView()], true);
    const input = { items: ['Use <b>bold</b> names'] };
    const prepared = await chat.prepareTool('cfn_add_feedback', input);
    const message = prepared.confirmationMessages?.message;
    assert.ok(message instanceof vscode.MarkdownString);
    assert.match(message.value, /Use \\<b\\>bold/);
    assert.deepEqual(calls, []);
    assert.deepEqual(JSON.parse(await chat.runTool('cfn_add_feedback', input)), {
      taskId: loopView().taskId,
      added: 1,
    });
    await assert.rejects(chat.prepareTool('cfn_start_loop', { task: 'x', mode: 'fast' }), /mode is "fast"/);
  });
}
