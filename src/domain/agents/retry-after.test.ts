import { describe, expect, it } from 'vitest';
import { retryAtIn } from './retry-after.ts';

const NOW = 1_764_000_000_000;

describe('when a provider takes requests again', () => {
  it.each([
    ['429 Too Many Requests, Retry-After: 30', 30_000],
    ['{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"34s"}]}}', 34_000],
    ['rate limit, retry after 2 s', 2_000],
    ['retry_after_ms is not known, retry after 1500 ms', 1_500],
    ['Rate limit reached for gpt-5. Please try again in 1.2s. Visit the page', 1_200],
    ['Please try again in 6m0s.', 360_000],
    ['You hit your usage limit. Try again in 3 hours 5 minutes.', 11_100_000],
    ['Overloaded; wait for 2 minutes', 120_000],
    ['Claude AI usage limit reached|1764230400', 230_400_000],
    ['retry-after: Mon, 24 Nov 2025 16:00:10 GMT', 10_000],
  ])('is read from "%s"', (text, ms) => {
    expect(retryAtIn(text, NOW)).toBe(NOW + ms);
  });

  it.each(['rate limit', 'HTTP 429', '', 'try again later', 'in 3 files the limit is 20', 'quota exceeded'])(
    'is not made up from "%s"',
    (text) => {
      expect(retryAtIn(text, NOW)).toBeNull();
    },
  );
});
