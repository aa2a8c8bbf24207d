import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Asking } from './question.ts';
import { pulseAt, PULSE_SLOT_MS, PULSE_SLOTS, type RunnerSignals } from './signals.ts';
import { judgeEnded, judgeQueued, judgeRunning, SUSPICION, suspicionAfter } from './status.ts';

const START = 1_000_000;
const NOW = START + 3_600_000;
const secondsAgo = (seconds: number) => NOW - seconds * 1000;

const nothing: RunnerSignals = {
  outputAt: null,
  line: null,
  pulse: { endsAt: NOW, bytes: [] },
  cpu: null,
  file: null,
  tool: null,
  rateLimit: null,
  attention: null,
  nudges: [],
  questions: [],
};
const NOT_ASKING: Asking = { since: null, closedAt: null };
const judge = (signals: Partial<RunnerSignals> | null, startedAt = START, asking = NOT_ASKING) =>
  judgeRunning({
    startedAt,
    asking,
    signals: signals && { ...nothing, ...signals },
    now: NOW,
    limits: SUSPICION,
  });
const cpu = (share: number, busy: number | null) => ({
  at: secondsAgo(1),
  share,
  busyAt: busy === null ? null : secondsAgo(busy),
});

describe('a running agent', () => {
  it.each([
    ['works when it printed just now', { outputAt: secondsAgo(3) }, 'working'],
    [
      'works when a file changed just now',
      { outputAt: secondsAgo(900), file: { at: secondsAgo(19), path: 'a' } },
      'working',
    ],
    ['is quiet when only CPU time moves', { outputAt: secondsAgo(40), cpu: cpu(0.64, 1) }, 'quiet'],
    [
      'is quiet before the limits, whatever is silent',
      { outputAt: secondsAgo(119), cpu: cpu(0, null) },
      'quiet',
    ],
    [
      'is quiet while one signal is younger than its limit',
      { outputAt: secondsAgo(900), file: { at: secondsAgo(119), path: 'a' }, cpu: cpu(0, 900) },
      'quiet',
    ],
    [
      'is suspected once all its signals are past their limits',
      { outputAt: secondsAgo(362), file: { at: secondsAgo(520), path: 'a' }, cpu: cpu(0, 900) },
      'stuck',
    ],
    ['is suspected without a look at its CPU time', { outputAt: secondsAgo(121) }, 'stuck'],
    [
      'is not suspected for silence while it computes',
      { outputAt: secondsAgo(899), cpu: cpu(1, 1) },
      'quiet',
    ],
    [
      'is suspected when it computes for very long and does nothing else',
      { outputAt: secondsAgo(901), cpu: cpu(1, 1) },
      'stuck',
    ],
    [
      'waits for a person who has to act, however silent it is',
      { outputAt: secondsAgo(900), attention: { at: secondsAgo(60), text: 'you have its terminal' } },
      'waiting-for-you',
    ],
    [
      'is rate-limited when its provider said so, however silent it is',
      { outputAt: secondsAgo(900), rateLimit: { at: secondsAgo(60), until: null, text: '429' } },
      'rate-limited',
    ],
  ] as const)('%s', (_, signals, status) => {
    expect(judge(signals).status).toBe(status);
  });

  it('tells the signals behind a suspicion, each with its age', () => {
    expect(
      judge({ outputAt: secondsAgo(362), file: { at: secondsAgo(520), path: 'a' }, cpu: cpu(0.004, null) }),
    ).toEqual({
      status: 'stuck',
      since: secondsAgo(362),
      facts: [
        { text: 'no output', at: secondsAgo(362), age: 'for' },
        { text: 'no file change', at: secondsAgo(520), age: 'for' },
        { text: 'CPU 0 %', at: null, age: null },
      ],
    });
  });

  it('tells what it does rather than that it printed', () => {
    const [printed] = judge({ outputAt: secondsAgo(1) }).facts;
    expect(printed).toEqual({ text: 'printed', at: secondsAgo(1), age: 'ago' });
    const tool = { at: secondsAgo(5), text: 'Bash npm test', running: true };
    expect(judge({ outputAt: secondsAgo(1), tool }).facts[0]?.text).toBe('running Bash npm test');
    expect(
      judge({ outputAt: secondsAgo(1), tool, file: { at: secondsAgo(2), path: 'src/jwt.ts' } }).facts,
    ).toEqual([{ text: 'changed src/jwt.ts', at: secondsAgo(2), age: 'ago' }]);
  });

  it('says when its provider takes requests again', () => {
    const rateLimit = { at: secondsAgo(10), until: NOW + 72_000, text: 'rate-limited (429)' };
    expect(judge({ rateLimit }).facts[1]).toEqual({ text: 'next try', at: NOW + 72_000, age: 'until' });
    expect(judge({ rateLimit: { ...rateLimit, until: NOW - 1 } }).facts[1]?.text).toBe('trying again');
    expect(judge({ rateLimit: { ...rateLimit, until: null } }).facts[1]?.text).toContain('did not say');
  });

  it('is never called stuck by a runner that tells nothing', () => {
    expect(judge(null, NOW - 5_000).status).toBe('working');
    expect(judge(null).status).toBe('quiet');
  });

  it('is suspected by two signals at least, and never while one of them is fresh', () => {
    const age = fc.option(fc.integer({ min: 0, max: 7200 }), { nil: null });
    fc.assert(
      fc.property(age, age, age, (output, file, busy) => {
        const at = (seconds: number | null) => (seconds === null ? null : secondsAgo(seconds));
        const verdict = judge({
          outputAt: at(output),
          file: file === null ? null : { at: secondsAgo(file), path: 'a' },
          cpu: cpu(0, busy),
        });
        if (verdict.status !== 'stuck') return;
        expect(verdict.facts.length).toBeGreaterThanOrEqual(2);
        for (const seconds of [output, file]) expect(seconds ?? 3600).toBeGreaterThanOrEqual(120);
      }),
    );
  });

  it('waits for a person while it asks something, with or without other signals', () => {
    const asking = { since: secondsAgo(130), closedAt: null };
    for (const signals of [null, { outputAt: secondsAgo(900) }]) {
      expect(judge(signals, START, asking)).toEqual({
        status: 'waiting-for-you',
        since: secondsAgo(130),
        facts: [{ text: 'asked a question', at: secondsAgo(130), age: 'for' }],
      });
    }
  });

  it('is not suspected for the silence in which it waited for an answer', () => {
    const signals = { outputAt: secondsAgo(900), cpu: cpu(0, 900) };
    const after = (seconds: number) => judge(signals, START, { since: null, closedAt: secondsAgo(seconds) });
    expect(judge(signals).status).toBe('stuck');
    expect(after(3)).toMatchObject({ status: 'working', facts: [{ text: 'its question ended' }] });
    expect(after(60).status).toBe('quiet');
    expect(after(121).status).toBe('stuck');
  });

  it('is suspected sooner or later as a person wants it', () => {
    const signals = { ...nothing, outputAt: secondsAgo(60) };
    const facts = { startedAt: START, signals, now: NOW, asking: NOT_ASKING };
    expect(judgeRunning({ ...facts, limits: suspicionAfter(30_000) }).status).toBe('stuck');
    expect(suspicionAfter(SUSPICION.outputMs)).toEqual(SUSPICION);
  });
});

