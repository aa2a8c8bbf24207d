import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { AgentSlot, AgentSlots, SlotRequest, SlotWait } from '../../ports/agent-slots.ts';
import { ensurePrivateFolder, renamePatiently, writeWhole } from './durable-files.ts';
import { ageOf, changeIn, LOCK_MS, renew, STALE_MS, tryUnderLock } from './machine-line.ts';
import type { ProcessIdentity, Processes } from './process-identity.ts';

/*
 * A slot is a file `agent-<attempt>`, a place in the line a file `waiting-<since>-<random>`. A slot counts while the
 * process that took it is alive or its agent runs, so neither a killed orchestrator nor a killed agent keeps one. A
 * place counts while its owner says so every few seconds: one that is suspended must not hold up those behind it.
 * Slots are taken, and dead ones removed, under a lock that a death frees (see `holder.ts`); all else only looks.
 */
const SLOT = /^agent-[0-9a-f]{24}$/;
const PLACE = /^waiting-(\d{15})-[0-9a-f]{12}$/;
const ABANDONED_MS = 86_400_000;

const slotSchema = z.object({
  folder: z.string(),
  /** Null: the process let go, and only the agent counts. */
  owner: z.object({ pid: z.int(), startTime: z.string(), machine: z.string() }).nullable(),
});

export interface AgentSlotsOptions {
  /** One folder for all repositories of the user: cores and memory belong to the machine. */
  readonly folder: string;
  readonly limit: () => Promise<number>;
  /** Whether an attempt's runner or agent is alive. */
  readonly runs: (attemptFolder: string) => Promise<boolean>;
  readonly processes: Processes;
  readonly clock: Clock;
}

export function createAgentSlots(options: AgentSlotsOptions): AgentSlots {
  const { folder, clock, processes } = options;
  return {
    limit: options.limit,
    acquire: async (request, onWait, signal) => {
      await ensurePrivateFolder(folder);
      const path = join(folder, `agent-${nameOf(request.folder)}`);
      const own = JSON.stringify({ folder: request.folder, owner: await processes.self() });
      if (request.started) {
        await writeWhole(path, own);
        return slotAt(path, request);
      }
      const since = String(clock.now()).padStart(15, '0');
      const place = join(folder, `waiting-${since}-${randomBytes(6).toString('hex')}`);
      await writeWhole(place, own);
      try {
        await untilTaken(options, { place, path, onWait, signal });
        return slotAt(path, request);
      } catch (error) {
        await rm(place, { force: true });
        throw error;
      }
    },
  };
}

const nameOf = (attemptFolder: string): string =>
  createHash('sha256').update(attemptFolder).digest('hex').slice(0, 24);

function slotAt(path: string, { folder }: SlotRequest): AgentSlot {
  return {
    release: () => rm(path, { force: true }),
    leave: () => writeWhole(path, JSON.stringify({ folder, owner: null })),
  };
}

interface Waiting {
  readonly place: string;
  readonly path: string;
  readonly onWait: (wait: SlotWait) => void;
  readonly signal: AbortSignal;
}

async function untilTaken(options: AgentSlotsOptions, waiting: Waiting): Promise<void> {
  const { clock } = options;
  const { place, signal, onWait } = waiting;
  for (;;) {
    signal.throwIfAborted();
    if (!(await renew(options, place))) throw new Error(`The place ${place} in the line is gone.`);
    const look = await lookAround(options, place);
    if (look.ahead < look.limit - look.running) {
      const took = await takeUnderLock(options, waiting);
      if (took === 'taken') return;
      if (took === 'locked') await clock.sleep(LOCK_MS, signal);
      continue;
    }
    onWait(look);
    await changeIn(options, signal);
  }
}

/** `full`: somebody else was faster. */
async function takeUnderLock(
  options: AgentSlotsOptions,
  { place, path }: Waiting,
): Promise<'taken' | 'locked' | 'full'> {
  return tryUnderLock(options, async () => {
    const { ahead, limit, running } = await lookAround(options, place, 'tidy');
    if (ahead >= limit - running) return 'full';
    await renamePatiently(place, path);
    return 'taken';
  });
}

async function lookAround(options: AgentSlotsOptions, own: string, tidy?: 'tidy'): Promise<SlotWait> {
  const { folder } = options;
  const names = await readdir(folder);
  const machine = (await options.processes.self()).machine;
  const slots = names.filter((name) => SLOT.test(name)).map((name) => join(folder, name));
  const counted = await Promise.all(
    slots.map(async (path) => {
      const standing = await standingOf(options, path, machine);
      if (standing === 'over' && tidy) await rm(path, { force: true });
      return standing === 'counts';
    }),
  );
  const ahead = await Promise.all(
    names
      .map((name) => join(folder, name))
      .filter((path) => PLACE.test(path.slice(folder.length + 1)) && path < own)
      .map((path) => waits(options, path, tidy)),
  );
  return {
    limit: await options.limit(),
    running: counted.filter(Boolean).length,
    ahead: ahead.filter(Boolean).length,
  };
}

type Standing = 'counts' | 'over' | 'elsewhere';

/** A slot of another machine or container that shares this folder takes nothing from this one. */
async function standingOf(options: AgentSlotsOptions, path: string, machine: string): Promise<Standing> {
  const slot = await readSlot(path);
  if (slot === null) return 'over';
  const { owner } = slot;
  if (owner && owner.machine !== machine) {
    return (await options.processes.state(owner)) === 'gone' ? 'over' : 'elsewhere';
  }
  if (owner && (await isAlive(options, owner))) return 'counts';
  return (await options.runs(slot.folder)) ? 'counts' : 'over';
}

async function isAlive({ processes }: AgentSlotsOptions, owner: ProcessIdentity): Promise<boolean> {
  return (await processes.state(owner)) !== 'gone';
}

async function readSlot(path: string): Promise<z.infer<typeof slotSchema> | null> {
  try {
    return slotSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Given back in the meantime; files are written whole, so what cannot be read is none of ours.
    return null;
  }
}

/** Of its owner's death only the missing renewal tells; much later the place goes. */
async function waits(options: AgentSlotsOptions, path: string, tidy?: 'tidy'): Promise<boolean> {
  const age = await ageOf(options, path);
  if (age === null) return false;
  if (age > ABANDONED_MS && tidy) await rm(path, { force: true });
  return age <= STALE_MS;
}
