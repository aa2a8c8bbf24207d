import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DetectedAgent } from '../../ports/agent-provider.ts';
import type { SignIn } from '../../ports/health-probes.ts';
import { homeIn, variable } from '../../base/programs.ts';
import type { Variables } from './programs.ts';
import { providers } from './registry.ts';

/** Files below the home folder that a login leaves; macOS may keep it in its keychain instead. */
const LOGIN_FILES: Readonly<Record<string, string>> = {
  claude: '.claude/.credentials.json',
  codex: '.codex/auth.json',
  gemini: '.gemini/oauth_creds.json',
  qwen: '.qwen/oauth_creds.json',
  opencode: '.local/share/opencode/auth.json',
  pi: '.pi/agent/auth.json',
  cline: '.cline/data/settings/providers.json',
};

/** By traces alone: no program is asked, no content is read, nothing is sent. `unknown` proves nothing. */
export async function signInOf(id: string, env: Variables, home: string): Promise<SignIn> {
  const key = (providers.get(id)?.environment ?? []).find(
    (name) => /_(?:KEY|TOKEN)$/.test(name) && variable(env, name, process.platform) !== '',
  );
  if (key !== undefined) return { kind: 'key', where: key };
  const file = LOGIN_FILES[id];
  if (file === undefined) return { kind: 'unknown', where: null };
  const path = join(home, file);
  const found = await stat(path).catch(() => null);
  return found !== null && found.size > 0 ? { kind: 'login', where: path } : { kind: 'unknown', where: null };
}

/** Of these CLIs the ones that are here and show such traces. */
export async function signedInOf(
  agents: readonly Pick<DetectedAgent, 'id' | 'path'>[],
  env: Variables,
): Promise<readonly string[]> {
  const home = homeIn(env, process.platform) || homedir();
  const here = agents.flatMap(({ id, path }) => (path === null ? [] : [id]));
  const traces = await Promise.all(here.map((id) => signInOf(id, env, home)));
  return here.filter((_id, at) => traces[at]?.kind !== 'unknown');
}