describe('an agent that does not run', () => {
  const ended = { endedAt: NOW, exitCode: 0, claim: 'claims 0.86', attempt: 1, maxAttempts: 2 };

  it.each([
    ['completed', 'done', ['claims 0.86', 'result recorded']],
    ['failed', 'failed', ['exit 0', 'attempt 1 of 2']],
    ['idle', 'failed', ['no sign of life', 'attempt 1 of 2']],
    ['lost', 'lost', ['process gone, no exit code']],
    ['cancelled', 'cancelled', ['ended on request']],
    ['rate-limited', 'rate-limited', ['the provider took no more requests', 'nothing lost']],
  ] as const)('that %s is %s', (ending, status, facts) => {
    const verdict = judgeEnded({ ...ended, ending });
    expect(verdict.status).toBe(status);
    expect(verdict.facts.map((fact) => fact.text)).toEqual(facts);
  });

  it('has no claim without a valid result', () => {
    expect(judgeEnded({ ...ended, ending: 'completed', claim: null }).facts[0]?.text).toContain('no vote');
    expect(
      judgeEnded({ ...ended, ending: 'failed', exitCode: 1, claim: null }).facts.map((fact) => fact.text),
    ).toEqual(['exit 1', 'no result', 'attempt 1 of 2']);
  });

  it('waits for the person when the loop does', () => {
    expect(judgeQueued(null).status).toBe('queued');
    expect(judgeQueued({ text: 'The budget is reached.', since: NOW }).status).toBe('waiting-for-you');
  });
});

describe('a pulse', () => {
  it('shows the silence since the last output', () => {
    const pulse = { endsAt: NOW, bytes: [5, 7] };
    expect(pulseAt(pulse, NOW)).toEqual([5, 7]);
    expect(pulseAt(pulse, NOW + PULSE_SLOT_MS + 1)).toEqual([5, 7, 0, 0]);
    expect(pulseAt(pulse, NOW + 10 * PULSE_SLOTS * PULSE_SLOT_MS)).toEqual(
      Array.from({ length: PULSE_SLOTS }, () => 0),
    );
  });
});
