import { describe, expect, it } from 'vitest';
import { saysDiskFull } from './disk-full.ts';

describe('a full disk', () => {
  it.each([
    Object.assign(new Error('write'), { code: 'ENOSPC' }),
    Object.assign(new Error('write'), { code: 'EDQUOT' }),
    new Error('fatal: write error: No space left on device'),
    { message: 'There is not enough space on the disk.' },
  ])('is told by %s', (error) => {
    expect(saysDiskFull(error)).toBe(true);
  });

  it.each([
    new Error('fatal: bad object'),
    Object.assign(new Error('System limit for number of file watchers reached'), { code: 'ENOSPC' }),
    Object.assign(new Error('no'), { code: 'EACCES' }),
    'no space left on device',
    null,
  ])('is not told by %s', (error) => {
    expect(saysDiskFull(error)).toBe(false);
  });
});
