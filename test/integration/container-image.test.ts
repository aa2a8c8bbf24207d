import { execFile } from 'node:child_process';
import { appendFile, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { createContainerImages } from '../../src/adapters/docker/images.ts';
import { IMAGE_LABELS } from '../../src/domain/containers/agent-image.ts';
import type { EngineAddress } from '../../src/domain/containers/engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import type { ImageWish } from '../../src/ports/container-images.ts';
import { BASE_IMAGE } from '../support/base-image.ts';
import { sharedEngine } from '../support/docker-engine.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const shared = await sharedEngine('the image of agents');
const address: EngineAddress = { source: 'DOCKER_HOST', host: shared?.host ?? 'unix:///nowhere' };
const docker = openDocker(address);
const never = new AbortController().signal;
const NAME = `cfn-image-test-${process.pid}`;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-image-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  if (shared === null) return;
  for (const { RepoTags: tags } of await docker.listImages({ filters: { reference: [NAME] } }))
    for (const tag of tags ?? []) await docker.getImage(tag).remove({ force: true });
});

/** The Dockerfile of agents, with more lines. */
async function recipe(...more: readonly string[]): Promise<string> {
  const file = join(folder, `Dockerfile-${more.length}-${performance.now()}`);
  await copyFile(join(root, 'docker', 'Dockerfile.agent'), file);
  await appendFile(file, more.map((line) => `${line}\n`).join(''));
  return file;
}

