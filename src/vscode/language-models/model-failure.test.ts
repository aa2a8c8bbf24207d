import { describe, expect, it } from 'vitest';
import { modelFailure } from './model-failure.ts';

const failure = (code: string, message = '', rest: object = {}) =>
  modelFailure(Object.assign(new Error(message), { code, ...rest }), 'GPT-X');

describe('a request that a model did not answer', () => {
  it.each([
    ['NoPermissions', 'no-permission', /was not allowed to give GPT-X to CFN Loop/],
    ['Blocked', 'blocked', /are blocked/],
    ['NotFound', 'not-found', /does not offer GPT-X/],
    ['Unknown', 'failed', /failed\./],
  ])('%s is %s', (code, reason, message) => {
    expect(failure(code)).toEqual({ reason, message: expect.stringMatching(message) as string });
  });

  it('is a rate limit by its name, its words or those of its cause', () => {
    expect(failure('Unknown', '', { name: 'ChatRateLimited' }).reason).toBe('rate-limited');
    expect(failure('Blocked', 'You have exceeded your quota, try again in 20 minutes.')).toEqual({
      reason: 'rate-limited',
      message:
        'GPT-X takes no more requests for now: rate limit (You have exceeded your quota, try again in 20 minutes.).',
    });
    expect(failure('Unknown', '', { cause: new Error('429 Too Many Requests') }).reason).toBe('rate-limited');
  });

  it('is told whatever was thrown', () => {
    expect(modelFailure('no', 'GPT-X')).toEqual({
      reason: 'failed',
      message: 'The request to GPT-X failed.',
    });
  });
});
