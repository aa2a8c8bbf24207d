interface PanelPage {
  readonly script: string;
  readonly style: string;
  /** Where the webview's resources come from, for the policy. */
  readonly source: string;
  readonly nonce: string;
}

/** Nothing but our own script and style may load; nothing may connect anywhere. */
export function panelHtml({ script, style, source, nonce }: PanelPage): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${source}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>CFN Loop</title>
</head>
<body>
<div id="root"></div>
<div id="announcer" class="unseen" aria-live="polite"></div>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
