import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir, rm, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { LoopQueue, LoopStanding, QueuedLoop, QueueMember, QueueWait } from '../../ports/loop-queue.ts';
import type { Logger } from '../../base/logger.ts';
import { ensurePrivateFolder, errorCode, writeWhole } from './durable-files.ts';
import { ageOf, changeIn, LOCK_MS, renew, STALE_MS, tryUnderLock, type LineDeps } from './machine-line.ts';

/*
 * A loop that waits has a file `place-<loop>`, one at work a file `working-<loop>-<random>`. That a loop is queued stands in its
 * journal; its place says in which order. A place outlives whoever waits in it and counts while somebody renews it; one
 * at work counts while its process lives. Places are made, moved and left for work under a lock that a death frees, so
 * two loops never both take the same turn; a process that dies between its turn and its journal has taken none.
 */
const PLACE = /^place-[0-9a-f]{24}$/;
const WORKING = /^working-([0-9a-f]{24})-[0-9a-f]{12}$/;

const placeSchema = z.object({
  taskId: z.string(),
  repository: z.object({ id: z.string(), root: z.string() }),
  since: z.number(),
  order: z.number(),
});
const workingSchema = z.object({
  owner: z.object({ pid: z.int(), startTime: z.string(), machine: z.string() }),
});

interface Place extends z.infer<typeof placeSchema> {
  readonly path: string;
  readonly name: string;
}

export interface LoopQueueOptions extends LineDeps {
  /** One folder for all repositories of the user. */
  readonly folder: string;
  readonly repository: QueuedLoop['repository'];
  readonly logger: Logger;
}

export function createLoopQueue(options: LoopQueueOptions): LoopQueue {
  const placeOf = (taskId: string) => join(options.folder, `place-${nameOf(options, taskId)}`);
  return {
    member: (loop) => createMember(options, loop),
    list: async () => {
      const working = new Set(await loopsAtWork(options));
      const waiting = (await readPlaces(options)).filter(({ name }) => !working.has(name));
      return Promise.all(
        waiting.map(async (place) => {
          const { taskId, repository, since } = place;
          return { taskId, repository, since, attended: await isAttended(options, place) };
        }),
      );
    },
    move: (taskId, position) => underLock(options, () => move(options, placeOf(taskId), position)),
    forget: (taskId) => rm(placeOf(taskId), { force: true }),
  };
}

const nameOf = ({ repository }: LoopQueueOptions, taskId: string): string =>
  createHash('sha256').update(`${repository.id}\n${taskId.toLowerCase()}`).digest('hex').slice(0, 24);

/** What is asked of a member is done one after the other. */
function createMember(
  options: LoopQueueOptions,
  loop: { readonly taskId: string; readonly since: number },
): QueueMember {
  const { clock, folder } = options;
  const name = nameOf(options, loop.taskId);
  const place = join(folder, `place-${name}`);
  const working = join(folder, `working-${name}-${randomBytes(6).toString('hex')}`);
  let known: LoopStanding | null = null;
  let chain: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const done = chain.then(act);
    chain = done.catch(() => undefined);
    return done;
  };
  const warn = (error: unknown): void =>
    options.logger.warn(`The other loops of this machine could not be told: ${String(error)}`, {
      taskId: loop.taskId,
    });
  const stand = async (standing: LoopStanding): Promise<void> => {
    if (standing === known) return;
    if (standing === 'queued') await joinLine(options, place, loop);
    if (standing === 'working') await mark(options, working);
    if (standing === 'resting') await rm(working, { force: true });
    // After it is at work: in between, the loop must not look like neither.
    if (standing !== 'queued') await rm(place, { force: true });
    known = standing;
  };
  const take = (): Promise<QueueWait | 'taken' | 'locked'> =>
    inTurn(async () => {
      if (!(await renew(options, place))) await joinLine(options, place, loop);
      const before = await lookAround(options, name);
      if (before.atWork + before.ahead > 0) return before;
      return tryUnderLock(options, async () => {
        const now = await lookAround(options, name);
        if (now.atWork + now.ahead > 0) return now;
        await mark(options, working);
        return 'taken' as const;
      });
    });
  return {
    stands: (standing) => inTurn(() => stand(standing)).catch(warn),
    turn: async (onWait, signal) => {
      for (;;) {
        signal.throwIfAborted();
        const found = await take();
        if (found === 'taken') {
          if (signal.aborted) await rm(working, { force: true });
          signal.throwIfAborted();
          return;
        }
        if (found === 'locked') {
          await clock.sleep(LOCK_MS, signal);
          continue;
        }
        onWait(found);
        await changeIn(options, signal);
      }
    },
    close: () =>
      inTurn(async () => {
        await rm(working, { force: true });
        // Nobody waits here any more; who takes the loop up again finds its place.
        await utimes(place, new Date(0), new Date(0)).catch((error: unknown) => {
          if (errorCode(error) !== 'ENOENT') throw error;
        });
      }).catch(warn),
  };
}

