/** What is known of the providers' accounts: a file for each that is limited or fails, beside the slots. */
import { randomInt } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import {
  completedRun,
  limitedAccount,
  NO_LIMIT,
  type AccountState,
} from '../../domain/agents/account-limit.ts';
import type { AccountNews, AgentAccount } from '../../ports/agent-slots.ts';
import { circuitSchema, openUntil, tellCircuit } from './account-breaker.ts';
import { errorCode, writeWhole } from './durable-files.ts';

const FILE = /^account-([0-9a-f]{16})\.json$/;
const FINE = 1_000_000;
const MOST_ERROR = 300;

const fileSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  limit: z.object({
    most: z.int().min(1).nullable(),
    successes: z.int().min(0),
    notBefore: z.number(),
    limits: z.int().min(0),
    limitedAt: z.number(),
  }),
  circuit: circuitSchema.nullable(),
  lastError: z.string().nullable(),
});
export type KnownAccount = z.infer<typeof fileSchema>;

export const accountFile = (folder: string, id: string): string => join(folder, `account-${id}.json`);

const newAccount = (name: string): KnownAccount => ({
  version: 1,
  name,
  limit: NO_LIMIT,
  circuit: null,
  lastError: null,
});

/** Null where nothing is known; a file that cannot be read holds nobody up. */
export async function readAccount(folder: string, id: string): Promise<KnownAccount | null> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(accountFile(folder, id), 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError || errorCode(error) === 'ENOENT')
      return null;
    throw error;
  }
}

export async function accountIds(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
    return [];
  });
  return names.flatMap((name) => FILE.exec(name)?.[1] ?? []);
}

export const stateOf = (known: KnownAccount | null): AccountState => ({
  limit: known?.limit ?? NO_LIMIT,
  openUntil: openUntil(known?.circuit ?? null),
});

export interface Telling {
  readonly folder: string;
  readonly account: AgentAccount;
  readonly news: AccountNews;
  /** Agents of the account that run, with the one that is told of. */
  readonly running: number;
  /** How many agents run on the machine at most. */
  readonly machine: number;
}

/** Under the lock of the slots. An account that is well again leaves no file. */
export async function tellAccount({ folder, account, news, running, machine }: Telling): Promise<void> {
  const before = await readAccount(folder, account.id);
  const known = before ?? newAccount(account.name);
  const next = await afterNews(known, news, { running, machine });
  if (next.limit.most === null && next.limit.limits === 0 && next.circuit === null) {
    if (before !== null) await rm(accountFile(folder, account.id), { force: true });
    return;
  }
  if (JSON.stringify(next) === JSON.stringify(before)) return;
  await writeWhole(accountFile(folder, account.id), JSON.stringify(next));
}

async function afterNews(
  known: KnownAccount,
  news: AccountNews,
  { running, machine }: Pick<Telling, 'running' | 'machine'>,
): Promise<KnownAccount> {
  switch (news.kind) {
    case 'completed':
      return {
        ...known,
        limit: completedRun(known.limit, machine),
        circuit: await tellCircuit(known.circuit, 'completed'),
      };
    case 'error':
      return {
        ...known,
        circuit: await tellCircuit(known.circuit, 'error'),
        lastError: news.message.slice(0, MOST_ERROR),
      };
    case 'rate-limited': {
      const random = randomInt(FINE) / FINE;
      return { ...known, limit: limitedAccount(known.limit, { ...news, running, random }) };
    }
  }
}
