import { expect, it } from 'vitest';
import type { EngineAddress } from '../../domain/containers/engine.ts';
import { findEngine } from './container-engine.ts';

const error = async (...addresses: readonly EngineAddress[]) => {
  const found = await findEngine(addresses, AbortSignal.timeout(5000));
  return found.ok ? null : found.error;
};

it('says in one sentence why no engine was found', async () => {
  expect(await error()).toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('No container engine was found'),
  });
  const gone = { source: 'socket', host: 'unix:///nowhere/docker.sock' } as const;
  expect(await error(gone)).toEqual({
    kind: 'unreachable',
    message: 'The container engine cannot be reached (ENOENT).',
  });
});

it('names an address that is none, and certificates that are not there', async () => {
  const wrong = await error({ source: 'DOCKER_HOST', host: 'ssh://' });
  expect(wrong?.message).toContain('DOCKER_HOST names "ssh://", which cannot be used');
  const bare = await error({ source: 'DOCKER_HOST', host: 'tcp://127.0.0.1:1', certificates: '/nowhere' });
  expect(bare).toMatchObject({ kind: 'refused', message: expect.stringContaining('/nowhere') });
});
