import { describe, expect, it } from 'vitest';
import type { AccountStanding } from '../../ports/agent-slots.ts';
import { clockTime, standingWords, waitsForWords } from './account-words.ts';

const at = (time: string): number => new Date(`2026-11-27T${time}`).getTime();
const NOW = at('12:00:00');
const standing = (change: Partial<AccountStanding>): AccountStanding => ({
  id: 'a',
  name: 'claude',
  hold: null,
  most: null,
  running: 0,
  errors: 0,
  lastError: null,
  file: '/state/agents/account-a.json',
  ...change,
});

describe('how an account stands, in words', () => {
  it('says until when, and why', () => {
    const hold = { kind: 'rate-limit', until: at('12:03:10') } as const;
    expect(standingWords(standing({ hold }), NOW)).toBe('claude waits until 12:03:10 (rate limit)');
    const open = {
      hold: { kind: 'errors', until: at('12:00:05') },
      errors: 3,
      lastError: 'HTTP 500',
    } as const;
    expect(standingWords(standing(open), NOW)).toBe(
      'claude waits until 12:00:05 ([ERROR] Circuit breaker: Too many failures); 3 errors in a row, the last: HTTP 500',
    );
    expect(standingWords(standing({ hold: { kind: 'most', most: 2 }, most: 2 }), NOW)).toBe(
      'claude runs 2 at a time (rate limit)',
    );
    expect(standingWords(standing({ most: 2 }), NOW)).toBe('claude runs at most 2 at a time (rate limit)');
    expect(standingWords(standing({ errors: 1, lastError: 'HTTP 500' }), NOW)).toBeNull();
  });

  it('says in few words what an agent waits for', () => {
    expect(waitsForWords('claude', { kind: 'rate-limit', until: at('14:32:10') }, NOW)).toBe(
      'waits for claude until 14:32',
    );
    expect(waitsForWords('claude', { kind: 'errors', until: NOW + 86_400_000 }, NOW)).toBe(
      'waits for claude until 2026-11-28 12:00',
    );
    expect(waitsForWords('claude', { kind: 'most', most: 2 }, NOW)).toBe(
      'waits for claude, which takes 2 at a time',
    );
  });

  it('names the day where it is another one', () => {
    expect(clockTime(NOW + 86_400_000, NOW)).toBe('2026-11-28 12:00:00');
  });
});
