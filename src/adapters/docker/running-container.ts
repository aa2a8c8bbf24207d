import type { Writable } from 'node:stream';
import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { ok, type Result } from '../../base/result.ts';
import type { EngineError } from '../../domain/containers/engine.ts';
import type { ContainerExit, RunningContainer } from '../../ports/container-engine.ts';
import type { ContainerOutput } from './container-output.ts';
import type { ContainerFolders } from './container-folders.ts';
import { ask } from './engine.ts';

/** So long an engine may be away before its container counts as lost. */
const AWAY_MS = 60_000;
const LOOK_MS = 250;
const REMOVE_MS = 30_000;

interface Started {
  readonly name: string;
  readonly stdin: Writable | null;
  readonly output: ContainerOutput;
  readonly folders: ContainerFolders;
  /** Whether its program was not there. */
  readonly missing: () => boolean;
  /** What was made for it outside. */
  readonly putAway: () => Promise<void>;
  /** The end of the stream that it was attached by. */
  readonly read: Promise<void>;
}

export function runningContainer(container: Docker.Container, started: Started): RunningContainer {
  const over = new AbortController();
  let taking: Promise<string | null> | null = null;
  const life = follow(container, started, { over: over.signal, taken: async () => taking });
  return {
    id: container.id,
    name: started.name,
    stdin: started.stdin,
    exited: life.exited,
    closed: life.closed,
    cpuMs: () => cpuOf(container),
    async signal(name) {
      await ask('signal a container', {}, (abortSignal) => container.kill({ signal: name, abortSignal }));
    },
    async remove() {
      taking ??= endAway(container, started.folders);
      over.abort();
      await taking;
      const removed = await removeContainer(container);
      await started.putAway();
      return removed.ok;
    },
  };
}

/** Nothing is brought back from one that still writes; why not, in one sentence. */
async function endAway(container: Docker.Container, folders: ContainerFolders): Promise<string | null> {
  if (!folders.away) return null;
  const ended = await ask('end a container', { deadlineMs: REMOVE_MS }, (abortSignal) =>
    container.kill({ abortSignal }),
  );
  // One that has ended already cannot be killed.
  if (!ended.ok && (ended.error.kind === 'unreachable' || ended.error.kind === 'late'))
    return ended.error.message;
  await ask('wait for a container', { deadlineMs: REMOVE_MS }, (abortSignal) =>
    container.wait({ abortSignal }),
  );
  return folders.bringBack();
}

interface End {
  /** It is being taken away. */
  readonly over: AbortSignal;
  /** Why what it wrote could then not be brought back. */
  readonly taken: () => Promise<string | null>;
}

function follow(container: Docker.Container, started: Started, { over, taken }: End) {
  let reading = started.read;
  const exited = (async (): Promise<ContainerExit> => {
    for (;;) {
      const told = await waitFor(container, reading, over);
      if (over.aborted) return takenAway(await taken());
      const state = told ? await stateOf(container, over) : await stateOnceBack(container, over);
      if (!state.ok)
        return over.aborted ? takenAway(await taken()) : { kind: 'lost', message: state.error.message };
      const { Running: running, ExitCode: code, OOMKilled: outOfMemory } = state.value;
      if (!running && !told && code !== 0)
        return { kind: 'lost', message: 'The container ended when its engine did.' };
      const why = running ? null : await started.folders.bringBack();
      if (why !== null) return { kind: 'stranded', message: why };
      if (!running) return { kind: 'exited', code, outOfMemory, missing: code !== 0 && started.missing() };
      reading = readAgain(container, started.output, over);
    }
  })();
  return { exited, closed: exited.then(() => reading) };
}

const takenAway = (why: string | null): ContainerExit =>
  why === null
    ? { kind: 'lost', message: 'The container was taken away.' }
    : { kind: 'stranded', message: why };

/** What a timer can wait at most; limits of attempts are far below. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** An engine tells of an end a moment after the outputs have ended. */
const TOLD_MS = 2000;

/**
 * Resolves when the container has ended, with true where the engine says so; or with false when the connection to it has.
 * There is no deadline for an agent's work here.
 */
async function waitFor(
  container: Docker.Container,
  reading: Promise<void>,
  over: AbortSignal,
): Promise<boolean> {
  const done = new AbortController();
  const signal = AbortSignal.any([over, done.signal]);
  const told = ask('wait for a container', { signal, deadlineMs: LONGEST_TIMER_MS }, (abortSignal) =>
    container.wait({ abortSignal }),
  ).then(({ ok: answered }) => answered);
  // The library never settles a wait whose engine goes away in the middle of its answer; the outputs tell.
  const silent = reading.then(
    () => new Promise<boolean>((resolve) => setTimeout(resolve, TOLD_MS, false).unref()),
  );
  const answer = await Promise.race([told, silent]);
  done.abort();
  return answer;
}

type State = Docker.ContainerInspectInfo['State'];

const stateOf = (container: Docker.Container, signal: AbortSignal): Promise<Result<State, EngineError>> =>
  ask(
    'tell of a container',
    { signal },
    async (abortSignal) => (await container.inspect({ abortSignal })).State,
  );

/** An engine that is started again keeps its containers, or has ended them. */
async function stateOnceBack(
  container: Docker.Container,
  over: AbortSignal,
): Promise<Result<State, EngineError>> {
  const giveUpAt = performance.now() + AWAY_MS;
  for (;;) {
    const state = await stateOf(container, over);
    if (state.ok || state.error.kind === 'missing' || over.aborted) return state;
    if (performance.now() > giveUpAt) return state;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function readAgain(
  container: Docker.Container,
  output: ContainerOutput,
  over: AbortSignal,
): Promise<void> {
  const logs = await ask('give the output of a container', { signal: over }, () =>
    container.logs({ stdout: true, stderr: true, follow: true }),
  );
  if (logs.ok) await output.readAgain(logs.value);
}

/** CPU time in nanoseconds. */
const statsSchema = z.object({ cpu_stats: z.object({ cpu_usage: z.object({ total_usage: z.number() }) }) });

async function cpuOf(container: Docker.Container): Promise<number | null> {
  const stats = await ask('measure a container', {}, () =>
    container.stats({ stream: false, 'one-shot': true }),
  );
  const read = statsSchema.safeParse(stats.ok ? stats.value : null);
  return read.success ? read.data.cpu_stats.cpu_usage.total_usage / 1e6 : null;
}

/** Ends it by force; one that is gone, or on its way, is as good as removed. */
export async function removeContainer(container: Docker.Container): Promise<Result<void, EngineError>> {
  const giveUpAt = performance.now() + REMOVE_MS;
  for (;;) {
    const removed = await ask('remove a container', { deadlineMs: REMOVE_MS }, (abortSignal) =>
      container.remove({ force: true, v: true, abortSignal }),
    );
    if (removed.ok || removed.error.kind === 'missing') return ok(undefined);
    // Codes differ between engines, so what counts is whether it is still there.
    const left = await ask('tell of a container', {}, (abortSignal) => container.inspect({ abortSignal }));
    if (!left.ok && left.error.kind === 'missing') return ok(undefined);
    if (performance.now() > giveUpAt) return removed;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
