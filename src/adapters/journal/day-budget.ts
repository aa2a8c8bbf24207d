/** A file for each start of the day, with what was set aside for it and what it told; see `agent-slots.ts` for the lock. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import {
  dayAllows,
  heldToday,
  spentToday,
  type DayEntry,
  type DayReached,
} from '../../domain/agents/day-budget.ts';
import type { DayBudget, DayRequest, DayReservation, DayStanding } from '../../ports/day-budget.ts';
import { ensurePrivateFolder, errorCode, writeWhole } from './durable-files.ts';
import { changeIn, LOCK_MS, tryUnderLock } from './machine-line.ts';
import type { Processes } from './process-identity.ts';

const ENTRY = /^(\d{4}-\d{2}-\d{2})-[0-9a-f]{24}\.json$/;

const entrySchema = z.object({
  folder: z.string(),
  reservedUsd: z.number().nullable(),
  toldUsd: z.number().nullable(),
  ended: z.boolean(),
  /** False: nothing of it runs before its owner says so. */
  started: z.boolean(),
  owner: z.object({ pid: z.int(), startTime: z.string(), machine: z.string() }),
});
type Entry = z.infer<typeof entrySchema>;

export interface DayBudgetOptions {
  /** One folder for all repositories of the user. */
  readonly folder: string;
  /** US dollars a day; null: no limit, and nothing is kept. */
  readonly limit: () => Promise<number | null>;
  readonly processes: Processes;
  readonly clock: Clock;
}

/** As the calendar of this machine has it. */
export function dayOf(at: number): string {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function createDayBudget(options: DayBudgetOptions): DayBudget {
  const { folder, clock } = options;
  return {
    reserve: async (request, onWait, signal) => {
      await ensurePrivateFolder(folder);
      // What runs already is taken up to be ended too, and waits for nobody.
      const waits = request.started ? undefined : signal;
      for (;;) {
        waits?.throwIfAborted();
        const took = await tryUnderLock(options, () => take(options, request));
        if (took === 'locked') await clock.sleep(LOCK_MS, waits);
        else if (took.kind === 'later') {
          onWait(took.standing);
          await changeIn(options, signal);
        } else return took.kind === 'reached' ? took.reached : took.reservation;
      }
    },
    room: async ({ day, usd }, signal) => {
      await ensurePrivateFolder(folder);
      for (;;) {
        signal.throwIfAborted();
        const limit = await options.limit();
        const today = dayOf(clock.now());
        if (limit === null || today !== day) return;
        if (dayAllows(await entriesOf(options, today), usd, limit) !== 'reached') return;
        await changeIn(options, signal);
      }
    },
    standing: async () => {
      const limitUsd = await options.limit();
      return limitUsd === null ? null : standingOf(options, dayOf(clock.now()), limitUsd);
    },
  };
}

type Taken =
  | { readonly kind: 'later'; readonly standing: DayStanding }
  | { readonly kind: 'reached'; readonly reached: DayReached }
  | { readonly kind: 'taken'; readonly reservation: DayReservation };

const UNCOUNTED: DayReservation = {
  started: () => Promise.resolve(),
  settle: () => Promise.resolve(),
  drop: () => Promise.resolve(),
};

async function take(options: DayBudgetOptions, request: DayRequest): Promise<Taken> {
  const limitUsd = await options.limit();
  if (limitUsd === null) return { kind: 'taken', reservation: UNCOUNTED };
  const today = dayOf(options.clock.now());
  const known = request.started ? await findEntry(options, request.folder) : null;
  if (known) return { kind: 'taken', reservation: reservationAt(known.path, known.entry) };
  if (!request.started && request.passed !== today) {
    const others = await entriesOf(options, today, request.folder);
    const allowed = dayAllows(others, request.usd, limitUsd);
    const standing = await standingOf(options, today, limitUsd);
    if (allowed === 'later') return { kind: 'later', standing };
    if (allowed === 'reached') {
      const { day, spentUsd } = standing;
      return { kind: 'reached', reached: { day, spentUsd, limitUsd, usd: request.usd } };
    }
  }
  const path = join(options.folder, `${today}-${nameOf(request.folder)}.json`);
  const entry: Entry = {
    folder: request.folder,
    reservedUsd: request.usd,
    toldUsd: null,
    ended: false,
    started: request.started,
    owner: await options.processes.self(),
  };
  await writeWhole(path, JSON.stringify(entry));
  await forgetEarlier(options, today);
  return { kind: 'taken', reservation: reservationAt(path, entry) };
}

const nameOf = (attemptFolder: string): string =>
  createHash('sha256').update(attemptFolder).digest('hex').slice(0, 24);

function reservationAt(path: string, entry: Entry): DayReservation {
  const write = (change: Partial<Entry>) => writeWhole(path, JSON.stringify({ ...entry, ...change }));
  let begun = entry.started;
  return {
    started: async () => {
      if (begun) return;
      begun = true;
      await write({ started: true });
    },
    settle: (toldUsd) => write({ started: true, ended: true, toldUsd }),
    drop: async () => {
      if (!begun) await rm(path, { force: true });
    },
  };
}

/** A start belongs to its day, also when it ends on the next. */
async function findEntry(
  { folder }: DayBudgetOptions,
  attemptFolder: string,
): Promise<{ readonly path: string; readonly entry: Entry } | null> {
  const name = (await namesIn(folder)).find((each) => each.endsWith(`-${nameOf(attemptFolder)}.json`));
  if (name === undefined) return null;
  const path = join(folder, name);
  const entry = await readEntry(path);
  return entry && { path, entry };
}

/** Those that count: of a dead process only what it had started. */
async function entriesOf(options: DayBudgetOptions, day: string, but?: string): Promise<readonly DayEntry[]> {
  const { folder, processes } = options;
  const names = (await namesIn(folder)).filter((name) => ENTRY.exec(name)?.[1] === day);
  const all = await Promise.all(
    names.map(async (name): Promise<readonly DayEntry[]> => {
      const entry = await readEntry(join(folder, name));
      if (entry === null || entry.folder === but) return [];
      const counts = entry.started || (await processes.state(entry.owner)) !== 'gone';
      return counts ? [entry] : [];
    }),
  );
  return all.flat();
}

async function standingOf(options: DayBudgetOptions, day: string, limitUsd: number): Promise<DayStanding> {
  const entries = await entriesOf(options, day);
  return { day, spentUsd: spentToday(entries), heldUsd: heldToday(entries), limitUsd };
}

/** What has ended is kept for its day; one under way is settled where it was begun. */
async function forgetEarlier({ folder }: DayBudgetOptions, today: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    const day = ENTRY.exec(name)?.[1];
    if (day === undefined || day >= today) continue;
    if ((await readEntry(join(folder, name)))?.ended !== false) await rm(join(folder, name), { force: true });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
    return [];
  });
}

async function readEntry(path: string): Promise<Entry | null> {
  try {
    return entrySchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    // Removed in the meantime; files are written whole, so what cannot be read is none of ours.
    return null;
  }
}
