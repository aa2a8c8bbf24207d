import { describe, expect, it } from 'vitest';
import { PULSE_SLOT_MS, PULSE_SLOTS } from '../../domain/agents/signals.ts';
import { runnerSignalsSchema } from '../../protocol/attempt.ts';
import { createSignalRecorder } from './signal-recorder.ts';

function recorder() {
  const clock = { now: 1_700_000_000_000 };
  let changes = 0;
  const seen = createSignalRecorder({
    now: () => clock.now,
    redact: (text) => text.replaceAll('hunter2', '[redacted]'),
    onChange: () => (changes += 1),
  });
  return { seen, clock, changes: () => changes };
}

describe('what a runner sees of its agent', () => {
  it('keeps the output of five minutes in slots of ten seconds', () => {
    const { seen, clock } = recorder();
    seen.output(5);
    seen.output(6);
    clock.now += PULSE_SLOT_MS;
    seen.output(7);
    expect(seen.snapshot().pulse).toEqual({ endsAt: clock.now + PULSE_SLOT_MS, bytes: [11, 7] });
    clock.now += 3 * PULSE_SLOT_MS;
    expect(seen.snapshot().pulse.bytes).toEqual([11, 7, 0, 0, 0]);
    for (let slot = 0; slot < 100; slot += 1) {
      clock.now += PULSE_SLOT_MS;
      seen.output(1);
    }
    expect(seen.snapshot().pulse.bytes).toEqual(Array.from({ length: PULSE_SLOTS }, () => 1));
    clock.now += 86_400_000;
    expect(seen.snapshot().pulse.bytes).toEqual(Array.from({ length: PULSE_SLOTS }, () => 0));
  });

  it('is bounded and clean, whatever is printed', () => {
    const { seen } = recorder();
    seen.line(`${'x'.repeat(10_000_000)}\n\u001b[31mlast\u0007words\u001b[0m\n}\n`);
    seen.tool(`Bash \u001b]0;title\u0007${'y'.repeat(5000)}`);
    seen.file({ at: 1, path: `a\nb hunter2 ${'z'.repeat(5000)}` });
    for (let id = 0; id < 50; id += 1) seen.receipt({ id: String(id), state: 'waiting', why: '' });
    const signals = seen.snapshot();
    expect(signals.line?.text).toBe('last words');
    expect(signals.tool?.text).toHaveLength(300);
    expect(signals.file?.path).toMatch(/^a b \[redacted\] z+$/);
    expect(signals.nudges.map(({ id }) => id)).toEqual(['42', '43', '44', '45', '46', '47', '48', '49']);
    expect(JSON.stringify(signals).length).toBeLessThan(4000);
    expect(runnerSignalsSchema.parse(JSON.parse(JSON.stringify(signals)))).toEqual(signals);
  });

  it('tells CPU time when it changes, and now and then when it does not', () => {
    const { seen, clock, changes } = recorder();
    seen.cpu(0);
    seen.cpu(0.004);
    expect(changes()).toBe(1);
    seen.cpu(0.5);
    const busyAt = clock.now;
    clock.now += 10_000;
    seen.cpu(0);
    expect(seen.snapshot().cpu).toEqual({ at: clock.now, share: 0, busyAt });
  });

  it('knows whether a tool still runs', () => {
    const { seen } = recorder();
    seen.toolDone();
    expect(seen.snapshot().tool).toBeNull();
    seen.tool('Bash npm test');
    expect(seen.snapshot().tool).toMatchObject({ text: 'Bash npm test', running: true });
    seen.toolDone();
    expect(seen.snapshot().tool).toMatchObject({ text: 'Bash npm test', running: false });
  });

  it('believes in a rate limit until the agent goes on, or says nothing long after its next try', () => {
    const { seen, clock } = recorder();
    expect(seen.isRateLimited()).toBe(false);
    seen.rateLimit({ text: 'rate-limited (429)', delayMs: 5000 });
    expect(seen.snapshot().rateLimit).toEqual({
      at: clock.now,
      until: clock.now + 5000,
      text: 'rate-limited (429)',
    });
    clock.now += 64_000;
    expect(seen.isRateLimited()).toBe(true);
    clock.now += 1000;
    expect(seen.snapshot().rateLimit).toBeNull();
    seen.rateLimit({ text: 'rate-limited', delayMs: null });
    seen.rateLimit(null);
    expect(seen.isRateLimited()).toBe(false);
  });

  it('knows what became of each message', () => {
    const { seen, clock } = recorder();
    seen.receipt({ id: 'a', state: 'waiting', why: '' });
    seen.receipt({ id: 'b', state: 'refused', why: 'It takes none.' });
    clock.now += 1;
    seen.receipt({ id: 'a', state: 'delivered', why: '' });
    expect(seen.snapshot().nudges).toEqual([
      { id: 'b', at: clock.now - 1, state: 'refused', why: 'It takes none.' },
      { id: 'a', at: clock.now, state: 'delivered', why: '' },
    ]);
  });
});
