import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import {
  EXIT_STORE_HELD,
  STORE_FILE,
  STORE_LOG,
  storeFileSchema,
  storeUrl,
  type StoreFile,
} from '../../protocol/store-file.ts';
import { describeTarget, type RedisConfig } from '../../protocol/redis-settings.ts';
import { openRespClient } from './resp-client.ts';

/** How the store's program is started; the folder's arguments are added. */
export interface StoreProgram {
  /** Node, or an editor's binary that runs as Node. */
  readonly execPath: string;
  /** For example `[dist/store.js]`. */
  readonly args: readonly string[];
}

export interface EnsureStore {
  /** Absolute path of the state folder. */
  readonly folder: string;
  readonly program: StoreProgram;
  /** The store ends so long after its last client; absent: the program's own minute. */
  readonly idleMs?: number | undefined;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** The server behind the store; `null`: none, keys are in the store itself. Absent: whatever a living store has. */
  readonly redis?: RedisConfig | null | undefined;
}

export interface StoreAddress {
  readonly port: number;
  readonly adminPassword: string;
  readonly adminUrl: string;
}

type Start =
  | { readonly kind: 'ready' }
  /** Another process has the folder; it may be on its way up or down. */
  | { readonly kind: 'held' }
  | { readonly kind: 'failed'; readonly message: string };

const PROBE_MS = 1000;
const MOST_FAILURES = 2;
const RETRY_MS = 40;

/** The folder's store: the living one, else one that is started now. */
export async function ensureStore(request: EnsureStore): Promise<Result<StoreAddress, CoordinationError>> {
  const deadline = performance.now() + request.deadlineMs;
  let problem = 'the coordination store did not start in time';
  let failures = 0;
  while (!request.signal.aborted && failures < MOST_FAILURES && performance.now() < deadline) {
    const living = await probe(request);
    if (living && (await fits(living, request))) return ok(living);
    const start = await startProgram(request, deadline - performance.now());
    if (start.kind === 'ready') continue;
    if (start.kind === 'failed') {
      problem = start.message;
      failures++;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return err({
    kind: 'unavailable',
    message: `${problem} (${join(request.folder, STORE_LOG)} may tell more)`,
  });
}

/** What a store without a server behind it calls that. */
const EMBEDDED = 'embedded';

/**
 * Whether a living store is the one to use. One that others use is, whatever is behind it: there is never a second
 * one for a folder. One that nobody uses any more, with another server behind it, makes place.
 */
async function fits(address: StoreAddress, request: EnsureStore): Promise<boolean> {
  if (request.redis === undefined) return true;
  const wanted = request.redis ? describeTarget(request.redis.primary) : EMBEDDED;
  const client = await openRespClient({
    url: address.adminUrl,
    deadlineMs: PROBE_MS,
    signal: request.signal,
  });
  if (!client.ok) return false;
  try {
    const state = await client.value.command(['CFN.STATE']);
    const behind = state.ok && Array.isArray(state.value) ? String(state.value[3]) : wanted;
    if (behind === wanted) return true;
    const info = await client.value.command(['INFO']);
    const alone = info.ok && typeof info.value === 'string' && /^connected_clients:1\r?$/m.test(info.value);
    if (!alone) return true;
    await client.value.command(['SHUTDOWN']);
    return false;
  } finally {
    client.value.close();
  }
}

/** The address in the folder, if a store answers there with its password; starts nothing. */
export async function findStore(folder: string, signal?: AbortSignal): Promise<StoreAddress | null> {
  return probe({ folder, signal });
}

async function probe(request: {
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
}): Promise<StoreAddress | null> {
  const file = await readStoreFile(request.folder);
  if (!file) return null;
  const adminUrl = storeUrl('default', file.adminPassword, file.port);
  const client = await openRespClient({ url: adminUrl, deadlineMs: PROBE_MS, signal: request.signal });
  if (!client.ok) return null;
  client.value.close();
  return { port: file.port, adminPassword: file.adminPassword, adminUrl };
}

async function readStoreFile(folder: string): Promise<StoreFile | null> {
  try {
    const parsed = storeFileSchema.safeParse(JSON.parse(await readFile(join(folder, STORE_FILE), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Resolves once the program is ready or has ended. */
async function startProgram(request: EnsureStore, deadlineMs: number): Promise<Start> {
  const { folder, program, idleMs, redis } = request;
  let log: number;
  try {
    log = openSync(join(folder, STORE_LOG), 'a', 0o600);
  } catch (error) {
    return failed(`the state folder can not be written: ${String(error)}`);
  }
  const child = spawn(
    program.execPath,
    [
      ...program.args,
      '--folder',
      folder,
      ...(idleMs === undefined ? [] : ['--idle-ms', String(idleMs)]),
      ...(redis ? ['--redis'] : []),
    ],
    {
      cwd: folder,
      detached: true,
      windowsHide: true,
      stdio: [redis ? 'pipe' : 'ignore', 'pipe', log],
      env: { ...quietEnvironment(process.env), ELECTRON_RUN_AS_NODE: '1' },
    },
  );
  closeSync(log);
  child.unref();
  // A program that did not start reads nothing.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(redis));
  return new Promise((resolve) => {
    const finish = (start: Start): void => {
      clearTimeout(timer);
      child.stdout?.destroy();
      resolve(start);
    };
    const timer = setTimeout(
      () => finish(failed('the coordination store took too long to start')),
      Math.max(deadlineMs, 1),
    );
    child.stdout?.once('data', () => finish({ kind: 'ready' }));
    child.once('error', (error) => finish(failed(`the coordination store did not start: ${error.message}`)));
    child.once('exit', (code) =>
      finish(
        code === EXIT_STORE_HELD
          ? { kind: 'held' }
          : failed(`the coordination store ended at its start with exit code ${code}`),
      ),
    );
  });
}

const failed = (message: string): Start => ({ kind: 'failed', message });

/** The store lives longer than whoever starts it, so it gets nothing of theirs that it does not need. */
function quietEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept: NodeJS.ProcessEnv = {};
  for (const name of [
    'PATH',
    'HOME',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SystemRoot',
    'SYSTEMROOT',
    'LD_LIBRARY_PATH',
    'LANG',
    'TZ',
  ]) {
    if (env[name] !== undefined) kept[name] = env[name];
  }
  return kept;
}
