import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { engineAddresses } from './address.ts';

describe('where an engine may answer', () => {
  let home: string;
  beforeEach(() => (home = mkdtempSync(join(tmpdir(), 'cfn-home-'))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const look = (
    env: Record<string, string>,
    there: readonly string[] = [],
    platform: NodeJS.Platform = 'linux',
  ) => engineAddresses({ env, home, platform, isThere: (path) => there.includes(path) });
  const context = (name: string, host: string) => {
    const id = createHash('sha256').update(name).digest('hex');
    const folder = join(home, '.docker', 'contexts', 'meta', id);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'meta.json'),
      JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
    );
  };

  it('is what DOCKER_HOST says, alone', () => {
    expect(look({ DOCKER_HOST: 'tcp://10.0.0.1:2376', DOCKER_TLS_VERIFY: '1' })).toEqual([
      { source: 'DOCKER_HOST', host: 'tcp://10.0.0.1:2376', certificates: join(home, '.docker') },
    ]);
    expect(
      look({ DOCKER_HOST: 'tcp://10.0.0.1:2376', DOCKER_CERT_PATH: '/certs' }, ['/var/run/docker.sock']),
    ).toEqual([{ source: 'DOCKER_HOST', host: 'tcp://10.0.0.1:2376', certificates: '/certs' }]);
    expect(look({ DOCKER_HOST: '10.0.0.1:2375' })[0]?.host).toBe('tcp://10.0.0.1:2375');
  });

  it("is the command's context, by its files or by the variable", () => {
    context('far', 'ssh://me@far');
    context('desk', 'unix:///desk.sock');
    writeFileSync(join(home, '.docker', 'config.json'), '{ "currentContext": "far" }');
    expect(look({})).toEqual([{ source: 'context', host: 'ssh://me@far' }]);
    expect(look({ DOCKER_CONTEXT: 'desk' })).toEqual([{ source: 'context', host: 'unix:///desk.sock' }]);
    expect(look({ DOCKER_CONTEXT: 'default' }, ['/var/run/docker.sock'])).toHaveLength(1);
  });

  it('is each socket that is there, Docker before Podman', () => {
    const run = join('/run/user/7', 'podman', 'podman.sock');
    expect(
      look({ XDG_RUNTIME_DIR: '/run/user/7' }, ['/var/run/docker.sock', run]).map(({ host }) => host),
    ).toEqual(['unix:///var/run/docker.sock', `unix://${run}`]);
    expect(look({})).toEqual([]);
    expect(look({}, ['//./pipe/docker_engine'], 'win32')).toEqual([
      { source: 'socket', host: 'npipe:////./pipe/docker_engine' },
    ]);
  });

  it('does not trip over files that are none of its kind', () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(join(home, '.docker', 'config.json'), '[');
    expect(look({ DOCKER_CONTEXT: 'gone' })).toEqual([]);
    expect(look({})).toEqual([]);
  });
});
