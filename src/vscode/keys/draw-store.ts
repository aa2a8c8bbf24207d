/** The parts of the coordination view besides the chosen key, in words; pure. */
import { l10n } from 'vscode';
import type { BrowserRow, KeyBrowser, StoreFacts } from '../../app/keys/key-browser.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { HandChange } from '../../ports/hand-changes.ts';
import type { ChangesPart, KeyRow, StorePart, WaitsPart } from '../../protocol/webview-keys.ts';
import { isActive, taskTitle, visible } from '../words.ts';
import type { KeyIds } from './key-ids.ts';
import { shownName, sizeText } from './shown-text.ts';

const EMBEDDED = 'embedded';
const MOST_LOOPS = 100;

/** `cache.example:6379`; with its scheme where the connection is not a plain one. */
const server = (behind: string): string => visible(behind.replace(/^redis:\/\//, ''));

export function storeName(behind: string): string {
  if (behind === '') return l10n.t('Coordination store');
  return behind === EMBEDDED ? l10n.t('Embedded store') : l10n.t('Redis at {0}', server(behind));
}

/** `1,204 keys`; `about` where keys of others on the server are counted too. */
export function countText(size: StoreFacts['size']): string {
  if (!size) return '';
  const keys = size.keys.toLocaleString('en');
  if (!size.exact) return l10n.t('{0} keys on the server', keys);
  return size.keys === 1 ? l10n.t('1 key') : l10n.t('{0} keys', keys);
}

function freshness({ source }: StoreFacts): string {
  return source === 'none'
    ? l10n.t('no push: looked at again every few seconds')
    : l10n.t('push hints on, visible rows re-read every 3 s');
}

export function storeBanner({ state }: Pick<StoreFacts, 'state'>): StorePart['banner'] {
  if (state.kind !== 'down') return null;
  const own = state.behind === '' || state.behind === EMBEDDED;
  return {
    title: own
      ? l10n.t('The coordination store is unreachable')
      : l10n.t('Redis at {0} is unreachable', server(state.behind)),
    text: l10n.t(
      '{0} Loops go on from their journals and keys are written again when it is back; what is shown here was read before, and nothing can be changed. It is tried again by itself.',
      sentence(state.problem),
    ),
    since: state.since,
    password: !own && /auth|pass|NOPERM/i.test(state.problem),
  };
}

/** Ends like one. */
function sentence(problem: string): string {
  const text = visible(problem).trim();
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}

export function drawStore(
  browser: Pick<KeyBrowser, 'store' | 'filter'>,
  views: readonly LoopView[],
): StorePart {
  const { store } = browser;
  const { state } = store;
  return {
    state: state.kind,
    name: storeName(state.kind === 'connecting' ? '' : state.behind),
    problem: '',
    banner: storeBanner(store),
    count: countText(store.size),
    freshness: freshness(store),
    edits: store.edits,
    filter: shownFilter(browser.filter),
    loops: loopsOf(views),
  };
}

const loopsOf = (views: readonly LoopView[]): StorePart['loops'] =>
  views
    .filter((view) => !view.archived)
    .slice(0, MOST_LOOPS)
    .map((view) => ({ taskId: view.taskId, title: taskTitle(view, 40) }));

/** While there is no browser: why. */
export function drawNoStore(problem: string | null): StorePart {
  return {
    state: problem === null ? 'opening' : 'problem',
    name: storeName(''),
    problem: problem ?? '',
    banner: null,
    count: '',
    freshness: '',
    edits: 'read-only',
    filter: { text: '', type: null, taskId: null },
    loops: [],
  };
}

type Filter = StorePart['filter'];

const TYPES: ReadonlySet<string> = new Set(['string', 'list', 'hash', 'set', 'zset', 'stream']);
const isType = (type: string): type is NonNullable<Filter['type']> => TYPES.has(type);

export const shownFilter = ({ text, type, taskId }: KeyBrowser['filter']): Filter => ({
  text,
  type: type !== null && isType(type) ? type : null,
  taskId,
});

export function drawRow(row: BrowserRow, ids: KeyIds): KeyRow {
  const { label, depth } = row;
  if (row.kind === 'prefix') {
    const { count, open } = row;
    // A prefix is no key, though one may be called like it.
    return { kind: 'prefix', id: ids.of(prefixId(row.path)), label: shownName(label), depth, count, open };
  }
  const { facts } = row;
  return {
    kind: 'key',
    id: ids.of(keyId(row.name)),
    label: shownName(label),
    depth,
    facts: facts && {
      type: facts.type,
      endsAt: facts.endsAt,
      size: facts.bytes === null ? '' : sizeText(facts.bytes),
      owner: facts.owner === null ? null : visible(facts.owner),
    },
  };
}

export const keyId = (name: string): string => `k${name}`;
export const prefixId = (path: string): string => `p${path}`;

/** The key's name behind an id; `null` for a prefix and for what is none of ours. */
export function keyOf(ids: KeyIds, id: number): string | null {
  const found = ids.nameOf(id);
  return found?.startsWith('k') === true ? found.slice(1) : null;
}

export function pathOf(ids: KeyIds, id: number): string | null {
  const found = ids.nameOf(id);
  return found?.startsWith('p') === true ? found.slice(1) : null;
}

/** A person's hold comes first: it is theirs to end. */
export function drawWaits(
  browser: Pick<KeyBrowser, 'waits' | 'locks'>,
  views: readonly LoopView[],
  ids: KeyIds,
): WaitsPart {
  return {
    held: views.filter(isActive).flatMap((view) =>
      view.held
        ? [
            {
              taskId: view.taskId,
              who: taskTitle(view, 40),
              text: l10n.t(
                'Held by you before transfer point {0}. Nothing times out while it is held.',
                view.held.point,
              ),
              since: view.held.since,
            },
          ]
        : [],
    ),
    waits: browser.waits.map((wait) => ({
      who: visible(wait.name) || (wait.taskId ?? l10n.t('orchestrator')),
      command: visible(wait.command),
      keys: wait.keys.slice(0, 3).map((name) => ({ id: ids.of(keyId(name)), name: shownName(name) })),
      since: wait.since,
      until: wait.until,
    })),
    locks: browser.locks.map(({ name, facts }) => ({
      id: ids.of(keyId(name)),
      name: shownName(name),
      owner: facts?.owner == null ? '' : visible(facts.owner),
      endsAt: facts?.endsAt ?? null,
    })),
  };
}

/** `you changed the TTL of …:decision from 5:00 to 60:00` */
export const changeText = ({ action, key, detail }: HandChange): string =>
  l10n.t('you {0} {1}', visible(action), visible(key)) + (detail === '' ? '' : ` (${visible(detail)})`);

export const drawChanges = ({ newest, count }: KeyBrowser['changes']): ChangesPart => ({
  newest: newest.toReversed().map((change) => ({ at: change.at, text: changeText(change) })),
  count,
});
