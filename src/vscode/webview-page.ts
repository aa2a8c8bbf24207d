import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { loadOnce, type LoadOnce } from '../base/load-once.ts';
import { htmlText } from './html-text.ts';

/** What of the one program of all webviews is shown. */
export type Surface = 'keys' | 'loop';

interface Program {
  /** Runs `script` when it is time. */
  readonly start: string;
  readonly script: string;
  readonly style: string;
}

let program: LoadOnce<Program> | null = null;

/** What a page begins with. */
export interface Beginning {
  /** Its first message. */
  readonly message: object;
  /** Shown before any program runs. */
  readonly heading: string;
  readonly state: string;
}

/** With what a panel is made that shows a surface. */
export const SURFACE_OPTIONS: vscode.WebviewOptions = { enableScripts: true, localResourceRoots: [] };

/** Once in each window: the package does not change under it. */
function readProgram(extension: vscode.Uri): Promise<Program> {
  const read = (name: string) =>
    readFile(vscode.Uri.joinPath(extension, 'dist', 'webview', name).fsPath, 'utf8');
  program ??= loadOnce(async () => {
    const [start, script, style] = await Promise.all([read('start.js'), read('panel.js'), read('panel.css')]);
    return { start, script, style };
  });
  return program.get();
}

/**
 * Puts a surface into a webview. Nothing but our own script and style runs, and nothing may load or connect from
 * anywhere: both stand in the page itself, which saves a person the time of fetching them, as does what the page
 * begins with. The program waits for the page, as a text that nothing reads: its heading is seen before.
 */
export async function showSurface(
  webview: vscode.Webview,
  extension: vscode.Uri,
  surface: Surface,
  begin: (() => Beginning) | null = null,
): Promise<void> {
  const { start, script, style } = await readProgram(extension);
  // Setting them anew would load the page twice.
  if (!webview.options.enableScripts || webview.options.localResourceRoots?.length !== 0)
    webview.options = SURFACE_OPTIONS;
  const beginning = begin?.() ?? null;
  const nonce = randomBytes(16).toString('base64url');
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource} 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  webview.html = `<!doctype html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="${nonce}">${style}</style>
<title>CFN Loop</title>
</head>
<body>
<div id="root" data-surface="${surface}">${beginning ? headingOf(beginning) : ''}</div>
<div id="announcer" class="unseen" aria-live="polite"></div>
${translatedTexts(nonce)}
${beginning ? inPage('first', nonce, { at: Date.now(), message: beginning.message }) : ''}
<script type="text/plain" id="program">${script}</script>
<script nonce="${nonce}">${start}</script>
</body>
</html>`;
}

/** As `webview-ui/loop/header.tsx` draws it in a moment, so that nothing moves. */
function headingOf({ heading, state }: Beginning): string {
  return `<header><div class="line1"><h1 class="cut"><bdi>${htmlText(heading)}</bdi></h1></div><div class="facts"><strong class="state">${htmlText(state)}</strong></div></header>`;
}

/** For `webview-ui/kit/texts.ts`; none in English, which the program has itself. */
function translatedTexts(nonce: string): string {
  const { bundle } = vscode.l10n;
  return bundle ? inPage('texts', nonce, bundle) : '';
}

/** No text in it can end the element. */
function inPage(id: string, nonce: string, content: object): string {
  const json = JSON.stringify(content).replaceAll('<', String.raw`\u003c`);
  return `<script type="application/json" id="${id}" nonce="${nonce}">${json}</script>`;
}
