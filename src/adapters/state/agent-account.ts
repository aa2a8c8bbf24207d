import { createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AgentAccount } from '../../ports/agent-slots.ts';

/** Where a CLI keeps its login, unless a variable of its own says so. */
const HOMES = ['HOME', 'USERPROFILE', 'XDG_CONFIG_HOME'];

export interface AccountRequest {
  readonly preset: string;
  /** Names of the variables that the preset passes on: credentials, endpoints, folders of the CLI. */
  readonly variables: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Two agents have one account if their preset and all it signs in with are the same. What is kept is a keyed hash: without
 * the key of this machine nobody can try out which credential it came from.
 */
export async function agentAccount(
  keyFile: string,
  { preset, variables, env }: AccountRequest,
): Promise<AgentAccount> {
  const names = [...new Set([...variables, ...HOMES])].toSorted();
  const signedIn = names.flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  const id = createHmac('sha256', await keyOf(keyFile))
    .update(JSON.stringify([preset, signedIn]))
    .digest('hex');
  return { id: id.slice(0, 16), name: preset };
}

/** Made once; of several processes that make one at the same time the first wins. */
async function keyOf(file: string): Promise<string> {
  const known = await readKey(file);
  if (known !== null) return known;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(aside, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
  try {
    await link(aside, file);
  } catch {
    // Not every disk has links; what was there and is no key is none of ours.
    if ((await readKey(file)) === null) await rename(aside, file);
  } finally {
    await rm(aside, { force: true });
  }
  return (await readKey(file)) ?? '';
}

async function readKey(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^[0-9a-f]{64}$/.test(text) ? text : null;
}
