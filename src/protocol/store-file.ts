import * as z from 'zod/mini';

/** In the state folder, readable by the user alone: where the store listens and who may log in. */
export const STORE_FILE = 'store.json';
export const STORE_LOG = 'store.log';

export const storeFileSchema = z.object({
  version: z.literal(1),
  /** Of the process that wrote this last; it may be gone. */
  pid: z.int(),
  /** Kept over restarts, so that the URLs that agents hold stay good. */
  port: z.int().check(z.minimum(1), z.maximum(65_535)),
  adminPassword: z.string().check(z.minLength(16)),
  /** Another one after each restart. */
  runId: z.string(),
  /** No fencing number above this one was given out. */
  fence: z.int().check(z.minimum(0)),
  /** Before all keys on a real Redis, which others may share. */
  namespace: z.optional(z.string().check(z.regex(/^[0-9a-f]{16}$/))),
  /** Password by task id. */
  tasks: z.record(z.string(), z.string()),
});
export type StoreFile = z.infer<typeof storeFileSchema>;

/** How `dist/store.js` ends when another process already serves the folder. */
export const EXIT_STORE_HELD = 3;

export function storeUrl(user: string, password: string, port: number): string {
  return `redis://${user}:${password}@127.0.0.1:${port}`;
}

/** How the store's refusals begin while the user's own Redis behind it does not serve. */
export const STORE_UNAVAILABLE = 'UNAVAILABLE ';
