import { describe, expect, it } from 'vitest';
import {
  describeTarget,
  hasCredentials,
  isOnThisMachine,
  parseRedisSettings,
  parseRedisUrl,
  redisConfig,
} from './redis-settings.ts';

const label = (name: string) => `redis.${name}`;

describe('the URL of a Redis', () => {
  it.each([
    ['redis://localhost:6379', 'single', 'redis://localhost:6379'],
    ['redis://redis', 'single', 'redis://redis:6379'],
    ['rediss://cache.example:6380/2', 'single', 'rediss://cache.example:6380/2'],
    ['redis://[::1]:7000', 'single', 'redis://[::1]:7000'],
    ['redis://me:p%40ss@h:1', 'single', 'redis://h:1'],
    ['redis+sentinel://a,b:26380/mymaster', 'sentinel', 'redis+sentinel://a:26379,b:26380/mymaster'],
    ['rediss+cluster://a:7000,b:7001', 'cluster', 'rediss+cluster://a:7000,b:7001'],
  ])('[SI-031] takes %s', (url, kind, shown) => {
    const place = parseRedisUrl(url);
    expect(place?.kind).toBe(kind);
    expect(place && describeTarget(place)).toBe(shown);
  });

  it.each([
    '',
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://h:99999',
    'redis://a,b',
    'redis://h/x',
    'redis+sentinel://a',
    'redis+cluster://a/1',
    'redis://a%zz@h',
    'redis://h:1/0?x=1',
  ])('refuses %s', (url) => {
    expect(parseRedisUrl(url)).toBe(null);
  });

  it('tells what may stand in a repository', () => {
    expect(isOnThisMachine('redis://localhost:1')).toBe(true);
    expect(isOnThisMachine('redis+cluster://127.0.0.1:1,[::1]:2')).toBe(true);
    expect(isOnThisMachine('redis+cluster://127.0.0.1:1,elsewhere:2')).toBe(false);
    expect(isOnThisMachine('redis://127.0.0.1.evil.example')).toBe(false);
    expect(hasCredentials('redis://:p@localhost')).toBe(true);
    expect(hasCredentials('redis://localhost')).toBe(false);
  });
});

describe('the settings of a Redis', () => {
  it("[SI-031] [SI-032] fill up with the seeds' options and a deadline for every command", () => {
    const config = redisConfig(
      { url: 'redis://localhost:6379', fallbackUrl: 'redis://localhost:6380' },
      { username: 'me', password: 'secret' },
    );
    expect(config).toMatchObject({
      ok: true,
      value: {
        primary: {
          endpoints: [{ host: 'localhost', port: 6379 }],
          username: 'me',
          password: 'secret',
          connectTimeout: 10_000,
          maxRetriesPerRequest: 3,
          retryDelayOnFailover: 100,
          commandTimeout: 1000,
        },
        fallback: { endpoints: [{ host: 'localhost', port: 6380 }], connectTimeout: 10_000 },
      },
    });
  });

  it('keep what the URL itself says', () => {
    const config = redisConfig({ url: 'redis://u:p@h' }, { username: 'me', password: 'secret' });
    expect(config).toMatchObject({
      ok: true,
      value: { primary: { username: 'u', password: 'p' }, fallback: null },
    });
  });

  it.each([
    [{ url: 5 }, 'redis.url takes a URL such as redis://localhost:6379.'],
    [
      { url: 'redis://h', connectTimeout: 0 },
      'redis.connectTimeout takes whole milliseconds from 1 to 3600000.',
    ],
    [
      { url: 'redis://h', password: 'x' },
      /^redis\.password is not known; .* The password goes into REDIS_PASSWORD\.$/,
    ],
    [[], /^redis\. must be a mapping/],
  ])('refuse %j in one sentence', (raw, message) => {
    const parsed = parseRedisSettings(raw, label);
    expect(!parsed.ok && parsed.error).toMatch(message);
  });

  it('refuse a URL that is none, by its own name', () => {
    expect(redisConfig({ url: 'nowhere' }, {}, label)).toMatchObject({
      error: /^redis\.url takes redis:\/\/HOST/,
    });
    expect(redisConfig({ url: 'redis://h', fallbackUrl: 'x' }, {}, label)).toMatchObject({
      error: /^redis\.fallbackUrl takes/,
    });
  });
});
