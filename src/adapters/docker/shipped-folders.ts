import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../base/result.ts';
import { LABELS, type EngineError } from '../../domain/containers/engine.ts';
import {
  foreignPaths,
  isWritable,
  planShipping,
  SHIPPING_LIMITS,
  type ShippedFolder,
  type ShippedMount,
} from '../../domain/containers/shipping.ts';
import type { ContainerRequest, Mount } from '../../ports/container-engine.ts';
import { fetchFolder, fetchLive, type Fetched } from './fetch-folder.ts';
import { mountFolders, type ContainerFolders, type OpenFolders } from './container-folders.ts';
import { ask } from './engine.ts';
import { packFolders } from './pack-folders.ts';
import { removeContainer } from './running-container.ts';

/** Where the folders stand in the container that holds them, by their numbers. */
const HOLD_AT = '/cfn/folders';
/** For folders to go over a wire. */
const SEND_MS = 15 * 60_000;
const CREATE_MS = 60_000;
/** Between two looks at what is written while a container runs. */
const LOOK_MS = 3000;

/**
 * Of an engine elsewhere: copies, in volumes that hold nothing else. They belong to a container of their own that never runs,
 * carries the same labels, and takes them along when it is removed, so that whoever ends the one ends the other, and nothing can
 * be left that has no container. By it they are also reached where the container that worked in them is gone.
 */
export const shipFolders: OpenFolders = async (docker, request, signal) => {
  if (request.mounts.length === 0) return mountFolders(docker, request, signal);
  const kinds = await kindsOf(request.mounts);
  const missing = request.mounts.find(({ source }) => kinds.every((known) => known.source !== source));
  if (missing)
    return err({
      kind: 'refused',
      message: `${missing.source}, which a container is to have, cannot be read.`,
    });
  const planned = planShipping(kinds);
  const held = await hold(docker, request, { planned, signal });
  if (!held.ok) return held;
  const { holder, volumes } = held.value;
  const sent = await send(holder, request, { planned, signal });
  if (!sent.ok) {
    await removeContainer(holder);
    return sent;
  }
  return ok(foldersOf(holder, request, { planned, volumes }));
};

/** Those that are there. */
async function kindsOf(mounts: readonly Mount[]): Promise<readonly ShippedMount[]> {
  const known: ShippedMount[] = [];
  for (const mount of mounts) {
    const found = await stat(mount.source).catch(() => null);
    if (found) known.push({ ...mount, isFile: !found.isDirectory() });
  }
  return known;
}

interface Planned {
  readonly planned: readonly ShippedFolder[];
  readonly signal: AbortSignal;
}

interface Held {
  readonly holder: Docker.Container;
  /** Names of the volumes, in the order of the folders. */
  readonly volumes: readonly string[];
}

async function hold(
  docker: Docker,
  { image, name, labels }: ContainerRequest,
  { planned, signal }: Planned,
): Promise<Result<Held, EngineError>> {
  const made = await ask('create volumes', { signal, deadlineMs: CREATE_MS }, (abortSignal) =>
    docker.createContainer({
      name: `${name}-folders-${randomBytes(4).toString('hex')}`,
      Image: image,
      Entrypoint: [],
      Cmd: ['/bin/true'],
      Labels: { ...labels, [LABELS.folders]: JSON.stringify(planned.map(labelOf)) },
      HostConfig: {
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        Mounts: planned.map((_, number) => ({
          Type: 'volume' as const,
          // Without a name it goes with this container.
          Source: '',
          Target: `${HOLD_AT}/${number}`,
          VolumeOptions: {
            NoCopy: true,
            Labels: { ...labels },
            DriverConfig: { Name: 'local', Options: {} },
          },
        })),
      },
      abortSignal,
    }),
  );
  if (!made.ok) return made;
  const holder = made.value;
  const told = await ask('tell of a container', { signal }, (abortSignal) => holder.inspect({ abortSignal }));
  const mounts = told.ok ? told.value.Mounts : [];
  const volumes = planned.flatMap((_, number) =>
    mounts.flatMap(({ Destination: at, Name: volume }) =>
      at === `${HOLD_AT}/${number}` && volume ? [volume] : [],
    ),
  );
  if (volumes.length === planned.length) return ok({ holder, volumes });
  await removeContainer(holder);
  if (!told.ok) return told;
  return err({
    kind: 'refused',
    message: 'The container engine made no volumes for the folders of a container.',
  });
}

