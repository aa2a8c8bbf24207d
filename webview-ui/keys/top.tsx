import * as l10n from '@vscode/l10n';
import { useEffect, useRef, useState } from 'preact/hooks';
import { KEY_TYPES, type StorePart } from '../../src/protocol/webview-keys.ts';
import { Age } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import { fill } from '../kit/fill.tsx';
import { Icon } from '../kit/icon.tsx';
import { Menu } from '../kit/menu.tsx';
import type { SendKeys } from './keys-view.tsx';

interface Props {
  readonly store: StorePart;
  readonly send: SendKeys;
  readonly showKeys: () => void;
}

export function Top({ store, send, showKeys }: Props) {
  const isUp = store.state === 'up';
  const mayEdit = isUp && store.edits !== 'read-only';
  return (
    <header class="keys-top">
      <div class="line1">
        <h1 class="cut">{l10n.t('Coordination')}</h1>
        <div class="buttons">
          <Button
            shrinks
            name="push"
            label={l10n.t('Push message…')}
            icon="send"
            disabled={!mayEdit}
            hint={l10n.t('Puts a message into a list; asks first, and goes on record.')}
            onClick={() => send({ type: 'push', id: null })}
          />
          <Button
            bare
            name="refresh"
            label={l10n.t('Read again')}
            icon="refresh"
            disabled={!isUp}
            onClick={() => send({ type: 'ask', what: 'refresh' })}
          />
          <Menu
            name="more"
            label={l10n.t('More actions')}
            items={[
              {
                name: 'allow-edits-menu',
                label: l10n.t('Allow edits…'),
                disabled: !isUp || store.edits !== 'read-only',
                onClick: () => send({ type: 'ask', what: 'allowEdits' }),
              },
              {
                name: 'log',
                label: l10n.t('Open log'),
                onClick: () => send({ type: 'command', command: 'showLog' }),
              },
              {
                name: 'doctor',
                label: l10n.t('Doctor'),
                onClick: () => send({ type: 'command', command: 'doctor' }),
              },
              { name: 'keys', label: l10n.t('All shortcuts'), onClick: showKeys },
            ]}
          />
        </div>
      </div>
      <Facts store={store} send={send} />
      <Search store={store} send={send} />
    </header>
  );
}

const EDITS = {
  ours: l10n.t('edits allowed: this store is ours'),
  allowed: l10n.t('edits allowed by you, in this tab'),
  'read-only': l10n.t('read-only: not started by CFN Loop'),
} as const;

function Facts({ store, send }: Omit<Props, 'showKeys'>) {
  if (store.state === 'opening' || store.state === 'connecting') {
    return (
      <p class="facts">
        <span class="fact">
          <Icon name="now" tone="spin" /> {l10n.t('Connecting to the store')}
        </span>
      </p>
    );
  }
  if (store.state === 'problem') return null;
  return (
    <p class="facts">
      <span class="fact">
        <Icon name={store.state === 'up' ? 'database' : 'lost'} />
        <b data-key="store-name">
          <bdi>{store.name}</bdi>
        </b>
      </span>
      {store.count !== '' && (
        <span
          title={l10n.t('As the store counts them; the tree shows those that were read.')}
          data-key="store-count"
        >
          {store.count}
        </span>
      )}
      {store.state === 'up' && (
        <span class="fact">
          <Icon name="pulse" /> {store.freshness}
        </span>
      )}
      <span data-key="edits">
        {EDITS[store.edits]}
        {store.state === 'up' && store.edits === 'read-only' && (
          <>
            {' '}
            <button
              type="button"
              class="link"
              data-key="allow-edits"
              onClick={() => send({ type: 'ask', what: 'allowEdits' })}
            >
              {l10n.t('Allow edits…')}
            </button>
          </>
        )}
      </span>
    </p>
  );
}

/** A pause in typing; each search reads the store from its beginning. */
const TYPING_MS = 250;

function Search({ store, send }: Omit<Props, 'showKeys'>) {
  const [filter, setFilter] = useState(store.filter);
  const due = useRef<ReturnType<typeof setTimeout> | null>(null);
  const searched = useRef(JSON.stringify(store.filter));
  // The first filter comes with the store, when it was kept over a reload.
  useEffect(() => {
    searched.current = JSON.stringify(store.filter);
    setFilter(store.filter);
  }, [store.state === 'opening']);
  const search = (next: StorePart['filter'], pause: number): void => {
    setFilter(next);
    if (due.current !== null) clearTimeout(due.current);
    due.current = setTimeout(() => {
      const text = JSON.stringify(next);
      if (text === searched.current) return;
      searched.current = text;
      send({ type: 'search', filter: next });
    }, pause);
  };
  return (
    <form class="keys-search" role="search" onSubmit={(event) => event.preventDefault()}>
      <span class="search-field">
        <Icon name="search" />
        <input
          type="text"
          class="vscode-textfield"
          data-key="search"
          aria-label={l10n.t('Search keys')}
          maxLength={500}
          placeholder={l10n.t('Search keys, or a pattern such as coord:*:decision')}
          value={filter.text}
          onInput={(event) => search({ ...filter, text: event.currentTarget.value }, TYPING_MS)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') search(filter, 0);
            if (event.key === 'Escape' && filter.text !== '') search({ ...filter, text: '' }, 0);
          }}
        />
      </span>
      <select
        class="keys-select"
        data-key="type"
        aria-label={l10n.t('Type')}
        value={filter.type ?? ''}
        onChange={(event) => {
          const type = KEY_TYPES.find((each) => each === event.currentTarget.value) ?? null;
          search({ ...filter, type }, 0);
        }}
      >
        <option value="">{l10n.t('All types')}</option>
        {KEY_TYPES.map((type) => (
          <option key={type} value={type}>
            {type}
          </option>
        ))}
      </select>
      <select
        class="keys-select"
        data-key="loop"
        aria-label={l10n.t('Loop')}
        value={filter.taskId ?? ''}
        onChange={(event) => search({ ...filter, taskId: event.currentTarget.value || null }, 0)}
      >
        <option value="">{l10n.t('All loops')}</option>
        {store.loops.map(({ taskId, title }) => (
          <option key={taskId} value={taskId}>
            {title}
          </option>
        ))}
      </select>
    </form>
  );
}

interface BannerProps {
  readonly banner: NonNullable<StorePart['banner']>;
  readonly send: SendKeys;
}

export function LostBanner({ banner, send }: BannerProps) {
  return (
    <div class="banner warn" data-key="banner-store">
      <Icon name="lost" tone="warn" />
      <span>
        <b>
          <bdi>{banner.title}</bdi> {fill(l10n.t('for {0}.'), <Age start={banner.since} />)}
        </b>{' '}
        <bdi>{banner.text}</bdi>
      </span>
      <span class="buttons">
        <Button
          name="banner-doctor"
          label={l10n.t('What still works')}
          onClick={() => send({ type: 'command', command: 'doctor' })}
        />
        {banner.password && (
          <Button
            name="banner-password"
            label={l10n.t('Set password…')}
            onClick={() => send({ type: 'command', command: 'setRedisPassword' })}
          />
        )}
      </span>
    </div>
  );
}
