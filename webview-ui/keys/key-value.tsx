import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import type { KeyBody, KeyCell } from '../../src/protocol/webview-keys.ts';
import { Button } from '../kit/button.tsx';
import { integer } from '../kit/figures.ts';
import { Icon } from '../kit/icon.tsx';
import { VirtualList } from '../kit/virtual-list.tsx';
import type { SendKeys } from './keys-view.tsx';

interface Props {
  readonly id: number;
  readonly body: KeyBody;
  readonly canEdit: boolean;
  readonly send: SendKeys;
}

export function KeyValue({ id, body, canEdit, send }: Props) {
  switch (body.kind) {
    case 'json':
      return <Json body={body} />;
    case 'text':
    case 'hex':
      return (
        <>
          {/* It scrolls, so it takes the focus. */}
          <pre
            class="value mono"
            tabIndex={0}
            role="region"
            aria-label={l10n.t('Text of the value')}
            data-key="value"
          >
            {body.text === '' ? <span class="dim">{l10n.t('empty')}</span> : <bdi>{body.text}</bdi>}
          </pre>
          {body.note !== '' && <p class="dim">{body.note}</p>}
        </>
      );
    case 'list':
      return <List id={id} body={body} canEdit={canEdit} send={send} />;
    case 'table':
      return <Table id={id} body={body} canEdit={canEdit} send={send} />;
    case 'other':
      return <p class="dim">{body.text}</p>;
  }
}

type Json = Extract<KeyBody, { kind: 'json' }>;

interface Line {
  readonly at: number;
  readonly line: Json['lines'][number];
}

/** Objects and arrays fold at the line that opens them. */
function Json({ body: { lines } }: { readonly body: Json }) {
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const shown: Line[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    if (!line) continue;
    shown.push({ at, line });
    if (folded.has(at) && line.end !== null) at = line.end;
  }
  const toggle = (at: number): void => {
    const next = new Set(folded);
    if (!next.delete(at)) next.add(at);
    setFolded(next);
  };
  return (
    <VirtualList
      items={shown}
      keyOf={({ at }) => String(at)}
      estimate={18}
      label={l10n.t('JSON of the value')}
      class="json mono"
      row={({ at, line }) => (
        <JsonLine at={at} line={line} lines={lines} folded={folded.has(at)} toggle={toggle} />
      )}
    />
  );
}

interface JsonLineProps extends Line {
  readonly lines: Json['lines'];
  readonly folded: boolean;
  readonly toggle: (at: number) => void;
}

const MOST_INDENT = 12;

function JsonLine({ at, line, lines, folded, toggle }: JsonLineProps) {
  const { depth, text, end, items } = line;
  const closing = folded && end !== null ? (lines[end]?.text ?? '') : '';
  return (
    <>
      <span class="number-of-line" aria-hidden="true">
        {at}
      </span>
      <span class="indent" style={{ width: `${Math.min(depth, MOST_INDENT) * 16}px` }} />
      {end === null ? (
        <span class="no-fold" />
      ) : (
        <button
          type="button"
          class={folded ? 'fold' : 'fold open'}
          aria-expanded={!folded}
          aria-label={items === 1 ? l10n.t('1 entry') : l10n.t('{0} entries', items)}
          onClick={() => toggle(at)}
        >
          <Icon name="fold" />
        </button>
      )}
      <span class="json-text">
        <bdi>{text}</bdi>
        {folded && (
          <>
            {' '}
            <span class="dim">{items === 1 ? l10n.t('1 item') : l10n.t('{0} items', items)}</span> {closing}
          </>
        )}
      </span>
    </>
  );
}

function CellText({ cell }: { readonly cell: KeyCell }) {
  return (
    <>
      <span class={cell.hex ? 'cell mono hex' : 'cell mono'}>
        {cell.text === '' ? <span class="dim">{l10n.t('empty')}</span> : <bdi>{cell.text}</bdi>}
      </span>
      {cell.note !== '' && <span class="dim"> ({cell.note})</span>}
    </>
  );
}

interface ListProps extends Omit<Props, 'body'> {
  readonly body: Extract<KeyBody, { kind: 'list' }>;
}

function List({ id, body, canEdit, send }: ListProps) {
  const { items, offset, total } = body;
  const page = (to: 'first' | 'previous' | 'next' | 'last') => () => send({ type: 'page', id, to });
  return (
    <>
      <Pager
        text={l10n.t('{0}–{1} of {2}', offset + 1, offset + items.length, integer(total))}
        back={offset > 0 ? { first: page('first'), previous: page('previous') } : null}
        on={offset + items.length < total ? { next: page('next'), last: page('last') } : null}
      />
      <table class="cells" data-key="items">
        <thead>
          <tr>
            <th scope="col">{l10n.t('No.')}</th>
            <th scope="col">{l10n.t('Item')}</th>
            {canEdit && (
              <th scope="col">
                <span class="unseen">{l10n.t('Actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {items.map((cell, item) => (
            <tr key={offset + item}>
              <td class="dim numbers">{offset + item}</td>
              <td>
                <CellText cell={cell} />
              </td>
              {canEdit && (
                <td class="tools">
                  <Button
                    bare
                    name={`change-${item}`}
                    label={l10n.t('Change item {0}', offset + item)}
                    icon="edit"
                    onClick={() => send({ type: 'change', id, item })}
                  />
                  {body.redeliver && (
                    <Button
                      bare
                      name={`redeliver-${item}`}
                      label={l10n.t('Deliver item {0} again', offset + item)}
                      hint={l10n.t('Deliver again: run, attempt and nonce stay, so a completion counts once')}
                      icon="retry"
                      onClick={() => send({ type: 'redeliver', id, item })}
                    />
                  )}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

interface TableProps extends Omit<Props, 'body'> {
  readonly body: Extract<KeyBody, { kind: 'table' }>;
}

function Table({ id, body, send }: TableProps) {
  const { columns, rows, total, more, back, editable } = body;
  const page = (to: 'first' | 'previous' | 'next') => () => send({ type: 'page', id, to });
  return (
    <>
      <Pager
        text={l10n.t('{0} of {1}', rows.length, integer(total))}
        back={back ? { first: page('first'), previous: page('previous') } : null}
        on={more ? { next: page('next') } : null}
      />
      <table class="cells" data-key="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
            {editable && (
              <th scope="col">
                <span class="unseen">{l10n.t('Actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, item) => (
            <tr key={item}>
              {row.map((cell, column) => (
                <td key={column}>
                  <CellText cell={cell} />
                </td>
              ))}
              {editable && (
                <td class="tools">
                  <Button
                    bare
                    name={`change-${item}`}
                    label={l10n.t('Change {0}', row[0]?.text ?? '')}
                    icon="edit"
                    onClick={() => send({ type: 'change', id, item })}
                  />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

interface PagerProps {
  readonly text: string;
  readonly back: { readonly first: () => void; readonly previous: () => void } | null;
  readonly on: { readonly next: () => void; readonly last?: () => void } | null;
}

function Pager({ text, back, on }: PagerProps) {
  if (!back && !on) return null;
  return (
    <nav class="pager" aria-label={l10n.t('Pages')}>
      <span class="dim">{text}</span>
      {back && <Button name="page-first" label={l10n.t('First')} onClick={back.first} />}
      {back && <Button name="page-previous" label={l10n.t('Previous')} onClick={back.previous} />}
      {on && <Button name="page-next" label={l10n.t('Next')} onClick={on.next} />}
      {on?.last && <Button name="page-last" label={l10n.t('Last')} onClick={on.last} />}
    </nav>
  );
}
