import { expect, it } from 'vitest';
import { engineName, whyNoEngine } from './offer.ts';

const asked = { source: 'socket', host: 'unix:///var/run/docker.sock' } as const;
const unreachable = (why: string) =>
  ({ kind: 'unreachable', message: `The container engine cannot be reached (${why}).` }) as const;

it('says why there is no engine, each reason in its own words', () => {
  const none = { asked: null, error: unreachable('ENOENT') };
  expect(whyNoEngine({ ...none, installed: null })).toContain('no container engine is installed');
  expect(whyNoEngine({ ...none, installed: 'Podman' })).toBe(
    'Podman is installed and does not run; start it',
  );
  const why = (error: Parameters<typeof whyNoEngine>[0]['error']) =>
    whyNoEngine({ asked, error, installed: 'Docker' });
  expect(why(unreachable('ECONNREFUSED'))).toBe(
    'no container engine runs at unix:///var/run/docker.sock; start it',
  );
  expect(why(unreachable('this account may not use its socket'))).toContain('this account may not use unix:');
  expect(why({ kind: 'late', message: 'Late.' })).toContain('does not answer');
  expect(why({ kind: 'refused', message: 'The container engine could not: no.' })).toBe(
    'the container engine could not: no',
  );
});

it('names an engine as people do', () => {
  expect(engineName({ flavour: 'podman', version: '5.1.0' })).toBe('Podman 5.1.0');
});
