import { expect, it } from 'vitest';
import { isElsewhere, whyNoFolders, whyNotThere } from './engine.ts';

const at = (host: string) => ({ source: 'DOCKER_HOST', host }) as const;

it('knows an engine of this machine by its socket', () => {
  expect(isElsewhere(at('unix:///var/run/docker.sock'))).toBe(false);
  expect(isElsewhere(at('npipe:////./pipe/docker_engine'))).toBe(false);
  expect(isElsewhere(at('ssh://me@far'))).toBe(true);
  expect(isElsewhere(at('tcp://127.0.0.1:2376'))).toBe(true);
});

it('says what cannot be had where', () => {
  expect(whyNoFolders('linux')).toBeNull();
  expect(whyNoFolders('win32')).toContain('WSL');
  const docker = (host: string, certificates?: string) => ({
    address: { ...at(host), ...(certificates === undefined ? {} : { certificates }) },
    local: host.startsWith('unix:'),
    flavour: 'docker' as const,
  });
  const here = docker('unix:///var/run/docker.sock');
  expect(whyNotThere(here, 'allowlist')).toBeNull();
  expect(whyNotThere({ ...here, flavour: 'podman' }, 'allowlist')).toContain('is Podman');
  expect(whyNotThere({ ...here, flavour: 'podman' }, 'internal')).toBeNull();
  expect(whyNotThere(docker('ssh://me@far'), 'open')).toBeNull();
  expect(whyNotThere(docker('tcp://10.0.0.1:2375'), 'open')).toContain('asked without TLS');
  expect(whyNotThere(docker('tcp://127.0.0.1.example.com:2375'), 'open')).toContain('asked without TLS');
  expect(whyNotThere(docker('tcp://10.0.0.1:2376', '/certificates'), 'open')).toBeNull();
  expect(whyNotThere(docker('tcp://127.0.0.1:2375'), 'none')).toBeNull();
  expect(whyNotThere(docker('ssh://me@far'), 'allowlist')).toContain(
    'choose --network none, internal or open',
  );
});
