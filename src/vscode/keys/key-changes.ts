/** Changes by hand: what is asked for, confirmed where it can hurt, and told. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { KeyEdit } from '../../app/keys/consequences.ts';
import { refusalOf } from '../../app/keys/consequences.ts';
import type { KeyBrowser } from '../../app/keys/key-browser.ts';
import type { SelectedKey } from '../../app/keys/selection.ts';
import { decodeBytes, encodeText } from '../../base/byte-text.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { ToKeys } from '../../protocol/webview-keys.ts';
import type { Messages } from '../messages.ts';
import { shownName } from './shown-text.ts';

export interface KeyChanges {
  /** The view was drawn anew: a draft that was begun is shown again. */
  hello(): void;
  /** Hands out the text of a key, or of one of the items that are shown, to be changed. */
  begin(name: string, item: number | null): void;
  save(number: number, text: string): Promise<void>;
  giveUp(number: number): void;
  /** Null: the person says which list. */
  push(name: string | null): Promise<void>;
  redeliver(name: string, item: number): Promise<void>;
  expire(name: string): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface KeyChangesDeps {
  readonly front: { readonly messages: Pick<Messages, 'confirm'> };
  readonly browser: () => KeyBrowser | null;
  readonly post: (message: ToKeys) => void;
}

interface Draft {
  readonly number: number;
  readonly title: string;
  readonly text: string;
  readonly seen: SelectedKey;
  readonly edit: (text: string) => KeyEdit;
}

export function createKeyChanges({ front, browser, post }: KeyChangesDeps): KeyChanges {
  let draft: Draft | null = null;
  let drafts = 0;

  const fail = (message: string): void => post({ type: 'told', failed: true, message });
  const seenOf = (name: string): SelectedKey | null => {
    const shown = browser()?.selected;
    return shown?.name === name && shown.value ? shown : null;
  };

  /** False when it was not made: the person thought better of it, or it could not be. */
  async function make(edit: KeyEdit, seen: SelectedKey | null): Promise<boolean> {
    const keys = browser();
    if (!keys) return false;
    const asked = keys.question(edit);
    if (!asked.ok) {
      fail(asked.error);
      return false;
    }
    if (asked.value) {
      const { question, consequence, action } = asked.value;
      if (!(await front.messages.confirm(question, consequence, action))) return false;
    }
    const done = await keys.apply(edit, seen);
    if (!done.ok) fail(done.error);
    else post({ type: 'told', failed: false, message: l10n.t('Done, and on record.') });
    return done.ok;
  }

  function show(): void {
    if (draft) post({ type: 'draft', number: draft.number, title: draft.title, text: draft.text });
  }

  return {
    hello: show,
    begin: (name, item) => {
      const seen = seenOf(name);
      const found = seen ? draftOf(seen, item) : err(l10n.t('Look at the key first.'));
      if (!found.ok) return fail(found.error);
      drafts += 1;
      draft = { number: drafts, ...found.value };
      show();
    },
    save: async (number, text) => {
      if (draft?.number !== number) return;
      if (!(await make(draft.edit(text), draft.seen))) return;
      draft = null;
      post({ type: 'draftEnded', number });
    },
    giveUp: (number) => {
      if (draft?.number === number) draft = null;
      post({ type: 'draftEnded', number });
    },
    push: async (name) => {
      const list = name ?? (await askList());
      if (list === null) return;
      const text = await vscode.window.showInputBox({
        title: l10n.t('Push a Message to {0}', shownName(list)),
        prompt: l10n.t('The message, as its readers get it.'),
        ignoreFocusOut: true,
      });
      if (text !== undefined) await make({ kind: 'push', key: list, text }, seenOf(list));
    },
    redeliver: async (name, item) => {
      const seen = seenOf(name);
      const body = seen?.value?.body;
      if (!seen || body?.kind !== 'list') return fail(l10n.t('Look at the key first.'));
      await make({ kind: 'redeliver', key: name, index: body.offset + item }, seen);
    },
    expire: async (name) => {
      const seconds = await askSeconds(name, seenOf(name));
      if (seconds !== undefined) await make({ kind: 'expire', key: name, seconds }, seenOf(name));
    },
    remove: async (name) => {
      await make({ kind: 'delete', key: name }, seenOf(name));
    },
  };
}

/** What is changed, with the text as it is now; an error in one sentence when it cannot be. */
function draftOf(seen: SelectedKey, item: number | null): Result<Omit<Draft, 'number'>, string> {
  const { name, value } = seen;
  const body = value?.body;
  const key = shownName(name);
  const raw = value?.raw ?? [];
  const part = (bytes: string | undefined, title: string, edit: Draft['edit']) => {
    const text = bytes === undefined ? null : decodeBytes(bytes);
    return text === null
      ? err(l10n.t('What is no UTF-8, or is not shown whole, is not changed here.'))
      : ok({ title, text, seen, edit });
  };
  if (body?.kind === 'list' && item !== null) {
    const index = body.offset + item;
    return part(raw[item], l10n.t('Item {0} of {1}', index, key), (text) => ({
      kind: 'item',
      key: name,
      index,
      text,
    }));
  }
  if (body?.kind === 'table' && body.type === 'hash' && item !== null) {
    const field = raw[2 * item] ?? '';
    return part(raw[2 * item + 1], l10n.t('Field {0} of {1}', shownName(field), key), (text) => ({
      kind: 'field',
      key: name,
      field,
      text,
    }));
  }
  const whole = value?.type === 'string' && item === null ? raw[0] : undefined;
  return part(whole, key, (text) => ({ kind: 'set', key: name, text }));
}

/** Bytes; null when the person gave up. */
async function askList(): Promise<string | null> {
  const name = await vscode.window.showInputBox({
    title: l10n.t('Push a Message'),
    prompt: l10n.t('The list that gets it, such as coord:<task>:signal:<channel>.'),
    ignoreFocusOut: true,
    validateInput: (typed) =>
      typed.trim() === '' ? l10n.t('List is empty; it takes the name of a key.') : undefined,
  });
  return name === undefined ? null : encodeText(name.trim());
}

/** Undefined when the person gave up; null: without an end. */
async function askSeconds(name: string, seen: SelectedKey | null): Promise<number | null | undefined> {
  const secondsOf = (typed: string): number | null => (typed.trim() === '' ? null : Number(typed));
  const left = seen?.value?.leftMs;
  const typed = await vscode.window.showInputBox({
    title: l10n.t('Change the TTL of {0}', shownName(name)),
    prompt: l10n.t('Seconds until it ends, from 1; empty: it does not end.'),
    value: left == null ? '' : String(Math.ceil(left / 1000)),
    ignoreFocusOut: true,
    validateInput: (text) => refusalOf({ kind: 'expire', key: name, seconds: secondsOf(text) }) ?? undefined,
  });
  return typed === undefined ? undefined : secondsOf(typed);
}
