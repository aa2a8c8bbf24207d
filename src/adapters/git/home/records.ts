import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { WAYS } from '../../../domain/home/ways.ts';
import type { Integration } from '../../../ports/home-git.ts';
import { readText, writeAside } from '../files.ts';

const oid = z.string().regex(/^[0-9a-f]{40,64}$/);
const schema = z.object({
  version: z.literal(1),
  id: z.string(),
  taskId: z.string(),
  at: z.number(),
  way: z.enum([...WAYS, 'push', 'discard']),
  commit: oid,
  state: z.enum(['begun', 'done', 'undoing', 'undone', 'dropped']),
  ref: z.object({ name: z.string(), from: oid.nullable(), to: oid.nullable() }).nullable(),
  checkout: z.object({ root: z.string(), before: oid, after: oid, moved: z.boolean() }).nullable(),
  rescued: z.object({ ref: z.string(), commit: oid, paths: z.array(z.string()) }).nullable(),
  pushed: z.object({ remote: z.string(), branch: z.string() }).nullable(),
  // Records of earlier versions have none.
  layers: z
    .array(z.object({ taskId: z.string(), commit: oid, tip: oid }))
    .nullable()
    .default(null),
}) satisfies z.ZodType<Integration>;

/** What was brought home: one file for each step in the state folder, written whole before anything moves. */
export interface Records {
  write(integration: Integration): Promise<void>;
  read(id: string): Promise<Integration | null>;
  remove(id: string): Promise<void>;
  /** Newest first; files that cannot be read are passed over. */
  all(): Promise<readonly Integration[]>;
}

export function createRecords(home: string): Records {
  const folder = join(home, 'integrations');
  const read = async (id: string): Promise<Integration | null> => {
    if (!/^[0-9a-f]{1,64}$/.test(id)) return null;
    const text = await readText(join(folder, `${id}.json`));
    if (text === null) return null;
    try {
      const parsed = schema.safeParse(JSON.parse(text));
      if (!parsed.success) return null;
      const { version: _version, ...integration } = parsed.data;
      return integration;
    } catch {
      return null;
    }
  };
  return {
    write: (integration) =>
      writeAside(join(folder, `${integration.id}.json`), JSON.stringify({ version: 1, ...integration })),
    read,
    remove: (id) => rm(join(folder, `${id}.json`), { force: true }),
    all: async () => {
      const names = await readdir(folder).catch(() => []);
      const found = await Promise.all(
        names.filter((name) => name.endsWith('.json')).map((name) => read(name.slice(0, -'.json'.length))),
      );
      return found.filter((one) => one !== null).sort(newestFirst);
    },
  };
}

/** Layers that landed together have ids that count up. */
const newestFirst = (left: Integration, right: Integration): number =>
  right.at - left.at || (left.id < right.id ? 1 : -1);

/** `REF OID` of every place that a step put a branch at, or an undo put it back to. */
export async function broughtRefs(records: Records): Promise<ReadonlySet<string>> {
  const places = (await records.all()).flatMap(({ ref, state }) => {
    if (ref === null) return [];
    if (state === 'done') return [`${ref.name} ${ref.to ?? ''}`];
    return state === 'undone' ? [`${ref.name} ${ref.from ?? ''}`] : [];
  });
  return new Set(places);
}
