/** The chosen key in words; pure. */
import { l10n } from 'vscode';
import { WHOLE_BYTES, type Cell, type ValueBody } from '../../app/keys/key-value.ts';
import type { SelectedKey } from '../../app/keys/selection.ts';
import type { StoreFacts } from '../../app/keys/key-browser.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { spaceOf } from '../../protocol/keys.ts';
import type { KeyBody, KeyCell, SelectedPart } from '../../protocol/webview-keys.ts';
import { count } from '../panel/figures.ts';
import { isActive } from '../words.ts';
import { keyId } from './draw-store.ts';
import type { KeyIds } from './key-ids.ts';
import { shownName, shownText, sizeText } from './shown-text.ts';

/** With more lines than this folding them is of no use, and drawing them takes long. */
const MOST_JSON_LINES = 5000;

export interface ValueSurroundings {
  readonly edits: StoreFacts['edits'];
  readonly views: readonly LoopView[];
  readonly ids: KeyIds;
  /** Of a table: whether there are pages before this one. */
  readonly hasBack: boolean;
}

export function drawValue(selected: SelectedKey | null, around: ValueSurroundings): SelectedPart | null {
  if (!selected) return null;
  const { name, value, state, problem, endsAt, handOver } = selected;
  const body = value?.body ?? null;
  return {
    id: around.ids.of(keyId(name)),
    name: shownName(name),
    state,
    problem: shownText(problem).slice(0, 500),
    facts: value ? [typeText(value.type, body), ...sizeOf(value.memory, body)] : [],
    endsAt,
    body: body && drawBody(body, around),
    fixed: fixedBecause(selected, around.edits),
    isList: value?.type === 'list',
    whole: wholeText(body),
    note: noteOf(name),
    point: handOver && { ...handOver, ...loopOf(name, around.views) },
  };
}

/** The loop that wrote a hand-over under this key last. */
export function loopWith(key: string, views: readonly LoopView[]): LoopView | null {
  return views.find((view) => view.transferPoints.some((each) => each.key === key)) ?? null;
}

function loopOf(
  key: string,
  views: readonly LoopView[],
): { readonly active: boolean; readonly breakpoint: boolean } {
  const view = loopWith(key, views);
  const point = view?.transferPoints.findLast((each) => each.key === key)?.point;
  if (!view || point === undefined) return { active: false, breakpoint: false };
  return { active: isActive(view), breakpoint: view.breakpoints.includes(point) };
}

function typeText(type: string, body: ValueBody | null): string {
  switch (body?.kind) {
    case 'list':
      return l10n.t('list, {0}', count(body.total, 'item'));
    case 'table':
      return l10n.t('{0}, {1}', type, count(body.total, body.type === 'hash' ? 'field' : 'member'));
    case 'json':
      return l10n.t('string, JSON');
    case 'hex':
      return l10n.t('string, not UTF-8');
    default:
      return type;
  }
}

function sizeOf(memory: number | null, body: ValueBody | null): readonly string[] {
  if (body?.kind === 'text' || body?.kind === 'hex') return [sizeText(body.bytes)];
  return memory === null ? [] : [l10n.t('{0} in the store', sizeText(memory))];
}

export function drawBody(body: ValueBody, { hasBack, edits }: ValueSurroundings): KeyBody {
  switch (body.kind) {
    case 'text':
    case 'hex': {
      const note = body.cut ? l10n.t('The beginning of {0}.', sizeText(body.bytes)) : '';
      const text = body.kind === 'hex' ? body.text : shownText(body.text);
      return { kind: body.kind, text, note };
    }
    case 'json':
      if (body.lines.length > MOST_JSON_LINES) return { kind: 'text', text: shownText(body.text), note: '' };
      return {
        kind: 'json',
        lines: body.lines.map(({ depth, text, end, items }) => ({
          depth,
          text: shownText(text, false),
          end,
          items,
        })),
      };
    case 'list':
      return {
        kind: 'list',
        total: body.total,
        offset: body.offset,
        items: body.items.map(drawCell),
        redeliver: edits !== 'read-only',
      };
    case 'table':
      return {
        kind: 'table',
        columns: COLUMNS[body.type],
        total: body.total,
        rows: body.rows.map((row) => row.map(drawCell)),
        more: body.next !== null,
        back: hasBack,
        editable: body.type === 'hash' && edits !== 'read-only',
      };
    case 'other':
      return {
        kind: 'other',
        text: l10n.t('Values of the type {0} are not shown here; the loop writes none.', body.type),
      };
  }
}

const COLUMNS = {
  hash: [l10n.t('Field'), l10n.t('Value')],
  set: [l10n.t('Member')],
  zset: [l10n.t('Member'), l10n.t('Score')],
};

function drawCell({ text, hex, bytes, cut }: Cell): KeyCell {
  const size = cut ? l10n.t('the beginning of {0}', sizeText(bytes)) : '';
  const note = hex ? [l10n.t('not UTF-8'), size].filter((part) => part !== '').join(', ') : size;
  return { text: hex ? text : shownText(text), hex, note };
}

/** Why the string itself cannot be changed here. */
function fixedBecause({ value }: SelectedKey, edits: StoreFacts['edits']): string {
  if (edits === 'read-only') return l10n.t('Read-only: this server was not started by CFN Loop.');
  switch (value?.body.kind) {
    case 'text':
      return value.body.cut ? l10n.t('Values over {0} are not changed here.', sizeText(WHOLE_BYTES)) : '';
    case 'json':
      return '';
    case 'hex':
      return l10n.t('What is no UTF-8 is not changed here.');
    case 'list':
      return l10n.t('Change its items one by one.');
    case 'table':
      return value.body.type === 'hash'
        ? l10n.t('Change its fields one by one.')
        : l10n.t('Members are not changed here.');
    default:
      return l10n.t('There is nothing to change.');
  }
}

function wholeText(body: ValueBody | null): string {
  if (body?.kind === 'text' || body?.kind === 'hex') {
    return body.cut ? l10n.t('Show all {0}…', sizeText(body.bytes)) : l10n.t('Open as document');
  }
  return body?.kind === 'json' ? l10n.t('Open as document') : '';
}

function noteOf(name: string): string {
  switch (spaceOf(name)) {
    case 'lock':
      return l10n.t('A lock: its holder goes on believing that it holds it, whatever stands here.');
    case 'cache':
      return l10n.t('A cache: it is worked out again when somebody needs it.');
    default:
      return l10n.t(
        'Keys are projections of the journal: a change alters what readers see, not the loop. What holds a loop is a breakpoint on a transfer point.',
      );
  }
}
