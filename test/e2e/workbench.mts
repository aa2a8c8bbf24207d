/** Drives the real workbench in a browser, by what a person sees. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser, type Frame, type Locator, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.mts';
import { demand } from '../../scripts/run-command.mts';
import { startVscodeServer, type VscodeServer } from '../../scripts/vscode-server.mts';

export const projectRoot = path.resolve(import.meta.dirname, '..', '..');

export interface WorkbenchOptions {
  /** The folder that is opened. */
  readonly folder: string;
  /** Loaded as extension under development; without it the server runs as a user has it. */
  readonly extension?: string;
  /** A module whose `run` is executed inside the extension host. */
  readonly tests?: string;
  readonly vsix?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly workspaceTrust?: boolean;
  readonly size?: { readonly width: number; readonly height: number };
  /** Runs in the page before anything of the workbench does, also after a reload. */
  readonly initScript?: () => void;
}

export interface TestsEnd {
  readonly code: number;
}

export interface Workbench {
  readonly page: Page;
  readonly server: VscodeServer;
  /** Every console line once, the extension host's included. */
  readonly consoleLines: readonly string[];
  /** Resolves when the module given as `tests` has ended. */
  readonly testsEnd: Promise<TestsEnd>;
  command(title: string): Promise<void>;
  /** Opens a file of the folder by its name. */
  openFile(name: string): Promise<void>;
  /** Chooses a row of the open quick pick. */
  pick(text: string | RegExp): Promise<void>;
  /** Fills the open input box and accepts it. */
  answer(text: string): Promise<void>;
  statusBar(text: string | RegExp): Locator;
  openView(label: string): Promise<void>;
  /** A row of one of our views. */
  treeRow(text: string | RegExp, view?: 'Agents' | 'Coordination' | 'Inbox' | 'Review'): Locator;
  /** Clicks an action at the end of a row. */
  rowAction(row: Locator, label: string): Promise<void>;
  /** Chooses from the context menu of a row. */
  rowMenu(row: Locator, label: string): Promise<void>;
  /** The frame of the webview that shows `selector`. */
  webview(selector: string): Promise<Frame>;
  screenshot(file: string): Promise<void>;
  /** Console lines that say that proposed API was used: it would fail in a stock VS Code. */
  proposedApiUses(): readonly string[];
  /** As a person does: the workbench writes what it remembers before it goes. */
  reload(): Promise<void>;
  /** As a browser does that crashed: what was not written yet is lost. */
  openAgain(): Promise<void>;
  dispose(): Promise<void>;
}

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PROPOSED = /proposed menu identifier|CANNOT use API proposal/;

function address(server: VscodeServer, options: WorkbenchOptions): string {
  const authority = `127.0.0.1:${server.port}`;
  const payload = [
    ...(options.extension
      ? [['extensionDevelopmentPath', `vscode-remote://${authority}${options.extension}`]]
      : []),
    ...(options.tests ? [['extensionTestsPath', `vscode-remote://${authority}${options.tests}`]] : []),
  ];
  const query = new URLSearchParams({ folder: options.folder });
  if (payload.length > 0) query.set('payload', JSON.stringify(payload));
  return `http://${authority}/?${query.toString()}`;
}

/** Packs what was built, or the extension in another folder, into a VSIX, as it is published. */
export async function packageExtension(vsix: string, folder = projectRoot): Promise<void> {
  const vsce = path.join(projectRoot, 'node_modules', '@vscode', 'vsce', 'vsce');
  const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  await demand(process.execPath, [vsce, 'package', ...flags, '--out', vsix], { cwd: folder });
}

export async function openWorkbench(options: WorkbenchOptions): Promise<Workbench> {
  const found = await findChromium();
  if ('missing' in found) throw new Error(found.missing);
  const server = await startVscodeServer({
    development: options.extension !== undefined,
    ...(options.workspaceTrust === undefined ? {} : { workspaceTrust: options.workspaceTrust }),
    ...(options.settings ? { settings: options.settings } : {}),
    ...(options.vsix ? { vsix: options.vsix } : {}),
    ...(options.env ? { env: options.env } : {}),
  });
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch({ executablePath: found.path, args: FLAGS });
    return await drive(server, browser, options);
  } catch (error) {
    await browser?.close();
    await server.stop();
    throw error;
  }
}

const FIRST_LOAD_MS = 60_000;
const PALETTE_MS = 3_000;

