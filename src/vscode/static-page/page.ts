import { htmlText as text } from '../html-text.ts';

export interface PageFrame {
  readonly style: string;
  readonly source: string;
}

/** A whole page without a script, under a policy that lets none run. `title` and `body` are markup already. */
export function staticPage(title: string, body: string, { style, source }: PageFrame): string {
  const policy = `default-src 'none'; style-src ${source}; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>${title}</title>
</head>
<body>
${body}
</body>
</html>`;
}

/** Draws a link that looks like a button; `C` lists the commands that a page's links may run. */
export type CommandButton<C extends string> = (
  command: C,
  label: string,
  options?: { readonly argument?: string; readonly primary?: boolean },
) => string;

export const commandButton: CommandButton<string> = (command, label, options = {}) => {
  const argument =
    options.argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([options.argument]))}`;
  return `<a class="button${options.primary ? ' primary' : ''}" role="button" href="command:${command}${argument}">${text(label)}</a>`;
};
