import * as l10n from '@vscode/l10n';
import type { SelectedPart, ToKeys } from '../../src/protocol/webview-keys.ts';
import { useNow } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import { Icon } from '../kit/icon.tsx';
import type { SendKeys } from './keys-view.tsx';
import { KeyValue } from './key-value.tsx';
import { leftText } from './left.ts';

interface Props {
  readonly selected: SelectedPart | null;
  readonly told: Extract<ToKeys, { type: 'told' }> | null;
  readonly canEdit: boolean;
  readonly send: SendKeys;
}

export function KeyDetails({ selected, told, canEdit, send }: Props) {
  const failed = told?.failed === true && (
    <p class="error" data-key="failed" role="alert">
      <bdi>{told.message}</bdi>
    </p>
  );
  if (!selected) {
    return (
      <section class="details" aria-label={l10n.t('Value')}>
        {failed}
        <p class="keys-none dim">
          {l10n.t(
            'Choose a key to see what it holds. Keys are projections of the journal: what holds a loop is a breakpoint on a transfer point.',
          )}
        </p>
      </section>
    );
  }
  const { id, name, state } = selected;
  return (
    <section class="details" aria-label={l10n.t('Value')} data-key="details">
      <div class="details-head">
        <h2 class="mono cut" title={name}>
          <bdi>{name}</bdi>
        </h2>
        <Actions selected={selected} mayEdit={canEdit && state === 'read'} send={send} />
      </div>
      <Facts selected={selected} />
      {failed}
      {state === 'failed' && <p class="error">{selected.problem}</p>}
      {state === 'read' && selected.problem !== '' && <p class="error">{selected.problem}</p>}
      <Point selected={selected} send={send} />
      {state === 'reading' && <p class="dim">{l10n.t('Reading…')}</p>}
      {state === 'gone' && <p class="dim">{l10n.t('This key is no longer there.')}</p>}
      {selected.body && <KeyValue key={id} id={id} body={selected.body} canEdit={canEdit} send={send} />}
      {selected.whole !== '' && (
        <p>
          <button type="button" class="link" data-key="whole" onClick={() => send({ type: 'whole', id })}>
            {selected.whole}
          </button>
        </p>
      )}
      <p class="note dim" data-key="note">
        {selected.note}
      </p>
    </section>
  );
}

interface ActionsProps {
  readonly selected: SelectedPart;
  readonly mayEdit: boolean;
  readonly send: SendKeys;
}

function Actions({ selected, mayEdit, send }: ActionsProps) {
  const { id, fixed, isList, body } = selected;
  const isString = body?.kind === 'text' || body?.kind === 'json';
  return (
    <div class="buttons tools">
      <Button
        bare
        name="copy-name"
        label={l10n.t('Copy name')}
        icon="copy"
        onClick={() => send({ type: 'copy', id, what: 'name' })}
      />
      {isString && (
        <Button
          bare
          name="edit-value"
          label={l10n.t('Change value')}
          icon="edit"
          disabled={fixed !== '' || !mayEdit}
          hint={fixed === '' ? l10n.t('Change value') : fixed}
          onClick={() => send({ type: 'change', id, item: null })}
        />
      )}
      {isList && (
        <Button
          bare
          name="push-here"
          label={l10n.t('Push a message to this list: asks first')}
          icon="send"
          disabled={!mayEdit}
          onClick={() => send({ type: 'push', id })}
        />
      )}
      <Button
        bare
        name="edit-ttl"
        label={l10n.t('Change TTL')}
        icon="clock"
        disabled={!mayEdit}
        onClick={() => send({ type: 'expire', id })}
      />
      <Button
        bare
        name="delete-key"
        label={l10n.t('Delete key: asks first')}
        icon="trash"
        disabled={!mayEdit}
        onClick={() => send({ type: 'delete', id })}
      />
    </div>
  );
}

function Facts({ selected: { facts, endsAt, state, point } }: { readonly selected: SelectedPart }) {
  const now = useNow(endsAt !== null);
  if (state !== 'read') return null;
  return (
    <p class="facts">
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
      <span>{endsAt === null ? l10n.t('no TTL') : l10n.t('TTL {0}', leftText(endsAt - now))}</span>
      {point && (
        <span class="fact" data-key="point">
          <Icon name={point.verified ? 'done' : 'bad'} tone={point.verified ? 'ok' : 'err'} />{' '}
          {point.verified
            ? l10n.t('transfer point {0}: verified', point.point)
            : l10n.t('transfer point {0}: not verified', point.point)}
        </span>
      )}
    </p>
  );
}

/** A transfer point's key: what it is worth, and what steers instead. */
function Point({
  selected: { id, point },
  send,
}: {
  readonly selected: SelectedPart;
  readonly send: SendKeys;
}) {
  if (!point) return null;
  return (
    <div class={point.verified ? 'banner' : 'banner err'} data-key="point-banner">
      <Icon
        name={point.breakpoint ? 'breakpoint' : point.verified ? 'done' : 'bad'}
        tone={point.verified && !point.breakpoint ? 'ok' : 'err'}
      />
      <span>
        {point.verified ? (
          <>
            <b>{l10n.t('Verified.')}</b> {l10n.t('The key holds what the journal says was handed over.')}
          </>
        ) : (
          <>
            <b>{l10n.t('Not verified.')}</b>{' '}
            {l10n.t(
              'The key no longer holds what the journal says was handed over. The loop goes by its journal.',
            )}
          </>
        )}
        {point.breakpoint && ` ${l10n.t('The loop stops before this transfer point.')}`}
      </span>
      {point.active && (
        <span class="buttons">
          <Button
            name="stop-before"
            label={l10n.t('Stop before TP {0}…', point.point)}
            icon="breakpoint"
            onClick={() => send({ type: 'breakpoint', id })}
          />
        </span>
      )}
    </div>
  );
}