async function drive(server: VscodeServer, browser: Browser, options: WorkbenchOptions): Promise<Workbench> {
  const page = await browser.newPage({ viewport: options.size ?? { width: 1360, height: 860 } });
  page.setDefaultTimeout(30_000);
  const consoleLines: string[] = [];
  page.on('console', (message) => {
    // Lines of the extension host come a second time, through the automation log.
    if (!message.text().startsWith('%c')) consoleLines.push(message.text());
  });
  let ended: (end: TestsEnd) => void = () => undefined;
  const testsEnd = new Promise<TestsEnd>((resolve) => (ended = resolve));
  await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
    consoleLines.push(args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg))).join(' '));
  });
  await page.exposeFunction('codeAutomationExit', (code: number) => ended({ code }));
  if (options.initScript) await page.addInitScript(options.initScript);
  // The first load compiles the whole workbench; on a busy machine that is no matter of seconds.
  await page.goto(address(server, options), { timeout: FIRST_LOAD_MS });
  await page.locator('.part.activitybar').waitFor({ timeout: FIRST_LOAD_MS });

  const quickInput = () => page.locator('.quick-input-widget:visible input[type=text]');
  const rows = () => page.locator('.quick-input-widget:visible .quick-input-list .monaco-list-row');

  const command = async (title: string): Promise<void> => {
    const row = rows().filter({ hasText: title }).first();
    const deadline = Date.now() + FIRST_LOAD_MS;
    for (;;) {
      try {
        await page.keyboard.press('F1');
        await quickInput().fill(`>${title}`, { timeout: PALETTE_MS });
        return await row.click({ timeout: PALETTE_MS });
      } catch (error) {
        // It lists what could be run as it was opened, and that the folder is trusted is known late; a view that
        // takes the focus closes it.
        if (Date.now() > deadline) throw error;
        await page.keyboard.press('Escape');
      }
    }
  };

  const shown = () => page.locator('.part.activitybar').waitFor({ timeout: FIRST_LOAD_MS });

  return {
    page,
    server,
    consoleLines,
    testsEnd,
    command,
    openFile: async (name) => {
      await page.keyboard.press('Control+P');
      await quickInput().fill(name);
      await rows().filter({ hasText: name }).first().click();
    },
    pick: (text) => rows().filter({ hasText: text }).first().click(),
    answer: async (text) => {
      // Not the filter of a list that is about to close: that one would swallow the answer.
      const box = page.locator(
        '.quick-input-widget:visible:not(:has(.quick-input-list:visible)) input[type=text]',
      );
      await box.fill(text);
      await box.press('Enter');
    },
    statusBar: (text) => page.locator('.statusbar-item').filter({ hasText: text }),
    openView: async (label) => {
      const item = page.locator(`.activitybar .action-item:has(a[aria-label^="${label}"])`).first();
      await item.waitFor();
      await patiently(async () => {
        // A click on the open container would close it, and one that a reload brings back opens under the pointer.
        if ((await item.getAttribute('class'))?.includes('checked') !== true) {
          // At its edge: a badge lies over the middle.
          await item.click({ position: { x: 4, y: 4 } });
        }
        await item.and(page.locator('.checked')).waitFor({ timeout: 5000 });
      });
    },
    treeRow: (text, view = 'Agents') =>
      page
        .locator('.pane', { has: page.locator('.pane-header', { hasText: view }) })
        .locator('.monaco-list-row')
        .filter({ hasText: text }),
    rowAction,
    rowMenu: (row, label) => rowMenu(page, row, label),
    webview: (selector) => frameWith(page, selector),
    screenshot: async (file) => {
      await mkdir(path.dirname(file), { recursive: true });
      await page.screenshot({ path: file });
    },
    proposedApiUses: () => consoleLines.filter((line) => PROPOSED.test(line)),
    reload: async () => {
      const loaded = page.waitForEvent('load', { timeout: FIRST_LOAD_MS });
      await command('Developer: Reload Window');
      await loaded;
      await shown();
    },
    openAgain: async () => {
      await page.reload({ timeout: FIRST_LOAD_MS });
      await shown();
    },
    dispose: async () => {
      await browser.close();
      await server.stop();
    },
  };
}

/** What is under the pointer may go before it is clicked, so a person comes after it. */
async function patiently(act: () => Promise<void>): Promise<void> {
  for (let left = 10; ; left -= 1) {
    try {
      return await act();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** Actions are seen while the pointer is on their row, and a row goes from under it when a view above it grows. */
function rowAction(row: Locator, label: string): Promise<void> {
  return patiently(async () => {
    await row.hover();
    await row.locator(`a.action-label[aria-label*="${label}"]`).click({ timeout: 2000 });
  });
}

/** An editor that opens late takes the focus, which closes the menu. */
function rowMenu(page: Page, row: Locator, label: string): Promise<void> {
  const menu = page.locator('.monaco-menu');
  const item = menu.getByText(label);
  const closes = () =>
    menu.waitFor({ state: 'hidden', timeout: 1000 }).then(
      () => true,
      () => false,
    );
  return patiently(async () => {
    try {
      await row.click({ button: 'right' });
      await item.click({ timeout: 5000 });
      // A menu takes no click while it is quite new, and then stays as it was.
      for (let left = 5; !(await closes()); left -= 1) {
        if (left === 0) throw new Error(`The menu does not take a click on "${label}".`);
        await item.click({ timeout: 1000 }).catch(() => undefined);
      }
    } catch (error) {
      await page.keyboard.press('Escape');
      throw error;
    }
  });
}

async function frameWith(page: Page, selector: string): Promise<Frame> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    for (const frame of page.frames()) {
      const count = await frame
        .locator(selector)
        .count()
        .catch(() => 0);
      if (count > 0) return frame;
    }
    // Frames of webviews come and go without an event that names their content.
    await page.waitForTimeout(100);
  }
  throw new Error(`No webview shows ${selector}`);
}
