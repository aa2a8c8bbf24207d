/** How long a panel takes from the command to its first picture, in turns with an empty one, in a real workbench. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { prepareFakeExtension } from '../e2e/fake-extension.mts';
import { prepareScene } from '../e2e/scene.mts';
import { decisionDue } from '../e2e/story.mts';
import { openWorkbench, type Workbench } from '../e2e/workbench.mts';

export interface Openings {
  readonly ours: readonly number[];
  readonly empty: readonly number[];
}

/** What stands in the page of a panel that is drawn. */
const SHOWN = { ours: '.card.due', empty: '.bench-empty' } as const;

/** Our extension with one more command, which opens a webview panel with one heading in it. */
const ENTRY = `
const vscode = require('vscode');
const ours = require('./ours.js');
exports.activate = (context) => {
  context.subscriptions.push(vscode.commands.registerCommand('bench.empty', () => {
    const panel = vscode.window.createWebviewPanel('bench.empty', 'Empty', vscode.ViewColumn.Active, { enableScripts: true });
    panel.webview.html = '<!doctype html><html><body><h1 class="bench-empty">Empty</h1></body></html>';
  }));
  return ours.activate(context);
};
exports.deactivate = ours.deactivate;
`;

async function addEmptyPanel(extension: string): Promise<void> {
  const entry = path.join(extension, 'dist', 'extension.js');
  await rename(entry, path.join(extension, 'dist', 'ours.js'));
  await writeFile(entry, ENTRY);
  const file = path.join(extension, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { contributes: { commands: object[] } };
  manifest.contributes.commands.push({
    command: 'bench.empty',
    title: 'Open Empty Panel',
    category: 'Bench',
  });
  await writeFile(file, JSON.stringify(manifest));
}

/** Text, as what runs in the page is not built. */
const LOOK = `(() => {
  const selectors = ${JSON.stringify(Object.values(SHOWN))};
  const look = setInterval(() => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    const found = selectors.find((selector) => document.querySelector(selector));
    if (found === undefined || !paint) return;
    clearInterval(look);
    benchShown(found, performance.timeOrigin + paint.startTime);
  }, 2);
})()`;

/**
 * Tells when a webview's page painted something first, epoch milliseconds. The page itself says so: asking each frame
 * again and again from here keeps a browser so busy that a webview may never be drawn at all.
 */
async function watchWebviews(bench: Workbench): Promise<(selector: string) => Promise<number>> {
  const waiting = new Map<string, (paintedAt: number) => void>();
  await bench.page.exposeFunction('benchShown', (selector: string, paintedAt: number) =>
    waiting.get(selector)?.(paintedAt),
  );
  await bench.page.addInitScript(LOOK);
  return async (selector) => {
    let timer: NodeJS.Timeout | undefined;
    const paintedAt = await new Promise<number>((resolve, reject) => {
      waiting.set(selector, resolve);
      timer = setTimeout(() => reject(new Error(`No webview shows ${selector}.`)), 30_000);
    });
    clearTimeout(timer);
    waiting.delete(selector);
    return paintedAt;
  };
}

/** From the row's click in the palette to the first picture of the webview's page. */
async function opening(
  bench: Workbench,
  shown: (selector: string) => Promise<number>,
  title: string,
  selector: string,
): Promise<number> {
  await bench.page.keyboard.press('F1');
  await bench.page.locator('.quick-input-widget:visible input[type=text]').fill(`>${title}`);
  const row = bench.page
    .locator('.quick-input-widget:visible .quick-input-list .monaco-list-row')
    .filter({ hasText: title });
  await row.first().waitFor();
  const seen = shown(selector);
  const startedAt = Date.now();
  await row.first().click();
  const tookMs = (await seen) - startedAt;
  await bench.command('View: Close All Editors');
  return tookMs;
}

export async function openings(rounds: number, say: (line: string) => void): Promise<Openings> {
  const scene = await prepareScene();
  try {
    const extension = await prepareFakeExtension(scene, [decisionDue(Date.now(), scene.repository)]);
    await addEmptyPanel(extension);
    const bench = await openWorkbench({
      folder: scene.repository,
      extension,
      env: scene.env,
    });
    try {
      await bench.statusBar('CFN').waitFor();
      const shown = await watchWebviews(bench);
      const ours: number[] = [];
      const empty: number[] = [];
      // The first pair only warms up: it also loads what the panel is made of.
      for (let round = 0; round <= rounds; round += 1) {
        say(`  opening ${round} …`);
        const pair = [
          await opening(bench, shown, 'CFN: Show Loop', SHOWN.ours),
          await opening(bench, shown, 'Bench: Open Empty Panel', SHOWN.empty),
        ] as const;
        if (round === 0) continue;
        ours.push(pair[0]);
        empty.push(pair[1]);
      }
      return { ours, empty };
    } finally {
      await bench.dispose();
    }
  } finally {
    await scene.dispose();
  }
}
