import * as vscode from 'vscode';
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
  let loaded: Promise<Tabs<T>> | null = null;
  const tabs = async (): Promise<Tabs<T>> => {
    const loading = (loaded ??= load());
    try {
      return await loading;
    } catch (error) {
      // The next wish tries again: an update may just have replaced the file.
      if (loaded === loading) loaded = null;
      throw error;
    }
  };
  const serializer = vscode.window.registerWebviewPanelSerializer(viewType, {
    deserializeWebviewPanel: async (panel, state: unknown) => (await tabs()).restore(panel, state),
  });
  return {
    show: (what) => {
      tabs().then(
        (all) => all.show(what),
        (error: unknown) => messages().failed({ kind: 'internal', message: problem(error) }),
      );
    },
    dispose: () => {
      serializer.dispose();
      void loaded?.then(
        (all) => all.dispose(),
        () => undefined,
      );
    },
  };
}
