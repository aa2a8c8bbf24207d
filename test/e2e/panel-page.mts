/** The panel's program in a page of its own, without a workbench around it: what is measured is the panel. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mts';
import type { ToPanel } from '../../src/protocol/webview.ts';
import { projectRoot } from './workbench.mts';

/** Milliseconds of script and layout for each message, and for as many that change nothing. */
export interface Drawing {
  readonly updateMs: readonly number[];
  readonly idleMs: readonly number[];
  readonly longestTaskMs: number;
}

export interface PanelPage {
  readonly page: Page;
  send(message: ToPanel): Promise<void>;
  measure(messages: readonly ToPanel[]): Promise<Drawing>;
  close(): Promise<void>;
}

/** Enough of a theme for everything to have a colour. */
const THEME = `:root { --vscode-foreground: #ccc; --vscode-editor-background: #1f1f1f; --vscode-font-family: sans-serif; }`;

/** The editor's side, as far as a page needs it to begin. */
const HOST = `globalThis.acquireVsCodeApi = () => ({
  postMessage: () => undefined,
  getState: () => undefined,
  setState: () => undefined,
})`;

/** Text, as what runs in the page is not built. Reading a height makes the layout happen, so that it is counted. */
const MEASURE = `async (messages) => {
  let longestTaskMs = 0;
  const watch = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTaskMs = Math.max(longestTaskMs, duration);
  });
  // The task that hands in all these messages is not the panel's.
  await new Promise((resolve) => setTimeout(resolve));
  watch.observe({ entryTypes: ['longtask'] });
  const timed = async (data) => {
    const startedAt = performance.now();
    dispatchEvent(new MessageEvent('message', { data }));
    void document.body.offsetHeight;
    const tookMs = performance.now() - startedAt;
    longestTaskMs = Math.max(longestTaskMs, tookMs);
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    return tookMs;
  };
  const updateMs = [];
  const idleMs = [];
  for (const message of messages) {
    updateMs.push(await timed(message));
    idleMs.push(await timed({ type: 'alive' }));
  }
  watch.disconnect();
  // The first ones only warm up.
  return { updateMs: updateMs.slice(10), idleMs: idleMs.slice(10), longestTaskMs };
}`;

interface Language {
  readonly lang: string;
  /** Translated ones, as the editor puts them into the page. */
  readonly texts: Readonly<Record<string, string>>;
}

export async function openPanelPage(
  size: { readonly width: number; readonly height: number },
  { lang, texts }: Language = { lang: 'en', texts: {} },
): Promise<PanelPage> {
  const found = await findChromium();
  if ('missing' in found) throw new Error(found.missing);
  const browser = await chromium.launch({
    executablePath: found.path,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const page = await browser.newPage({ viewport: size });
  const file = (name: string) => readFile(path.join(projectRoot, 'dist', 'webview', name), 'utf8');
  await page.setContent(
    `<!doctype html><html lang="${lang}"><head><style>${THEME}</style><style>${await file('panel.css')}</style></head>
    <body class="vscode-dark"><div id="root" data-surface="loop"></div><div id="announcer" class="unseen" aria-live="polite"></div>
    <script type="application/json" id="texts">${JSON.stringify(texts).replaceAll('<', String.raw`\u003c`)}</script></body></html>`,
  );
  await page.evaluate(HOST);
  await page.addScriptTag({ content: await file('panel.js') });
  return {
    page,
    send: async (message) => {
      await page.evaluate(`dispatchEvent(new MessageEvent('message', { data: ${JSON.stringify(message)} }))`);
      await page.locator('h1').waitFor();
    },
    measure: (messages) => page.evaluate(`(${MEASURE})(${JSON.stringify(messages)})`),
    close: () => browser.close(),
  };
}
