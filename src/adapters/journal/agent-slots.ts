import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import { holdOf, turnOf, type AccountHold } from '../../domain/agents/account-limit.ts';
import type {
  AccountNews,
  AccountStanding,
  AgentAccount,
  AgentSlot,
  AgentSlots,
  SlotRequest,
  SlotWait,
} from '../../ports/agent-slots.ts';
import { accountFile, accountIds, readAccount, stateOf, tellAccount } from './agent-accounts.ts';
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
  /** Id of the account; earlier versions wrote none. */
  account: z.string().nullable().default(null),
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
    accounts: () => standings(options),
    acquire: async (request, onWait, signal) => {
      await ensurePrivateFolder(folder);
      const path = join(folder, `agent-${nameOf(request.folder)}`);
      const account = request.account?.id ?? null;
      const own = JSON.stringify({ folder: request.folder, owner: await processes.self(), account });
      if (request.started) {
        await writeWhole(path, own);
        return slotAt(options, path, request);
      }
      const since = String(clock.now()).padStart(15, '0');
      const place = join(folder, `waiting-${since}-${randomBytes(6).toString('hex')}`);
      await writeWhole(place, own);
      try {
        await untilTaken(options, { place, path, account, onWait, signal });
        return slotAt(options, path, request);
      } catch (error) {
        await rm(place, { force: true });
        throw error;
      }
    },
  };
}

const nameOf = (attemptFolder: string): string =>
  createHash('sha256').update(attemptFolder).digest('hex').slice(0, 24);

function slotAt(options: AgentSlotsOptions, path: string, { folder, account }: SlotRequest): AgentSlot {
  return {
    tell: async (news) => {
      if (account !== null) await tell(options, account, news);
    },
    ready: async (onWait, signal) => {
      if (account !== null) await untilReady(options, account, { onWait, signal });
    },
    release: () => rm(path, { force: true }),
    leave: () => writeWhole(path, JSON.stringify({ folder, owner: null, account: account?.id ?? null })),
  };
}

async function tell(options: AgentSlotsOptions, account: AgentAccount, news: AccountNews): Promise<void> {
  const { folder, clock } = options;
  const machine = await options.limit();
  const told = async () => {
    const running = (await runningOf(options)).filter((id) => id === account.id).length;
    await tellAccount({ folder, account, news, running, machine });
  };
  while ((await tryUnderLock(options, told)) === 'locked') await clock.sleep(LOCK_MS);
}

/** The one agent of a slot that starts again takes part in no line, and keeps to the provider's time. */
async function untilReady(
  options: AgentSlotsOptions,
  { id }: AgentAccount,
  { onWait, signal }: { readonly onWait: (hold: AccountHold) => void; readonly signal: AbortSignal },
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const hold = holdOf(stateOf(await readAccount(options.folder, id)), 0, options.clock.now());
    if (hold === null) return;
    onWait(hold);
    await changeIn(options, signal);
  }
}

async function standings(options: AgentSlotsOptions): Promise<readonly AccountStanding[]> {
  const { folder, clock } = options;
  const ids = await accountIds(folder);
  const running = ids.length === 0 ? [] : await runningOf(options);
  const all = await Promise.all(
    ids.map(async (id): Promise<readonly AccountStanding[]> => {
      const known = await readAccount(folder, id);
      if (known === null) return [];
      const here = running.filter((account) => account === id).length;
      return [
        {
          id,
          name: known.name,
          hold: holdOf(stateOf(known), here, clock.now()),
          most: known.limit.most,
          running: here,
          errors: known.circuit?.breakerState ?? 0,
          lastError: known.lastError,
          file: accountFile(folder, id),
        },
      ];
    }),
  );
  return all.flat().toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

interface Waiting {
  readonly place: string;
  readonly path: string;
  readonly account: string | null;
  readonly onWait: (wait: SlotWait) => void;
  readonly signal: AbortSignal;
}

async function untilTaken(options: AgentSlotsOptions, waiting: Waiting): Promise<void> {
  const { clock } = options;
  const { place, signal, onWait } = waiting;
  for (;;) {
    signal.throwIfAborted();
    if (!(await renew(options, place))) throw new Error(`The place ${place} in the line is gone.`);
    const look = await lookAround(options, waiting);
    if (mayGo(look)) {
      const took = await takeUnderLock(options, waiting);
      if (took === 'taken') return;
      if (took === 'locked') await clock.sleep(LOCK_MS, signal);
      continue;
    }
    onWait(look);
    await changeIn(options, signal);
  }
}

const mayGo = ({ ahead, limit, running, hold }: SlotWait): boolean =>
  hold === undefined && ahead < limit - running;

/** `full`: somebody else was faster. */
async function takeUnderLock(
  options: AgentSlotsOptions,
  waiting: Waiting,
): Promise<'taken' | 'locked' | 'full'> {
  return tryUnderLock(options, async () => {
    if (!mayGo(await lookAround(options, waiting, 'tidy'))) return 'full';
    await renamePatiently(waiting.place, waiting.path);
    return 'taken';
  });
}

async function lookAround(
  options: AgentSlotsOptions,
  { place, account }: Pick<Waiting, 'place' | 'account'>,
  tidy?: 'tidy',
): Promise<SlotWait> {
  const { folder, clock } = options;
  const running = await runningOf(options, tidy);
  const line = await lineBefore(options, place, tidy);
  const known = new Map(
    await Promise.all(
      [...new Set([...line, account])]
        .filter((id) => id !== null)
        .map(async (id) => [id, stateOf(await readAccount(folder, id))] as const),
    ),
  );
  const now = clock.now();
  const { ahead, hold } = turnOf(line, account, (id, more) => {
    const state = known.get(id);
    return state ? holdOf(state, running.filter((each) => each === id).length + more, now) : null;
  });
  const wait = { limit: await options.limit(), running: running.length, ahead };
  return hold === null ? wait : { ...wait, hold };
}

/** The accounts of the agents that have a slot now. */
async function runningOf(options: AgentSlotsOptions, tidy?: 'tidy'): Promise<readonly (string | null)[]> {
  const { folder } = options;
  const machine = (await options.processes.self()).machine;
  const slots = (await readdir(folder)).filter((name) => SLOT.test(name));
  const all = await Promise.all(
    slots.map(async (name): Promise<readonly (string | null)[]> => {
      const path = join(folder, name);
      const slot = await readSlot(path);
      const standing = await standingOf(options, slot, machine);
      if (standing === 'over' && tidy) await rm(path, { force: true });
      return standing === 'counts' && slot !== null ? [slot.account] : [];
    }),
  );
  return all.flat();
}

/** The accounts of those who wait longer than this place, in turn. */
async function lineBefore(
  options: AgentSlotsOptions,
  own: string,
  tidy?: 'tidy',
): Promise<readonly (string | null)[]> {
  const { folder } = options;
  const places = (await readdir(folder))
    .filter((name) => PLACE.test(name))
    .map((name) => join(folder, name))
    .filter((path) => path < own)
    .toSorted();
  const all = await Promise.all(
    places.map(async (path): Promise<readonly (string | null)[]> =>
      (await waits(options, path, tidy)) ? [(await readSlot(path))?.account ?? null] : [],
    ),
  );
  return all.flat();
}

type Standing = 'counts' | 'over' | 'elsewhere';

/** A slot of another machine or container that shares this folder takes nothing from this one. */
async function standingOf(
  options: AgentSlotsOptions,
  slot: z.infer<typeof slotSchema> | null,
  machine: string,
): Promise<Standing> {
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
