/** A look at keys for unit tests of the front: what it shows is set, and what is asked of it is written down. */
import type { BrowserChange, KeyBrowser } from '../../app/keys/key-browser.ts';
import { EVERYTHING } from '../../app/keys/key-scan.ts';
import type { SelectedKey } from '../../app/keys/selection.ts';
import { Emitter } from '../../base/emitter.ts';
import { ok } from '../../base/result.ts';

type Shown = { -readonly [Name in keyof KeyBrowser]: KeyBrowser[Name] };

export interface TestBrowser {
  readonly browser: Shown;
  readonly asked: unknown[];
  readonly change: (part: BrowserChange, shown?: Partial<Shown>) => void;
}

export function createTestBrowser(): TestBrowser {
  const changed = new Emitter<BrowserChange>();
  const asked: unknown[] = [];
  const note =
    (name: string) =>
    (...given: readonly unknown[]): void =>
      void asked.push([name, ...given]);
  const browser: Shown = {
    store: {
      state: { kind: 'up', behind: 'embedded', generation: '1' },
      size: { keys: 1204, exact: true },
      source: 'own',
      edits: 'ours',
    },
    filter: EVERYTHING,
    scan: { running: false, complete: true, full: false, problem: '', read: 0 },
    rowCount: 0,
    selected: null,
    waits: [],
    locks: [],
    changes: { newest: [], count: 0, file: '/state/changes-by-hand.ndjson' },
    onChange: changed.event,
    rows: () => [],
    look: note('look'),
    search: note('search'),
    refresh: note('refresh'),
    more: note('more'),
    setOpen: note('setOpen'),
    reveal: () => -1,
    select: note('select'),
    question: () => ok(null),
    apply: (...given) => {
      asked.push(['apply', ...given]);
      return Promise.resolve(ok(undefined));
    },
    allowEdits: note('allowEdits'),
    whole: () => Promise.resolve(ok('')),
    setWatched: note('setWatched'),
    dispose: note('dispose'),
  };
  return {
    browser,
    asked,
    change: (part, shown = {}) => {
      Object.assign(browser, shown);
      changed.fire(part);
    },
  };
}

export function selectedText(name: string, text: string): SelectedKey {
  return {
    name,
    page: { offset: 0, cursor: '0' },
    state: 'read',
    problem: '',
    endsAt: null,
    handOver: null,
    value: {
      type: 'string',
      leftMs: null,
      memory: 100,
      body: { kind: 'text', text, bytes: text.length, cut: false },
      raw: [text],
    },
  };
}
