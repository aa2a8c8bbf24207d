import { err } from '../../src/base/result.ts';
/** Loops with journals, attempts and worktrees of agents, on real git, for those who clean up after them. */
import { join } from 'node:path';
import { createAttemptFolders } from '../../src/adapters/process/attempt-folders.ts';
import { createLoopFiles } from '../../src/adapters/journal/loop-files.ts';
import { createLoopStorage } from '../../src/adapters/journal/loop-storage.ts';
import { createLoopStore } from '../../src/adapters/journal/loop-store.ts';
import { createPortLeases } from '../../src/adapters/ports/port-leases.ts';
import type { CleanUpDeps } from '../../src/app/clean-up.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { implementer, owner, testConfig, TestLoop, validator } from '../../src/domain/loop/test-loop.ts';
import type { Repository, TaskGit } from '../../src/ports/worktrees.ts';
import { never, value, write, type World } from './git-fixture.ts';

export interface CleanUpPlace {
  readonly world: World;
  readonly repository: Repository;
}

export function cleanUpDeps(
  { world, repository }: CleanUpPlace,
  now: number,
  change: Partial<CleanUpDeps> = {},
): CleanUpDeps {
  const stateFolder = join(world.state, 'loops-of');
  const store = createLoopStore({ stateFolder });
  return {
    clock: { ...systemClock, now: () => now },
    logger: silentLogger,
    store,
    ledger: world.ledger,
    repository,
    portLeases: createPortLeases({
      folder: join(world.state, 'ports'),
      repositoryId: repository.facts.id,
      isFree: () => Promise.resolve(true),
    }),
    ownedContainers: () => Promise.resolve(null),
    containers: {
      here: () => Promise.resolve({ user: '1000:1000', mounts: [] }),
      find: () => Promise.resolve(err('No container engine was found.')),
      network: () => Promise.resolve(err('No container engine was found.')),
      removeNetworks: () => Promise.resolve(err('No container engine was found.')),
      made: () => Promise.resolve(err('No container engine was found.')),
      nodes: () => Promise.resolve(err('No container engine was found.')),
      whyNotOn: () => Promise.resolve('No container engine was found.'),
      endRun: () => Promise.resolve(0),
    },
    watch: {
      awaitRecord: () => Promise.resolve('lost'),
      cancel: () => Promise.resolve(),
      reap: () => Promise.resolve(),
      standing: () => Promise.resolve({ kind: 'starting' }),
      endCarriers: () => Promise.resolve(0),
      agentStart: () => Promise.resolve(null),
      answer: () => Promise.resolve(),
      nudge: () => Promise.resolve(),
      state: () => Promise.resolve(null),
      watchState: () => ({ dispose: () => undefined }),
    },
    folders: createAttemptFolders((taskId) => store.folder(taskId)),
    files: createLoopFiles((taskId) => store.folder(taskId)),
    storage: createLoopStorage({
      stateFolder,
      folderOf: (taskId) => store.folder(taskId),
      evidenceOf: (taskId) => join(stateFolder, 'evidence', taskId),
    }),
    ...change,
  };
}

export function held(result: Awaited<ReturnType<CleanUpDeps['store']['lease']>>) {
  if (!result.ok) throw new Error(`not held: ${result.error.kind}`);
  return result.value;
}

/** One that ended with PROCEED; its implementer came to `commit`. */
export function finishedLoop(taskId: string, commit: string | null = null): TestLoop {
  const loop = new TestLoop();
  loop.send({ kind: 'start', config: { ...testConfig, taskId } });
  loop.run({
    agent: (_, role) =>
      role === 'implementer'
        ? { ...implementer(0.93), commit }
        : role === 'validator'
          ? validator(0.95)
          : owner('PROCEED'),
  });
  return loop;
}

/** Writes the journal of a loop, with the files of an attempt. */
export async function writeJournal(place: CleanUpPlace, taskId: string, loop: TestLoop): Promise<void> {
  const { store } = cleanUpDeps(place, 0);
  const holder = held(await store.hold(taskId, () => Promise.resolve(null)));
  const opened = value(await store.open(taskId, holder.epoch));
  value(await opened.append(loop.events.map((event) => ({ ...event, taskId }))));
  await opened.close();
  await holder.release();
  const attempt = join(store.folder(taskId), 'attempts', '1', 'a1', '1');
  write(attempt, 'transcript.ndjson', '{"text":"hello"}\n'.repeat(5000));
  write(attempt, 'out/picture.bin', new Uint8Array([0, 255, 10, 13]));
}

/** An agent's worktree with a committed attempt in it. */
export async function agentWork(
  { repository }: CleanUpPlace,
  taskId: string,
  agentId: string,
  path: string,
): Promise<{ task: TaskGit; folder: string; commit: string }> {
  const task = repository.task(taskId);
  const start = repository.facts.head;
  const worktree = value(await task.worktree({ agentId, start }, never));
  write(worktree.path, path, `by ${agentId}\n`);
  const request = { agentId, iteration: 1, attempt: 1, start, message: 'attempt' };
  const { commit } = value(await task.commitAttempt(request));
  return { task, folder: worktree.path, commit };
}
