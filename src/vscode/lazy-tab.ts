import * as vscode from 'vscode';
import { loadOnce } from '../base/load-once.ts';
import type { Messages } from './messages.ts';

/** What stands behind tabs of one kind. */
export interface Tabs<T> extends vscode.Disposable {
  show(what: T): void;
  /** A tab from before a reload. */
  restore(panel: vscode.WebviewPanel, state: unknown): void;
}

export interface LazyTab<T> extends vscode.Disposable {
  show(what: T): void;
}

export interface LazyTabOptions<T> {
  readonly viewType: string;
  readonly load: () => Promise<Tabs<T>>;
  readonly messages: () => Pick<Messages, 'failed'>;
  /** What a person is told when it cannot be loaded. */
  readonly problem: (error: unknown) => string;
}

/** Most windows never open such a tab: the first one, or one from before a reload, brings what it is made of. */
export function createLazyTab<T>({ viewType, load, messages, problem }: LazyTabOptions<T>): LazyTab<T> {
  const tabs = loadOnce(load);
  const serializer = vscode.window.registerWebviewPanelSerializer(viewType, {
    deserializeWebviewPanel: async (panel, state: unknown) => (await tabs.get()).restore(panel, state),
  });
  return {
    show: (what) => {
      tabs.get().then(
        (all) => all.show(what),
        (error: unknown) => messages().failed({ kind: 'internal', message: problem(error) }),
      );
    },
    dispose: () => {
      serializer.dispose();
      tabs.ifLoaded((all) => all.dispose());
    },
  };
}
