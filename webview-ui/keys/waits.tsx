import type { WaitsPart } from '../../src/protocol/webview-keys.ts';
import { duration, useNow } from '../kit/age.tsx';
import { Button } from '../kit/button.tsx';
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
    <section class="waits" aria-label="Who waits on what">
      <h2>
        Who waits on what{' '}
        <span class="dim">
          {waiting === 0 ? 'nobody waits' : `${waiting} waiting`}
          {held.length > 0 && `, ${held.length} because of you`}
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
            <span class="time">{duration(now - since)}, clock stopped</span>
            <Button
              name={`release-${taskId}`}
              label="Release"
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
              {duration(now - since)}
              {until !== null && ` of ${duration(until - since)}`}
            </span>
            {canPush && keys[0] && <PushTo id={keys[0].id} send={send} />}
          </li>
        ))}
        {locks.map(({ id, name, owner, endsAt }) => (
          <li key={`lock ${id}`} class="wait">
            <Icon name="lock" />
            <b class="cut">
              <bdi>{owner === '' ? 'lock' : owner}</bdi>
            </b>
            <span class="what">
              holds <KeyLink id={id} name={name} send={send} />
            </span>
            <span class="time">{endsAt === null ? 'no end' : `${leftText(endsAt - now)} left`}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PushTo({ id, send }: { readonly id: number; readonly send: SendKeys }) {
  return <Button name={`push-${id}`} label="Push…" onClick={() => send({ type: 'push', id })} />;
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
