import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** What of the one program of all webviews is shown. */
export type Surface = 'loop';

/** Puts a surface into a webview. Nothing but our own script and style may load; nothing may connect anywhere. */
export function showSurface(webview: vscode.Webview, extension: vscode.Uri, surface: Surface): void {
  const folder = vscode.Uri.joinPath(extension, 'dist', 'webview');
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  const resource = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
  const nonce = randomBytes(16).toString('base64url');
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}; base-uri 'none'; form-action 'none'`;
  webview.html = `<!doctype html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${resource('panel.css')}">
<title>CFN Loop</title>
</head>
<body>
<div id="root" data-surface="${surface}"></div>
<div id="announcer" class="unseen" aria-live="polite"></div>
<script nonce="${nonce}" src="${resource('panel.js')}"></script>
</body>
</html>`;
}
