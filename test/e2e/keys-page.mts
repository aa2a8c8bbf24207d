/** The coordination view in a page of its own, on a real store: its host's part runs here, without a workbench. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mts';
import type { KeyBrowser } from '../../src/app/keys/key-browser.ts';
import type { LoopError } from '../../src/app/loop-service.ts';
import type { LoopView } from '../../src/app/projections/loop-view.ts';
import { Emitter } from '../../src/base/emitter.ts';
import { fromKeysSchema, toKeysSchema, type FromKeys } from '../../src/protocol/webview-keys.ts';
import { createKeyChanges } from '../../src/vscode/keys/key-changes.ts';
import { createKeyIds } from '../../src/vscode/keys/key-ids.ts';
import { createKeysChannel } from '../../src/vscode/keys/keys-channel.ts';
import { receive } from '../../src/vscode/keys/receive.ts';
import { THEMES } from './themes.mts';
import { projectRoot } from './workbench.mts';

export interface Dialog {
  readonly question: string;
  readonly detail: string;
}

export interface KeysPage {
  readonly page: Page;
  /** Everything that was asked for, in order. */
  readonly asked: readonly FromKeys[];
  /** Modal dialogs that were shown; each is answered by `agree`. */
  readonly dialogs: readonly Dialog[];
  agree: boolean;
  /** Loops as they are from now on. */
  setLoops(views: readonly LoopView[]): void;
  close(): Promise<void>;
}

export interface KeysPageOptions {
  readonly browser: KeyBrowser;
  readonly views?: readonly LoopView[];
  readonly theme?: keyof typeof THEMES;
  readonly size?: { readonly width: number; readonly height: number };
}

export async function openKeysPage(options: KeysPageOptions): Promise<KeysPage> {
  const found = await findChromium();
  if ('missing' in found) throw new Error(found.missing);
  const chrome = await chromium.launch({
    executablePath: found.path,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const page = await chrome.newPage({ viewport: options.size ?? { width: 1100, height: 800 } });
  page.setDefaultTimeout(10_000);
  const host = createHost(options, (message) => {
    // What does not fit the schema would not be taken by the view either.
    const data = JSON.stringify(toKeysSchema.parse(message));
    return page
      .evaluate(`dispatchEvent(new MessageEvent('message', { data: ${data} }))`)
      .catch(() => undefined);
  });
  await page.exposeFunction('toHost', (message: unknown) => host.receive(message));
  const file = (name: string) => readFile(path.join(projectRoot, 'dist', 'webview', name), 'utf8');
  const { variables, kind } = THEMES[options.theme ?? 'dark'];
  await page.setContent(
    `<!doctype html><html lang="en"><head><title>Coordination</title><style>:root{${variables}}</style><style>${await file('panel.css')}</style></head>
    <body class="${kind}"><div id="root" data-surface="keys"></div><div id="announcer" class="unseen" aria-live="polite"></div></body></html>`,
  );
  await page.evaluate(
    `globalThis.acquireVsCodeApi = () => ({ postMessage: toHost, getState: () => undefined, setState: () => undefined })`,
  );
  await page.addScriptTag({ content: await file('panel.js') });
  return {
    page,
    asked: host.asked,
    dialogs: host.dialogs,
    get agree() {
      return host.answers.agree;
    },
    set agree(value) {
      host.answers.agree = value;
    },
    setLoops: host.setLoops,
    close: async () => {
      host.dispose();
      await chrome.close();
    },
  };
}

function createHost({ browser, views = [] }: KeysPageOptions, post: (message: unknown) => Promise<unknown>) {
  const changed = new Emitter<void>();
  const loops = { views: () => shown, onChange: changed.event };
  let shown = views;
  const asked: FromKeys[] = [];
  const dialogs: Dialog[] = [];
  const answers = { agree: true };
  const failed: string[] = [];
  const messages = {
    confirm: (question: string, detail: string) => {
      dialogs.push({ question, detail });
      return Promise.resolve(answers.agree);
    },
    failed: (error: LoopError) => void failed.push(error.message),
  };
  const ids = createKeyIds();
  const send = (message: unknown) => void post(message);
  const channel = createKeysChannel({ loops, ids, visible: () => true, post: send, kept: null });
  const changes = createKeyChanges({ front: { messages }, browser: () => browser, post: send });
  const none = () => undefined;
  const keys = { ids, channel, changes, browser, post: send, again: none, showKey: none, dispose: none };
  channel.use(browser, null);
  return {
    asked,
    dialogs,
    answers,
    setLoops: (next: readonly LoopView[]) => {
      shown = next;
      changed.fire();
    },
    receive: async (raw: unknown) => {
      const message = fromKeysSchema.safeParse(raw);
      if (!message.success) return;
      asked.push(message.data);
      await receive({ messages, loops }, keys, message.data);
    },
    dispose: () => channel.dispose(),
  };
}
