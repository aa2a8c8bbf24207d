/** Containers of an engine elsewhere: they work in copies of this machine's folders. */
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { LABELS, type EngineAddress } from '../../src/domain/containers/engine.ts';
import type { ContainerRequest, Mount } from '../../src/ports/container-engine.ts';
import { collect } from '../../scripts/run-command.mts';
import { startEngine, whyNoEngine } from '../support/own-engine.ts';
import { plainContainer } from '../support/plain-container.ts';

const lacking = await whyNoEngine();
if (lacking !== null) process.stderr.write(`[skipped] engines elsewhere: ${lacking}\n`);
const own = lacking === null ? await startEngine({ tls: true, liveRestore: true }) : null;
afterAll(() => own?.stop());

const address: EngineAddress = { source: 'DOCKER_HOST', host: 'tcp://127.0.0.1:1', ...own?.elsewhere };
const never = new AbortController().signal;
const RUN = { [LABELS.owner]: 'shipped-folders-test', [LABELS.run]: 'a-run' };

let folder: string;
const at = (...names: readonly string[]) => join(folder, ...names);
const text = (...names: readonly string[]) => readFileSync(at(...names), 'utf8');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn shipped-'));
  mkdirSync(at('tree'));
  mkdirSync(at('out'), { mode: 0o700 });
  mkdirSync(at('tools'));
});
afterEach(async () => {
  const docker = openDocker(address);
  const left = [
    ...(await docker.listContainers({ all: true })).flatMap(({ Names: names }) => names),
    ...(await docker.listVolumes()).Volumes.map(({ Name: name }) => name),
    ...readdirSync(folder).filter((name) => name.startsWith('.')),
  ];
  rmSync(folder, { recursive: true });
  // One failure is enough.
  await createContainerEngine(address).endRun('a-run', never);
  if (left.length > 0) throw new Error(`It is left: ${left.join(', ')}`);
});

const mount = (name: string, more: Partial<Mount> = {}): Mount => ({
  source: at(name),
  target: at(name),
  readonly: false,
  owned: true,
  ...more,
});

async function start(script: string, more: Partial<ContainerRequest> = {}) {
  let said = '';
  const started = await createContainerEngine(address).start(
    plainContainer({
      name: 'shipped-folders-test',
      argv: ['sh', '-c', script],
      cwd: at('tree'),
      exchange: at('out'),
      mounts: [mount('tree'), mount('tree', { target: '/workspace' }), mount('out', { live: true })],
      labels: RUN,
      onOutput: (_, chunk) => (said += chunk.toString()),
      ...more,
    }),
    never,
  );
  if (!started.ok) throw new Error(started.error.message);
  return { container: started.value, said: () => said };
}

async function run(script: string, more: Partial<ContainerRequest> = {}) {
  const { container, said } = await start(script, more);
  const exit = await container.exited;
  await container.closed;
  expect(await container.remove()).toBe(true);
  return { exit, said: said() };
}

