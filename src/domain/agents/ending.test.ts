import { describe, expect, it } from 'vitest';
import { endingOf, type EndingFacts } from './ending.ts';
import { stopCause, type LivenessState } from './liveness.ts';

const ended: EndingFacts = {
  startError: null,
  exit: { code: 0, signal: null },
  stop: null,
  final: null,
  needsFinalEvent: false,
  outOfMemory: null,
  leftovers: 0,
};
const success = { success: true };

describe('endingOf', () => {
  it.each<[string, Partial<EndingFacts>, string, boolean]>([
    ['exit 0', {}, 'completed', false],
    ['exit 0 with a daemon left', { leftovers: 1 }, 'completed', true],
    ['exit 1', { exit: { code: 1, signal: null } }, 'failed', false],
    ['a program that does not start', { startError: 'no such program', exit: null }, 'failed', false],
    ['exit 0 without the final event it needs', { needsFinalEvent: true }, 'failed', false],
    ['exit 0 with it', { needsFinalEvent: true, final: success }, 'completed', false],
    ['exit 0 with an error in it', { final: { success: false, error: '401' } }, 'failed', false],
    ['exit 1 with a success in it', { final: success, exit: { code: 1, signal: null } }, 'failed', false],
    ['a refused request', { final: { success: false, rateLimited: true } }, 'rate-limited', false],
    [
      'the completion timeout',
      { stop: { kind: 'reported' }, exit: { code: null, signal: 'SIGKILL' } },
      'completed',
      true,
    ],
    [
      'a failed turn that does not exit',
      { stop: { kind: 'reported' }, final: { success: false } },
      'failed',
      true,
    ],
    ['the total limit', { stop: { kind: 'timeout', limitMs: 5000 }, final: success }, 'timeout', false],
    ['the idle limit', { stop: { kind: 'idle', limitMs: 5000 } }, 'idle', false],
    [
      'a cancel',
      { stop: { kind: 'cancelled', reason: 'stop' }, exit: { code: 0, signal: null } },
      'cancelled',
      false,
    ],
    ['the kernel', { exit: { code: null, signal: 'SIGKILL' }, outOfMemory: 'killed' }, 'oom', false],
    [
      'a report whose work is stranded elsewhere',
      { stop: { kind: 'reported' }, exit: { code: null, signal: null, stranded: 'gone' } },
      'lost',
      true,
    ],
    ['a foreign SIGKILL', { exit: { code: null, signal: 'SIGKILL' } }, 'failed', false],
  ])('calls %s by its name', (_, facts, ending, lingered) => {
    expect(endingOf({ ...ended, ...facts })).toMatchObject({ ending, lingered });
  });

  it('says what a person needs to know', () => {
    expect(endingOf({ ...ended, exit: { code: 3, signal: null } }).failure).toBe(
      'The agent ended with exit code 3.',
    );
    const missing = 'claude was not found in the image.';
    expect(endingOf({ ...ended, exit: { code: null, signal: null, missing } })).toMatchObject({
      ending: 'failed',
      failure: missing,
    });
    expect(endingOf({ ...ended, stop: { kind: 'idle', limitMs: 1500 } }).failure).toContain('for 1.5 s');
    expect(endingOf(ended).failure).toBeNull();
  });
});

describe('stopCause', () => {
  const limits = { idleMs: 300, totalMs: 1000, completionMs: 100 };
  const state: LivenessState = {
    now: 50,
    startedAt: 0,
    suspendedMs: 0,
    lastSignAt: 0,
    suspendedAtSign: 0,
    reportedAt: null,
    resultInOutput: false,
    cancelReason: null,
  };
  const kindOf = (change: Partial<LivenessState>) => stopCause({ ...state, ...change }, limits)?.kind ?? null;

  it('ends at the idle limit, not before', () => {
    expect(kindOf({ now: 299 })).toBeNull();
    expect(kindOf({ now: 300 })).toBe('idle');
    expect(kindOf({ now: 300, lastSignAt: 10 })).toBeNull();
  });

  it('[X-31] ends at the total limit in spite of signs of life', () => {
    expect(kindOf({ now: 999, lastSignAt: 990 })).toBeNull();
    expect(kindOf({ now: 1000, lastSignAt: 990 })).toBe('timeout');
  });

  it('does not count suspended time, and only what came after the last sign for the idle limit', () => {
    expect(kindOf({ now: 1400, lastSignAt: 1390, suspendedMs: 500, suspendedAtSign: 500 })).toBeNull();
    expect(kindOf({ now: 600, lastSignAt: 200, suspendedMs: 150, suspendedAtSign: 0 })).toBeNull();
    expect(kindOf({ now: 600, lastSignAt: 200, suspendedMs: 150, suspendedAtSign: 100 })).toBe('idle');
  });

  it('gives a reporter its completion time and raw output a silence as long', () => {
    expect(kindOf({ now: 149, reportedAt: 50, lastSignAt: 149 })).toBeNull();
    expect(kindOf({ now: 150, reportedAt: 50, lastSignAt: 149 })).toBe('reported');
    expect(kindOf({ now: 150, resultInOutput: true, lastSignAt: 51 })).toBeNull();
    expect(kindOf({ now: 151, resultInOutput: true, lastSignAt: 51 })).toBe('reported');
  });

  it('obeys a cancel first', () => {
    expect(kindOf({ now: 5000, reportedAt: 1, cancelReason: 'stop' })).toBe('cancelled');
  });
});
