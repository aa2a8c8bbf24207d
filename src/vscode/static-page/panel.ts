import * as vscode from 'vscode';
import type { PageFrame } from './page.ts';

export interface StaticPanelOptions {
  readonly extension: vscode.Uri;
  readonly viewType: string;
  readonly title: string;
  /** The only commands that its links may run. */
  readonly commands: readonly string[];
  readonly onClosed: () => void;
}

export interface StaticPanel extends vscode.Disposable {
  /** Opens the tab, or brings it to the front; true when it was not open. */
  reveal(): boolean;
  /** Does nothing while the tab is closed. */
  draw(page: (frame: PageFrame) => string): void;
  readonly isOpen: boolean;
}

/** One editor tab for a page that is drawn anew whenever something changes and that has no script. */
export function createStaticPanel(options: StaticPanelOptions): StaticPanel {
  const media = vscode.Uri.joinPath(options.extension, 'dist', 'webview');
  let panel: vscode.WebviewPanel | null = null;

  function open(): vscode.WebviewPanel {
    const created = vscode.window.createWebviewPanel(
      options.viewType,
      options.title,
      vscode.ViewColumn.Active,
      {
        enableScripts: false,
        enableCommandUris: options.commands,
        enableFindWidget: true,
        localResourceRoots: [media],
      },
    );
    created.iconPath = vscode.Uri.joinPath(options.extension, 'media', 'epic.svg');
    created.onDidDispose(() => {
      panel = null;
      options.onClosed();
    });
    return created;
  }

  return {
    reveal: () => {
      const fresh = panel === null;
      panel ??= open();
      panel.reveal();
      return fresh;
    },
    draw: (page) => {
      if (panel === null) return;
      const { webview } = panel;
      const style = webview.asWebviewUri(vscode.Uri.joinPath(media, 'static-page.css')).toString();
      webview.html = page({ style, source: webview.cspSource });
    },
    get isOpen() {
      return panel !== null;
    },
    dispose: () => panel?.dispose(),
  };
}
