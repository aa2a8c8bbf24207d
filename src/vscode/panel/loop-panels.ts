import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { fromPanelSchema } from '../../protocol/webview.ts';
import type { Front } from '../front.ts';
import type { Tabs } from '../lazy-tab.ts';
import { observeShown } from '../observed-loops.ts';
import { showSurface, SURFACE_OPTIONS, type Beginning } from '../webview-page.ts';
import { taskTitle } from '../words.ts';
import { createPanelChannel } from './panel-channel.ts';
import { receive, type OpenPanel } from './receive.ts';

const savedState = z.object({ taskId: z.nullable(z.string()) });

/** One editor tab for each loop, and an empty one where there is none. */
export function createLoopPanels(viewType: string, extension: vscode.Uri, front: Front): Tabs<string | null> {
  const open = new Set<OpenPanel>();

  function attach(panel: vscode.WebviewPanel, taskId: string | null): void {
    const entry: OpenPanel = { panel, taskId, snapshot: () => channel.snapshot() };
    const channel = createPanelChannel({
      loops: front.loops,
      trusted: () => vscode.workspace.isTrusted,
      taskId: () => entry.taskId,
      visible: () => panel.visible,
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a webview's has none
      post: (message) => void panel.webview.postMessage(message),
    });
    open.add(entry);
    const observing = observeShown(
      front.loops,
      () => (panel.visible && entry.taskId !== null ? [entry.taskId] : []),
      panel.onDidChangeViewState,
    );
    const receiving = panel.webview.onDidReceiveMessage((raw: unknown) => {
      const message = fromPanelSchema.safeParse(raw);
      if (message.success) {
        retitle(front, entry);
        void receive(front, entry, message.data);
      } else {
        front.channel.warn(
          `The panel sent something that is no message of ours: ${z.prettifyError(message.error)}`,
        );
      }
    });
    panel.onDidDispose(() => {
      open.delete(entry);
      channel.dispose();
      observing.dispose();
      receiving.dispose();
    });
    panel.iconPath = vscode.Uri.joinPath(extension, 'media', 'epic.svg');
    retitle(front, entry);
    const begin = (): Beginning => {
      const message = channel.first();
      return { message, heading: message.loop?.title ?? 'CFN Loop', state: message.loop?.state ?? '' };
    };
    showSurface(panel.webview, extension, 'loop', begin).catch((error: unknown) =>
      front.messages.failed({
        kind: 'internal',
        message: l10n.t('The panel could not be loaded: {0}', String(error)),
      }),
    );
  }

  // A panel from before a reload is there before its loop is.
  const naming = front.loops.onChange(() => {
    for (const entry of open) retitle(front, entry);
  });

  return {
    show: (taskId) => {
      // The empty panel becomes the loop's: it was the place to start it from.
      const entry = [...open].find((each) => each.taskId === taskId || each.taskId === null);
      if (!entry) {
        const { Active } = vscode.ViewColumn;
        const title = titleOf(front, taskId);
        return attach(vscode.window.createWebviewPanel(viewType, title, Active, SURFACE_OPTIONS), taskId);
      }
      entry.taskId = taskId;
      retitle(front, entry);
      entry.panel.reveal();
      entry.snapshot();
    },
    restore: (panel, state) => {
      const saved = savedState.safeParse(state);
      attach(panel, saved.success ? saved.data.taskId : null);
    },
    dispose: () => {
      naming.dispose();
      for (const entry of Array.from(open)) entry.panel.dispose();
    },
  };
}

function titleOf(front: Front, taskId: string | null): string {
  const view = taskId === null ? null : front.loops.view(taskId);
  return view ? l10n.t('CFN: {0}', taskTitle(view, 30)) : 'CFN Loop';
}

function retitle(front: Front, entry: OpenPanel): void {
  const title = titleOf(front, entry.taskId);
  if (entry.panel.title !== title) entry.panel.title = title;
}