async function mark(options: LoopQueueOptions, working: string): Promise<void> {
  await ensurePrivateFolder(options.folder);
  await writeWhole(working, JSON.stringify({ owner: await options.processes.self() }));
}

/** Behind all others, unless it has a place from before. */
async function joinLine(
  options: LoopQueueOptions,
  place: string,
  loop: { readonly taskId: string; readonly since: number },
): Promise<void> {
  await ensurePrivateFolder(options.folder);
  if (await renew(options, place)) return;
  await underLock(options, async () => {
    const last = (await readPlaces(options)).at(-1)?.order ?? 0;
    const { repository } = options;
    await writeWhole(place, JSON.stringify({ ...loop, repository, order: last + 1 }));
  });
}

async function underLock<T>(options: LoopQueueOptions, act: () => Promise<T>): Promise<T> {
  await ensurePrivateFolder(options.folder);
  for (;;) {
    const done = await tryUnderLock(options, async () => ({ value: await act() }));
    if (done !== 'locked') return done.value;
    await options.clock.sleep(LOCK_MS);
  }
}

/** Rewritten places keep their times: a move says nothing about who waits. */
async function move(options: LoopQueueOptions, place: string, position: number): Promise<boolean> {
  const places = await readPlaces(options);
  const moved = places.find(({ path }) => path === place);
  if (!moved) return false;
  const others = places.filter((each) => each !== moved);
  const line = [...others.slice(0, position - 1), moved, ...others.slice(position - 1)];
  for (const [index, { path, name: _name, ...content }] of line.entries()) {
    if (content.order === index + 1) continue;
    const age = await ageOf(options, path);
    // Left for work in the meantime.
    if (age === null) continue;
    await writeWhole(path, JSON.stringify({ ...content, order: index + 1 }));
    const renewed = new Date(options.clock.now() - age);
    await utimes(path, renewed, renewed);
  }
  return true;
}

async function namesIn({ folder }: LoopQueueOptions, kind: RegExp): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => kind.test(name)).map((name) => join(folder, name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** In the order of their turns. */
async function readPlaces(options: LoopQueueOptions): Promise<readonly Place[]> {
  const paths = await namesIn(options, PLACE);
  const places = await Promise.all(
    paths.map(async (path) => {
      const place = await readJson(path, placeSchema);
      return place && { ...place, path, name: basename(path).slice('place-'.length) };
    }),
  );
  return places
    .filter((place) => place !== null)
    .sort((one, other) => one.order - other.order || one.path.localeCompare(other.path));
}

/** Null for what went in the meantime: files are written whole, so what cannot be read is none of ours. */
async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

async function lookAround(options: LoopQueueOptions, name: string): Promise<QueueWait> {
  const places = await readPlaces(options);
  const own = places.findIndex((place) => place.name === name);
  const before = own < 0 ? places : places.slice(0, own);
  const attended = await Promise.all(before.map((place) => isAttended(options, place)));
  const atWork = (await loopsAtWork(options)).filter((loop) => loop !== name);
  return { atWork: atWork.length, ahead: attended.filter(Boolean).length };
}

async function isAttended(options: LoopQueueOptions, { path }: Place): Promise<boolean> {
  const age = await ageOf(options, path);
  return age !== null && age <= STALE_MS;
}

/** Names of the loops at work in living processes of this machine; what a dead one left goes. */
async function loopsAtWork(options: LoopQueueOptions): Promise<readonly string[]> {
  const { processes } = options;
  const { machine } = await processes.self();
  const names = await Promise.all(
    (await namesIn(options, WORKING)).map(async (path) => {
      const found = await readJson(path, workingSchema);
      if (found === null) return [];
      const { owner } = found;
      const gone = (await processes.state(owner)) === 'gone';
      // Nobody else ever writes a file of this name.
      if (gone) await rm(path, { force: true });
      return gone || owner.machine !== machine ? [] : [WORKING.exec(basename(path))?.[1] ?? ''];
    }),
  );
  return names.flat();
}