const targetsSchema = z.array(z.nullable(z.string()));

/** What is brought back: the place inside of each folder that may be written to, else null. */
const labelOf = (folder: ShippedFolder): string | null =>
  folder.source === null || !isWritable(folder) ? null : (folder.places[0]?.target ?? null);

async function send(
  holder: Docker.Container,
  { user }: ContainerRequest,
  { planned, signal }: Planned,
): Promise<Result<void, EngineError>> {
  const packed = packFolders(planned, { at: HOLD_AT, user, limits: SHIPPING_LIMITS });
  const sent = await ask('take the folders of a container', { signal, deadlineMs: SEND_MS }, (abortSignal) =>
    holder.putArchive(packed, { path: '/', abortSignal }),
  );
  packed.destroy();
  return sent.ok ? ok(undefined) : sent;
}

function foldersOf(
  holder: Docker.Container,
  { mounts }: ContainerRequest,
  { planned, volumes }: { readonly planned: readonly ShippedFolder[]; readonly volumes: readonly string[] },
): ContainerFolders {
  const writable = planned.flatMap((folder, number) => fetchable(folder, number));
  const live = writable.filter(({ folder }) => mounts.some((mount) => mount.live && mount.source === folder));
  const over = new AbortController();
  let watching: Promise<void> | null = null;
  let brought: Promise<string | null> | null = null;
  return {
    mounts: planned.flatMap(({ places }, number) =>
      places.map(({ target, readonly }) => ({
        Type: 'volume' as const,
        Source: volumes[number] ?? '',
        Target: target,
        ReadOnly: readonly,
        VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } },
      })),
    ),
    labels: { [LABELS.holder]: holder.id },
    away: true,
    watch() {
      watching ??= watch(holder, live, over.signal);
    },
    bringBack() {
      brought ??= (async () => {
        over.abort();
        await watching;
        return fetchAll(holder, writable);
      })();
      return brought;
    },
    async putAway() {
      over.abort();
      await watching;
      await removeContainer(holder);
    },
  };
}

const fetchable = (folder: ShippedFolder, number: number): readonly Fetched[] =>
  folder.source !== null && isWritable(folder)
    ? [{ folder: folder.source, inside: `${HOLD_AT}/${number}`, kept: foreignPaths(folder) }]
    : [];

async function watch(holder: Docker.Container, live: readonly Fetched[], signal: AbortSignal): Promise<void> {
  let ms = LOOK_MS;
  while (live.length > 0 && !signal.aborted) {
    await pause(ms, signal);
    const began = performance.now();
    for (const one of live) if (!signal.aborted) await fetchLive(holder, one, signal);
    // An engine that is slow to answer is not asked all the time.
    ms = Math.max(LOOK_MS, 5 * (performance.now() - began));
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });

async function fetchAll(holder: Docker.Container, folders: readonly Fetched[]): Promise<string | null> {
  for (const folder of folders) {
    const failure = await fetchFolder(holder, folder);
    if (failure !== null) return failure;
  }
  return null;
}

/** The same for a container whose owner is gone: `mounts` are those that it was started with. */
export async function bringBackFrom(
  holder: Docker.Container,
  label: string,
  mounts: readonly Mount[],
): Promise<void> {
  const planned = planShipping(await kindsOf(mounts));
  for (const [number, target] of targetsSchema.parse(JSON.parse(label)).entries()) {
    const folder = planned.find(({ places }) => places.some((place) => place.target === target));
    for (const one of folder ? fetchable(folder, number) : []) await fetchFolder(holder, one);
  }
}
