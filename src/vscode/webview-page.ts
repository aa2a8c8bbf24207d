import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as vscode from 'vscode';

/** What of the one program of all webviews is shown. */
export type Surface = 'keys' | 'loop';

interface Program {
  readonly script: string;
  readonly style: string;
}

let program: Promise<Program> | null = null;

/** Once in each window: the package does not change under it. */
function readProgram(extension: vscode.Uri): Promise<Program> {
  const read = (name: string) =>
    readFile(vscode.Uri.joinPath(extension, 'dist', 'webview', name).fsPath, 'utf8');
  program ??= Promise.all([read('panel.js'), read('panel.css')]).then(([script, style]) => ({
    script,
    style,
  }));
  return program;
}

/**
 * Puts a surface into a webview. Nothing but our own script and style runs, and nothing may load or connect from
 * anywhere: both stand in the page itself, which saves a person the time of fetching them, as does the message that the
 * page begins with.
 */
export async function showSurface(
  webview: vscode.Webview,
  extension: vscode.Uri,
  surface: Surface,
  first: (() => object) | null = null,
): Promise<void> {
  const { script, style } = await readProgram(extension);
  webview.options = { enableScripts: true, localResourceRoots: [] };
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
<div id="root" data-surface="${surface}"></div>
<div id="announcer" class="unseen" aria-live="polite"></div>
${translatedTexts(nonce)}
${first ? inPage('first', nonce, { at: Date.now(), message: first() }) : ''}
<script nonce="${nonce}">${script}</script>
</body>
</html>`;
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
