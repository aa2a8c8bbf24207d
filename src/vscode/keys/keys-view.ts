/** The coordination view; most windows never open it, so it is loaded when the first one is shown. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { KeyBrowser } from '../../app/keys/key-browser.ts';
import { fromKeysSchema, keptKeysSchema, type KeptKeys, type ToKeys } from '../../protocol/webview-keys.ts';
import type { Front } from '../front.ts';
import type { Tabs } from '../lazy-tab.ts';
import { showSurface, SURFACE_OPTIONS } from '../webview-page.ts';
import { createKeyChanges } from './key-changes.ts';
import { createKeyIds } from './key-ids.ts';
import { createKeysChannel, handOverIn } from './keys-channel.ts';
import { receive, type OpenKeys } from './receive.ts';

const savedState = z.object({ kept: keptKeysSchema });

/** Also here: an editor that ends soon after a choice has not always written what the tab remembers. */
const KEPT = 'keys.kept';

function keptBefore(front: Front, state: unknown): KeptKeys | null {
  const [here, saved] = [keptKeysSchema.safeParse(front.memory.get(KEPT)), savedState.safeParse(state)];
  if (here.success) return here.data;
  return saved.success ? saved.data.kept : null;
}

/** One editor tab with one look at the store, which is closed with it; shows keys by their bytes. */
export function createKeysView(viewType: string, extension: vscode.Uri, front: Front): Tabs<string | null> {
  let open: { readonly panel: vscode.WebviewPanel; readonly keys: OpenKeys } | null = null;

  function attach(panel: vscode.WebviewPanel, kept: KeptKeys | null): OpenKeys {
    const keys = openKeys(front, panel, kept);
    open = { panel, keys };
    panel.iconPath = vscode.Uri.joinPath(extension, 'media', 'epic.svg');
    panel.onDidDispose(() => {
      if (open?.panel === panel) open = null;
      keys.dispose();
    });
    void showSurface(panel.webview, extension, 'keys').catch((error: unknown) => {
      const message = l10n.t('The coordination view could not be loaded: {0}', String(error));
      front.messages.failed({ kind: 'internal', message });
    });
    return keys;
  }

  return {
    show: (key) => {
      if (open) open.panel.reveal();
      const title = l10n.t('CFN: Coordination');
      const { Active } = vscode.ViewColumn;
      const { keys } = open ?? {
        keys: attach(vscode.window.createWebviewPanel(viewType, title, Active, SURFACE_OPTIONS), null),
      };
      if (key !== null) keys.showKey(key);
    },
    restore: (panel, state) => {
      if (open) return panel.dispose();
      attach(panel, keptBefore(front, state));
    },
    dispose: () => open?.panel.dispose(),
  };
}

function openKeys(front: Front, panel: vscode.WebviewPanel, kept: KeptKeys | null): OpenKeys {
  const ids = createKeyIds();
  const post = (message: ToKeys): void => {
    if (message.type === 'keep') void front.memory.update(KEPT, message.kept);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a webview's has none
    void panel.webview.postMessage(message);
  };
  const channel = createKeysChannel({ loops: front.loops, ids, visible: () => panel.visible, post, kept });
  const browsing = createBrowsing(front, (browser, problem) => {
    channel.use(browser, problem);
    if (browser && wanted !== null) channel.select(wanted, true);
    wanted = null;
  });
  let wanted: string | null = null;
  const keys: OpenKeys = {
    ids,
    channel,
    post,
    get browser() {
      return browsing.browser;
    },
    changes: createKeyChanges({ front, browser: () => browsing.browser, post }),
    again: () => void browsing.open(),
    showKey: (key) => {
      if (browsing.browser) channel.select(key, true);
      else wanted = key;
    },
    dispose: () => {
      for (const each of listening) each.dispose();
      channel.dispose();
      browsing.dispose();
    },
  };
  const listening = [
    panel.webview.onDidReceiveMessage((raw: unknown) => {
      const message = fromKeysSchema.safeParse(raw);
      if (message.success) return void receive(front, keys, message.data);
      const problem = z.prettifyError(message.error);
      front.channel.warn(`The coordination view sent something that is no message of ours: ${problem}`);
    }),
    panel.onDidChangeViewState(() => browsing.browser?.setWatched(panel.visible)),
    front.loops.onChange(() => {
      // The folder was trusted, or became a repository.
      if (front.loops.state === 'ready' && browsing.isMissing) void browsing.open();
    }),
  ];
  void browsing.open();
  return keys;
}

/** Opens the store's keys once at a time, and lets go of them. */
function createBrowsing(front: Front, tell: (browser: KeyBrowser | null, problem: string | null) => void) {
  let browser: KeyBrowser | null = null;
  let opening = false;
  let disposed = false;

  async function openBrowser(): Promise<KeyBrowser | string> {
    const opened = await front.loops.service();
    const { folder } = front.loops;
    if (!opened.ok) return opened.error.message;
    if (!folder) return l10n.t('Open a folder with a git repository first.');
    const core = await front.loops.core();
    const found = await core.browseKeys(folder.fsPath, (key) => handOverIn(front.loops.views(), key));
    return found.ok ? found.value : found.error.message;
  }

  return {
    get browser() {
      return browser;
    },
    /** There is none, and none is on its way. */
    get isMissing() {
      return browser === null && !opening;
    },
    open: async (): Promise<void> => {
      if (opening || browser || disposed) return;
      opening = true;
      tell(null, null);
      const found = await openBrowser().catch((error: unknown) => String(error));
      opening = false;
      if (typeof found === 'string') return tell(null, found);
      // The tab was closed meanwhile.
      if (disposed) return found.dispose();
      browser = found;
      tell(found, null);
    },
    dispose: () => {
      disposed = true;
      browser?.dispose();
    },
  };
}

export { createStoreWatch } from './store-watch.ts';
