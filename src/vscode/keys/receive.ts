/** What the coordination view asks for; each message has been checked before it comes here. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { KeyBrowser } from '../../app/keys/key-browser.ts';
import type { FromKeys, ToKeys } from '../../protocol/webview-keys.ts';
import { nameOfBytes } from '../../base/byte-text.ts';
import type { Loops } from '../loops.ts';
import type { Messages } from '../messages.ts';
import { keyOf, pathOf } from './draw-store.ts';
import { loopWith } from './draw-value.ts';
import { showDocument } from './key-documents.ts';
import type { KeyChanges } from './key-changes.ts';
import type { KeyIds } from './key-ids.ts';
import type { KeysChannel } from './keys-channel.ts';

/** What the view needs of the front. */
export interface KeysFront {
  readonly messages: Pick<Messages, 'confirm' | 'failed'>;
  readonly loops: Pick<Loops, 'views'>;
}

export interface OpenKeys {
  readonly ids: KeyIds;
  readonly channel: KeysChannel;
  readonly changes: KeyChanges;
  /** Null while there is none. */
  readonly browser: KeyBrowser | null;
  post(message: ToKeys): void;
  /** Tries to open the store once more. */
  again(): void;
  showKey(key: string): void;
  dispose(): void;
}

export async function receive(front: KeysFront, keys: OpenKeys, message: FromKeys): Promise<void> {
  const { channel } = keys;
  switch (message.type) {
    case 'hello':
      channel.hello();
      return keys.changes.hello();
    case 'ask':
      return message.what === 'again' ? keys.again() : ask(front, keys.browser, message.what);
    case 'command':
      await vscode.commands.executeCommand(`cfn.${message.command}`);
      return;
    case 'release':
      await vscode.commands.executeCommand('cfn.releaseHandOver', message.taskId);
      return;
    case 'look':
      return channel.look(message);
    case 'search':
      return channel.search(message.filter);
    case 'fold': {
      const path = pathOf(keys.ids, message.id);
      if (path !== null) channel.fold(path, message.open);
      return;
    }
    default:
      if (keys.browser) await ofStore(front, keys, keys.browser, message);
  }
}

type Asked = Extract<FromKeys, { type: 'ask' }>['what'];

async function ask(
  front: KeysFront,
  browser: KeyBrowser | null,
  what: Exclude<Asked, 'again'>,
): Promise<void> {
  if (!browser) return;
  switch (what) {
    case 'refresh':
      return browser.refresh();
    case 'more':
      return browser.more();
    case 'allowEdits':
      return allowEdits(front, browser);
    case 'showChanges':
      return showFile(browser.changes.file);
  }
}

type OfStore = Exclude<
  FromKeys,
  { type: 'hello' | 'ask' | 'command' | 'release' | 'look' | 'search' | 'fold' }
>;
type OfKey = Exclude<OfStore, { type: 'push' | 'save' | 'giveUp' }>;

async function ofStore(
  front: KeysFront,
  keys: OpenKeys,
  browser: KeyBrowser,
  message: OfStore,
): Promise<void> {
  switch (message.type) {
    case 'save':
      return keys.changes.save(message.number, message.text);
    case 'giveUp':
      return keys.changes.giveUp(message.number);
    case 'push':
      return keys.changes.push(message.id === null ? null : keyOf(keys.ids, message.id));
    default: {
      const name = keyOf(keys.ids, message.id);
      if (name !== null) await ofKey(front, keys, { browser, name, message });
    }
  }
}

interface OnKey {
  readonly browser: KeyBrowser;
  readonly name: string;
  readonly message: OfKey;
}

async function ofKey(front: KeysFront, keys: OpenKeys, { browser, name, message }: OnKey): Promise<void> {
  switch (message.type) {
    case 'select':
      return keys.channel.select(name, message.reveal);
    case 'page': {
      const shown = browser.selected;
      if (shown?.name !== name || !shown.value) return;
      const page = keys.channel.paging.go(message.to, shown.value.body, shown.page);
      if (page) browser.select(name, page);
      return;
    }
    case 'copy':
      return copy(browser, name, message.what);
    case 'whole':
      return showDocument(front, browser, name);
    case 'change':
      return keys.changes.begin(name, message.item);
    case 'redeliver':
      return keys.changes.redeliver(name, message.item);
    case 'expire':
      return keys.changes.expire(name);
    case 'delete':
      return keys.changes.remove(name);
    case 'breakpoint':
      await vscode.commands.executeCommand('cfn.setBreakpoints', loopWith(name, front.loops.views())?.taskId);
  }
}

async function copy(browser: KeyBrowser, name: string, what: 'name' | 'value'): Promise<void> {
  const [raw] = browser.selected?.name === name ? (browser.selected.value?.raw ?? []) : [];
  const text = what === 'name' ? name : raw;
  if (text !== undefined) await vscode.env.clipboard.writeText(nameOfBytes(text));
}

/** Somebody else's server: the person says so, in the editor's own dialog. */
async function allowEdits(front: KeysFront, browser: KeyBrowser): Promise<void> {
  if (browser.store.edits !== 'read-only') return;
  const agreed = await front.messages.confirm(
    l10n.t('Allow changes on this Redis?'),
    l10n.t(
      'CFN Loop did not start this server; others may use it too. Each change is asked for where it can hurt, and goes on record. It is allowed in this tab, until it is closed or another server answers.',
    ),
    l10n.t('Allow Edits'),
  );
  if (agreed) browser.allowEdits();
}

async function showFile(file: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
  await vscode.window.showTextDocument(document, { preview: true });
}
