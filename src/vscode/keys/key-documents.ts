/** All of a value as a read-only document; what it says stays as it was read. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { KeyBrowser } from '../../app/keys/key-browser.ts';
import type { KeysFront } from './receive.ts';
import { shownName } from './shown-text.ts';

const SCHEME = 'cfn-key';
const MOST_NAME = 80;

const texts = new Map<string, string>();
let registered: vscode.Disposable | null = null;
let opened = 0;

/** Once for all tabs; documents of before a reload are empty, since their values were never written down. */
function register(): void {
  registered ??= vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
      provideTextDocumentContent: (uri) =>
        texts.get(uri.toString()) ??
        l10n.t('This value is not kept. Open it again in the coordination view.'),
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => void texts.delete(uri.toString())),
  );
}

export async function showDocument(
  front: Pick<KeysFront, 'messages'>,
  browser: KeyBrowser,
  name: string,
): Promise<void> {
  const body = browser.selected?.name === name ? browser.selected.value?.body : undefined;
  const read = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: l10n.t('Reading {0}', shownName(name)),
      cancellable: true,
    },
    (_, cancelled) => {
      const reading = new AbortController();
      cancelled.onCancellationRequested(() => reading.abort());
      return browser.whole(name, reading.signal);
    },
  );
  if (!read.ok) return front.messages.failed({ kind: 'state', message: read.error });
  register();
  opened += 1;
  const title = shownName(name)
    .replaceAll(/[\\/*?"<>|]/g, '_')
    .slice(0, MOST_NAME);
  const ending = body?.kind === 'json' ? 'json' : 'txt';
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}.${ending}`, query: String(opened) });
  texts.set(uri.toString(), read.value);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true });
}
