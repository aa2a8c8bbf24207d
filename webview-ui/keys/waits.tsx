import * as l10n from '@vscode/l10n';
import type { WaitsPart } from '../../src/protocol/webview-keys.ts';
import { duration, useNow } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
import { fill } from '../kit/fill.tsx';
import { Icon } from '../kit/icon.tsx';
import type { SendKeys } from './keys-view.tsx';
import { leftText } from './left.ts';

interface Props {
  readonly waits: WaitsPart;
  readonly canPush: boolean;
  readonly send: SendKeys;
}

/** Holds of a person first, then clients that wait, then locks. */
export function Waits({ waits: { held, waits, locks }, canPush, send }: Props) {
  const now = useNow(held.length + waits.length + locks.length > 0);
  const waiting = held.length + waits.length;
  return (
    <section class="waits" aria-label={l10n.t('Who waits on what')}>
      <h2>
        {l10n.t('Who waits on what')}{' '}
        <span class="dim">
          {waitingText(waiting)}
          {held.length > 0 && `, ${becauseOfYou(held.length)}`}
        </span>
      </h2>
      <ul>
        {held.map(({ taskId, who, text, since }) => (
          <li key={`held ${taskId}`} class="wait">
            <Icon name="need" />
            <b class="cut" title={who}>
              <bdi>{who}</bdi>
            </b>
            <span class="what">{text}</span>
            <span class="time">{l10n.t('{0}, clock stopped', duration(now - since))}</span>
            <Button
              name={`release-${taskId}`}
              label={l10n.t('Release')}
              onClick={() => send({ type: 'release', taskId })}
            />
          </li>
        ))}
        {waits.map(({ who, command, keys, since, until }, index) => (
          <li key={`wait ${index}`} class="wait">
            <Icon name="now" tone="spin" />
            <b class="cut" title={who}>
              <bdi>{who}</bdi>
            </b>
            <span class="what">
              {command}{' '}
              {keys.map(({ id, name }, at) => (
                <span key={id}>
                  {at > 0 && ', '}
                  <KeyLink id={id} name={name} send={send} />
                </span>
              ))}
            </span>
            <span class="time">
              {until === null
                ? duration(now - since)
                : l10n.t('{0} of {1}', duration(now - since), duration(until - since))}
            </span>
            {canPush && keys[0] && <PushTo id={keys[0].id} send={send} />}
          </li>
        ))}
        {locks.map(({ id, name, owner, endsAt }) => (
          <li key={`lock ${id}`} class="wait">
            <Icon name="lock" />
            <b class="cut">
              <bdi>{owner === '' ? l10n.t('lock') : owner}</bdi>
            </b>
            <span class="what">{fill(l10n.t('holds {0}'), <KeyLink id={id} name={name} send={send} />)}</span>
            <span class="time">
              {endsAt === null ? l10n.t('no end') : l10n.t('{0} left', leftText(endsAt - now))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function waitingText(count: number): string {
  if (count === 0) return l10n.t('nobody waits');
  return count === 1 ? l10n.t('1 waiting') : l10n.t('{0} waiting', count);
}

const becauseOfYou = (count: number): string =>
  count === 1 ? l10n.t('1 because of you') : l10n.t('{0} because of you', count);

function PushTo({ id, send }: { readonly id: number; readonly send: SendKeys }) {
  return <Button name={`push-${id}`} label={l10n.t('Push…')} onClick={() => send({ type: 'push', id })} />;
}

interface LinkProps {
  readonly id: number;
  readonly name: string;
  readonly send: SendKeys;
}

function KeyLink({ id, name, send }: LinkProps) {
  return (
    <button type="button" class="link mono" onClick={() => send({ type: 'select', id, reveal: true })}>
      <bdi>{name}</bdi>
    </button>
  );
}
