import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { fromPanelSchema, type FromPanel } from '../../protocol/webview.ts';
import { sendDecision } from '../commands/decide.ts';
import type { Front } from '../front.ts';
import { showSurface } from '../webview-page.ts';
import { taskTitle } from '../words.ts';
import { createPanelChannel, type PanelChannel } from './channel.ts';

const VIEW_TYPE = 'cfn.loop';
const savedState = z.object({ taskId: z.nullable(z.string()) });

export interface Panels extends vscode.Disposable {
  show(taskId: string | null): void;
}

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  taskId: string | null;
  channel: PanelChannel | null;
}

/** One editor tab for each loop, and an empty one where there is none. */
export function createPanels(extension: vscode.Uri, front: () => Front): Panels {
  const open = new Set<OpenPanel>();

  function attach(panel: vscode.WebviewPanel, taskId: string | null): void {
    const entry: OpenPanel = { panel, taskId, channel: null };
    open.add(entry);
    const channel = createPanelChannel({
      loops: front().loops,
      trusted: () => vscode.workspace.isTrusted,
      taskId: () => entry.taskId,
      visible: () => panel.visible,
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a webview's has none
      post: (message) => void panel.webview.postMessage(message),
    });
    entry.channel = channel;
    const receiving = panel.webview.onDidReceiveMessage((raw: unknown) => {
      const message = fromPanelSchema.safeParse(raw);
      if (message.success) void receive(front(), entry, message.data);
      else front().channel.warn('The panel sent something that is no message of ours.');
    });
    panel.onDidDispose(() => {
      open.delete(entry);
      channel.dispose();
      receiving.dispose();
    });
    panel.iconPath = vscode.Uri.joinPath(extension, 'media', 'epic.svg');
    retitle(front(), entry);
    showSurface(panel.webview, extension, 'loop');
  }

  const serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
    deserializeWebviewPanel: (panel, raw: unknown) => {
      const state = savedState.safeParse(raw);
      attach(panel, state.success ? state.data.taskId : null);
      return Promise.resolve();
    },
  });

  // A panel from before a reload is there before its loop is.
  const naming = front().loops.onChange(() => {
    for (const entry of open) retitle(front(), entry);
  });

  return {
    show: (taskId) => {
      // The empty panel becomes the loop's: it was the place to start it from.
      const entry = [...open].find((each) => each.taskId === taskId || each.taskId === null);
      if (!entry) {
        const panel = vscode.window.createWebviewPanel(VIEW_TYPE, 'CFN Loop', vscode.ViewColumn.Active);
        return attach(panel, taskId);
      }
      entry.taskId = taskId;
      retitle(front(), entry);
      entry.panel.reveal();
      entry.channel?.snapshot();
    },
    dispose: () => {
      serializer.dispose();
      naming.dispose();
      for (const entry of Array.from(open)) entry.panel.dispose();
    },
  };
}

function retitle(front: Front, entry: OpenPanel): void {
  const view = entry.taskId === null ? null : front.loops.view(entry.taskId);
  const title = view ? `CFN: ${taskTitle(view, 30)}` : 'CFN Loop';
  if (entry.panel.title !== title) entry.panel.title = title;
}

async function receive(front: Front, entry: OpenPanel, message: FromPanel): Promise<void> {
  const { taskId } = entry;
  switch (message.type) {
    case 'hello':
      retitle(front, entry);
      entry.channel?.snapshot();
      return;
    case 'show':
      entry.taskId = message.taskId;
      retitle(front, entry);
      entry.channel?.snapshot();
      return;
    case 'command':
      await vscode.commands.executeCommand(`cfn.${message.command}`, taskId ?? undefined);
      return;
    case 'agent':
      if (taskId !== null) {
        const argument = { taskId, agentId: message.agentId };
        await vscode.commands.executeCommand(`cfn.${message.command}`, argument);
      }
      return;
    case 'decide':
      if (taskId !== null) await sendDecision(front, taskId, answer(message));
  }
}

/** What a person wrote beside the choice: feedback items line by line, or the reason. */
function answer({ decision, text }: Extract<FromPanel, { type: 'decide' }>) {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) return { decision };
  return decision === 'ITERATE' ? { decision, feedback: lines } : { decision, reason: lines.join(' ') };
}