describe.skipIf(own === null)('folders on an engine elsewhere', () => {
  it('are there, and what a container did to them is here once it has ended', async () => {
    mkdirSync(at('tree', 'src', 'deep'), { recursive: true });
    writeFileSync(at('tree', 'src', 'kept.txt'), 'kept');
    writeFileSync(at('tree', 'src', 'gone.txt'), 'gone');
    writeFileSync(at('tree', 'src', 'deep', 'changed.txt'), 'before');
    writeFileSync(at('tree', 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(at('tree', 'twin'), 'twin');
    linkSync(at('tree', 'twin'), at('tree', 'other twin'));
    symlinkSync('/etc/hostname', at('tree', 'absolute'));
    const long = `${'long '.repeat(30)}name`;
    const { exit, said } = await run(
      `set -e; test -x run.sh; cat "other twin"; rm -r src/gone.txt; printf after >src/deep/changed.txt; ls -a /workspace | wc -l
       echo new >'${long}'; ln -s ../../outside relative; ln twin third; mkdir -m 000 locked; mkdir -m 700 empty
       touch set; chmod 6755 set; printf '%s' ünï >'ünï cödé'; id -u; stat -c %u .; rm run.sh; mkdir run.sh; echo x >run.sh/x`,
    );
    expect({ exit, said }).toMatchObject({
      exit: { kind: 'exited', code: 0, outOfMemory: false },
      said: 'twin7\n1000\n1000\n',
    });
    expect(text('tree', 'src', 'kept.txt') + text('tree', 'src', 'deep', 'changed.txt')).toBe('keptafter');
    expect(existsSync(at('tree', 'src', 'gone.txt'))).toBe(false);
    expect(text('tree', long) + text('tree', 'ünï cödé') + text('tree', 'run.sh', 'x')).toBe('new\nünïx\n');
    expect(readlinkSync(at('tree', 'relative'))).toBe('../../outside');
    expect(readlinkSync(at('tree', 'absolute'))).toBe('/etc/hostname');
    expect(statSync(at('tree', 'third')).ino).toBe(statSync(at('tree', 'twin')).ino);
    expect(statSync(at('tree', 'set')).mode & 0o7777).toBe(0o755);
    expect(statSync(at('tree', 'empty')).isDirectory()).toBe(true);
    expect(lstatSync(at('tree', 'src', 'kept.txt')).uid).toBe(process.getuid?.());
  });

  it('keep what lies over them, and give away nothing of what may only be read', async () => {
    writeFileSync(at('tree', '.git'), 'gitdir: of the person');
    writeFileSync(at('pointer'), 'gitdir: /cfn/git');
    writeFileSync(at('prompt.md'), 'do it');
    writeFileSync(at('tools', 'cfn'), 'tool');
    writeFileSync(at('tools', 'cfn.map'), 'map');
    mkdirSync(at('git'));
    const { said } = await run('', {
      argv: [
        'sh',
        '-c',
        'cat .git /workspace/.git "$1" /opt/tools/cfn; ls /opt/tools; echo new >/cfn/git/HEAD; echo mine >.git; (echo bad >"$1"; echo bad >/opt/tools/cfn) 2>&1 | grep -c Read-only',
        'sh',
        at('prompt.md'),
      ],
      stdinFile: at('prompt.md'),
      mounts: [
        mount('tree'),
        mount('tree', { target: '/workspace' }),
        mount('prompt.md', { readonly: true }),
        mount('out'),
        mount('git', { target: '/cfn/git' }),
        mount('pointer', { target: at('tree', '.git'), readonly: true }),
        mount('pointer', { target: '/workspace/.git', readonly: true }),
        mount('tools', { target: '/opt/tools', readonly: true }),
      ],
    });
    expect(said).toBe('gitdir: /cfn/gitgitdir: /cfn/gitdo ittoolcfn\n2\n');
    expect([text('tree', '.git'), text('pointer'), text('prompt.md'), text('tools', 'cfn')]).toEqual([
      'gitdir: of the person',
      'gitdir: /cfn/git',
      'do it',
      'tool',
    ]);
    expect(text('git', 'HEAD')).toBe('new\n');
  });

  it('show what is written to a live one while the container runs, and nothing is written through a link', async () => {
    mkdirSync(at('elsewhere'));
    symlinkSync(at('elsewhere'), at('out', 'link'));
    const { container } = await start(
      'rm "$CFN_OUT/link"; mkdir "$CFN_OUT/link"; echo bad >"$CFN_OUT/link/file"; echo here >"$CFN_OUT/report"; while :; do sleep 1; done',
      { env: { CFN_OUT: at('out') } },
    );
    await expect
      .poll(() => existsSync(at('out', 'report')) && text('out', 'report'), { timeout: 20_000 })
      .toBe('here\n');
    expect(readdirSync(at('elsewhere'))).toEqual([]);
    // What is ended by force has written all the same.
    expect(await container.remove()).toBe(true);
    expect(await container.exited).toMatchObject({ kind: 'lost' });
    expect(text('out', 'link', 'file')).toBe('bad\n');
    expect(readdirSync(at('elsewhere'))).toEqual([]);
  });

  it('[DP-093] hold no secret that the engine tells of, or that is left in a volume', async () => {
    const { container, said } = await start('echo "$SECRET" | wc -c; ls -A "$OUT" | wc -l; exec sleep 30', {
      env: { SECRET: 'a-secret-word', OUT: at('out') },
    });
    expect(readdirSync(at('out'))).toEqual([]);
    await expect.poll(said).toBe('14\n0\n');
    const docker = openDocker(address);
    const listed = await docker.listContainers({ all: true });
    const told = await Promise.all(listed.map(({ Id: id }) => docker.getContainer(id).inspect()));
    expect(told).toHaveLength(2);
    expect(JSON.stringify([told, await docker.listVolumes()])).not.toContain('a-secret-word');
    const volumes = join(own?.socket ?? '', '..', 'data', 'volumes');
    expect((await collect('grep', ['-rl', 'a-secret-word', volumes])).output).toBe('');
    await container.remove();
  });

  it('come back when the connection was lost meanwhile', async () => {
    const { container } = await start('echo early >early; sleep 4; echo late >late');
    await own?.kill9();
    await own?.start();
    expect(await container.exited).toMatchObject({ kind: 'exited', code: 0 });
    await container.remove();
    expect(text('tree', 'early') + text('tree', 'late')).toBe('early\nlate\n');
  });

  it('come back from a container whose owner is gone', async () => {
    const mounts = [mount('tree'), mount('out')];
    const { said } = await start('echo half >half; echo ready; exec sleep 1000', { mounts });
    await expect.poll(said).toBe('ready\n');
    const engine = createContainerEngine(address);
    expect(await engine.endRun('a-run', never, mounts)).toBe(2);
    expect(text('tree', 'half')).toBe('half\n');
  });

  it('say what is not there, and leave nothing', async () => {
    await expect(start('true', { mounts: [mount('nowhere')] })).rejects.toThrow(
      'nowhere, which a container is to have',
    );
  });
});