interface Given extends ImageWish {
  readonly dockerfile: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

function ensure({ dockerfile, signal = never, onProgress = () => undefined, ...wish }: Given) {
  return createContainerImages({ address, dockerfile, user: '1000:1000' }).ensureImage(
    wish,
    onProgress,
    signal,
  );
}

/** An image of a person's own. */
async function ownImage(tag: string, line: string, base = BASE_IMAGE): Promise<string> {
  const name = `${NAME}:${tag}`;
  const file = `Dockerfile.${tag}`;
  await writeFile(join(folder, file), `FROM ${base}\n${line}\n`);
  const stream = await docker.buildImage({ context: folder, src: [file] }, { dockerfile: file, t: name });
  for await (const _ of stream);
  return name;
}

const idOf = async (name: string) => (await docker.getImage(name).inspect()).Id;

async function cfn(...words: readonly string[]) {
  const env = { ...process.env, DOCKER_HOST: address.host };
  return run(process.execPath, [join(root, 'dist', 'cli.js'), 'image', ...words], { env });
}

describe.skipIf(shared === null)('the image of agents', () => {
  it('[SI-026] is built and tried by `cfn image build`, and found good by `cfn image check`', async () => {
    const image = `${NAME}:cli`;
    await expect(cfn('check', '--image', image)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`has no image ${image}; build it with \`cfn image build\``),
    });
    const built = await cfn('build', '--image', image, '--base', BASE_IMAGE);
    expect(built.stdout).toMatch(/^cfn-image-test-\d+:cli was built, and agents can work in it \(Node 2/);
    expect(built.stderr).toContain('Step 1/');
    const checked = JSON.parse((await cfn('check', '--image', image, '--json')).stdout);
    expect(checked).toMatchObject({
      image,
      state: 'current',
      built: false,
      lacks: [],
      id: await idOf(image),
    });
    const { Config: config } = await docker.getImage(image).inspect();
    expect(config).toMatchObject({ User: 'agent', WorkingDir: '/workspace' });
    expect(config.Labels[IMAGE_LABELS.version]).toMatch(/^[0-9a-f]{12}$/);
  });

  it('is built when it is missing or old alone, and the old one goes', async () => {
    const wish = { image: `${NAME}:needed`, base: BASE_IMAGE, build: 'needed' } as const;
    const dockerfile = await recipe();
    expect(await ensure({ ...wish, dockerfile })).toMatchObject({ ok: true, value: { built: true } });
    const first = await idOf(wish.image);
    expect(await ensure({ ...wish, dockerfile })).toMatchObject({
      ok: true,
      value: { built: false, id: first },
    });

    const newer = await recipe('ENV NEWER=1');
    expect(await ensure({ ...wish, dockerfile: newer, build: 'never' })).toMatchObject({
      ok: false,
      error: { kind: 'old', message: expect.stringContaining('run `cfn image build`') },
    });
    // What it was built on is kept in mind.
    expect(await ensure({ ...wish, dockerfile: newer, base: undefined })).toMatchObject({
      ok: true,
      value: { built: true },
    });
    await expect(docker.getImage(first).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  it('is never built over an image of a person’s own, which is tried as it is', async () => {
    const image = await ownImage('own', 'RUN rm /usr/bin/jq');
    const before = await idOf(image);
    const dockerfile = await recipe();
    expect(await ensure({ image, dockerfile, build: 'always' })).toMatchObject({
      ok: false,
      error: { kind: 'own' },
    });
    for (const build of ['needed', 'never'] as const)
      expect(await ensure({ image, dockerfile, build })).toMatchObject({
        ok: true,
        value: { state: 'own', built: false, lacks: ['jq'] },
      });
    expect(await idOf(image)).toBe(before);

    const ours = `${NAME}:below`;
    expect(await ensure({ image: ours, base: BASE_IMAGE, dockerfile, build: 'always' })).toMatchObject({
      ok: true,
    });
    const above = await ownImage('above', 'ENV MINE=1', ours);
    expect(await ensure({ image: above, dockerfile, build: 'always' })).toMatchObject({
      ok: false,
      error: { kind: 'own' },
    });
  });

  it.each([
    ['nogit', 'RUN rm /usr/bin/git', 'it has no git'],
    [
      'oldnode',
      `RUN printf '#!/bin/sh\\necho v18.20.1\\n' >/usr/bin/node`,
      'it has Node v18.20.1, and 22 is needed',
    ],
    ['nolibrary', 'RUN rm /usr/lib/*/libstdc++.so.6', 'it has no Node that starts'],
    ['noshell', 'RUN rm /bin/sh', 'cannot be started: its sh ended with 127'],
  ])('is unfit, and says why: %s', async (tag, line, why) => {
    const image = await ownImage(tag, line);
    const tried = await ensure({ image, dockerfile: await recipe(), build: 'never' });
    expect(tried).toMatchObject({
      ok: false,
      error: { kind: 'unfit', message: expect.stringContaining(why) },
    });
  });

  it('says what to do where its base cannot be had', async () => {
    const wish = { image: `${NAME}:base`, base: 'cfn-no-such-base:1', build: 'always' } as const;
    expect(await ensure({ ...wish, dockerfile: await recipe() })).toMatchObject({
      ok: false,
      error: {
        kind: 'base',
        message: expect.stringMatching(/^The base cfn-no-such-base:1 cannot be had.*local-base\.sh/),
      },
    });
  });

  it('says what a step that failed printed last', async () => {
    const wish = { image: `${NAME}:step`, base: BASE_IMAGE, build: 'always' } as const;
    const dockerfile = await recipe('RUN echo "the disk of the lab is full" >&2; exit 3');
    expect(await ensure({ ...wish, dockerfile })).toMatchObject({
      ok: false,
      error: {
        kind: 'build',
        message: `The image ${NAME}:step could not be built: the disk of the lab is full.`,
      },
    });
  });

  it('is built no further once that is cancelled, and no container of the build stays', async () => {
    const cancelled = new AbortController();
    const building = async () =>
      (await docker.listContainers({ all: true })).filter(({ Command: command }) =>
        command.includes('sleep 12345'),
      );
    const ended = ensure({
      image: `${NAME}:cancelled`,
      base: BASE_IMAGE,
      build: 'always',
      dockerfile: await recipe('USER root', 'RUN echo waiting; exec sleep 12345'),
      signal: cancelled.signal,
      onProgress: (line) => {
        if (line === 'waiting') cancelled.abort();
      },
    });
    expect(await ended).toMatchObject({ ok: false, error: { kind: 'cancelled' } });
    await expect.poll(building, { timeout: 30_000 }).toEqual([]);
  });

  it('[SI-024] is not built from a Windows drive', async () => {
    let said = '';
    const started = await createContainerEngine(address).start(
      {
        name: NAME,
        image: BASE_IMAGE,
        argv: ['bash', '/mnt/c/src/cfn/scripts/docker/build-from-linux.sh'],
        cwd: '/',
        env: {},
        exchange: null,
        stdinFile: null,
        resolves: true,
        user: '1000:1000',
        mounts: [
          {
            source: join(root, 'scripts', 'docker'),
            target: '/mnt/c/src/cfn/scripts/docker',
            readonly: true,
            owned: false,
          },
        ],
        tmpfs: ['/tmp'],
        limits: {
          memoryBytes: 2 ** 27,
          memoryReservationBytes: 2 ** 25,
          cpus: 1,
          pids: 64,
          tmpfsBytes: 2 ** 20,
        },
        network: 'none',
        hosts: {},
        labels: { [LABELS.owner]: NAME },
        talks: false,
        onOutput: (_, chunk) => (said += chunk.toString()),
      },
      never,
    );
    if (!started.ok) throw new Error(started.error.message);
    try {
      expect(await started.value.exited).toMatchObject({ kind: 'exited', code: 1 });
      await started.value.closed;
      expect(said).toMatch(
        /\/mnt\/c\/src\/cfn is on a Windows drive.*clone the project into the Linux file system/,
      );
    } finally {
      await started.value.remove();
    }
  });
});

it('is the same to `build-from-linux.sh`: labels and build argument', async () => {
  const script = await readFile(join(root, 'scripts', 'docker', 'build-from-linux.sh'), 'utf8');
  for (const label of Object.values(IMAGE_LABELS)) expect(script).toContain(label);
  expect(script).toContain('--build-arg "BASE=$1"');
});
