import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignIn } from '../../ports/health-probes.ts';
import { variable } from '../../base/programs.ts';
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
