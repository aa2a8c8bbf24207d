import * as l10n from '@vscode/l10n';
import type { PanelAgent, Timed } from '../../src/protocol/panel-loop.ts';
import { age, useNow } from '../kit/age.tsx';

/** Each signal with its age: nothing is said of an agent without when it was seen. */
export function Signals({ signals }: { readonly signals: readonly Timed[] }) {
  const now = useNow(signals.some((signal) => signal.at !== null));
  return (
    <span class="signals dim">
      {signals.map((signal, index) => (
        <span key={index}>
          {index > 0 && ' · '}
          <bdi>{signal.text}</bdi>
          {signal.at !== null && signal.age !== null && ` ${told(signal.at, signal.age, now)}`}
        </span>
      ))}
    </span>
  );
}

function told(at: number, kind: NonNullable<Timed['age']>, now: number): string {
  if (kind === 'until') return at > now ? l10n.t('in {0}', age(at - now)) : l10n.t('now');
  return kind === 'ago' ? l10n.t('{0} ago', age(now - at)) : age(now - at);
}

const SLOT_MS = 10_000;
const SLOTS = 30;
const HEIGHT = 12;

/** Output over five minutes: what is quiet and what is stuck is seen as a shape. */
export function Pulse({ pulse }: { readonly pulse: NonNullable<PanelAgent['pulse']> }) {
  const now = useNow(true);
  const silent = Math.max(0, Math.min(SLOTS, Math.ceil((now - pulse.endsAt) / SLOT_MS)));
  const slots = [...pulse.bytes, ...Array.from({ length: silent }, () => 0)].slice(-SLOTS);
  const most = Math.max(1, ...slots);
  const first = SLOTS - slots.length;
  return (
    <svg class="pulse" viewBox={`0 0 ${SLOTS * 2} ${HEIGHT}`} aria-hidden="true">
      {slots.map((bytes, index) => {
        // By its root, so that a burst does not make everything else look silent.
        const height = bytes === 0 ? 0.6 : Math.max(1.5, Math.sqrt(bytes / most) * HEIGHT);
        return <rect key={index} x={(first + index) * 2} y={HEIGHT - height} width="1.2" height={height} />;
      })}
    </svg>
  );
}
