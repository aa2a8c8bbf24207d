import { err, ok, type Result } from '../../base/result.ts';
import type { AgentProvider, AgentVerification, DetectedAgent } from '../../ports/agent-provider.ts';
import { askProgram } from './ask-program.ts';
import { detectAgent } from './detect.ts';
import { PRESET_IDS, PRESETS } from './presets.ts';
import type { Variables } from './programs.ts';
import { providers } from './registry.ts';
import { placeInRange, rangeText } from '../../domain/agents/versions.ts';

/** Some load half a gigabyte before they print anything, and somebody who verifies can wait for that. */
const LIMIT_MS = 60_000;

/** Flags on the command line of a fresh run, or of one that resumes, whatever the permission mode. */
export function flagsOf(provider: AgentProvider, resumed: boolean): readonly string[] {
  const lines = (['edits', 'full'] as const).map((permission) =>
    provider.command({
      program: { kind: 'preset', preset: provider.id, model: 'model' },
      permission,
      sessionId: resumed ? 'session' : null,
      outFolder: 'out',
      images: resumed ? [] : ['image'],
      mcp: { url: 'url', token: 'token', configFile: 'file', servers: [] },
    }),
  );
  const words = lines.flatMap(({ argv }) => argv.slice(1));
  return [...new Set(words.filter((word) => /^--?[a-z]/i.test(word)))];
}

/** A flag as help pages write it: alone, before its value, or beside its short form. */
function names(help: string, flag: string): boolean {
  const place = help.indexOf(flag);
  if (place < 0) return false;
  const before = help[place - 1] ?? ' ';
  const after = help[place + flag.length] ?? ' ';
  return (/[\s,[(|]/.test(before) && /[\s,=\])|<.]/.test(after)) || names(help.slice(place + 1), flag);
}

/** `null` when the program printed no help. */
async function missingFlags(
  provider: AgentProvider,
  path: string,
  env: Variables,
): Promise<readonly string[] | null> {
  const pages = await Promise.all(
    provider.helpArgs.map((args) => askProgram({ program: path, args, env, limitMs: LIMIT_MS })),
  );
  const fresh = pages[0];
  const resumed = pages.at(-1);
  if (!fresh || !resumed) return null;
  const missing = [
    ...flagsOf(provider, false).filter((flag) => !names(fresh, flag)),
    ...flagsOf(provider, true).filter((flag) => !names(resumed, flag)),
  ];
  return [...new Set(missing)];
}

type Judged = Pick<AgentVerification, 'status' | 'message'>;

/** What is known of an installed CLI, in one sentence. `missing`: `null` when it printed no help. */
export function judge(
  provider: AgentProvider,
  version: string | null,
  missing: readonly string[] | null,
): Judged {
  const { id, verified } = provider;
  if (verified === null) return { status: 'verified', message: `${id} is part of this build.` };
  const range = rangeText(verified);
  if (version === null || missing === null) {
    const what = version === null ? 'its version' : 'its flags';
    return {
      status: 'silent',
      message: `${id} did not tell ${what}, so nothing is known of it; run it by hand, and install ${range} if it fails.`,
    };
  }
  if (missing.length > 0) {
    return {
      status: 'missing-flags',
      message: `${id} ${version} does not know ${missing.join(', ')}, which the preset needs; install ${range}.`,
    };
  }
  const place = placeInRange(version, verified);
  if (place === 'inside') {
    return { status: 'verified', message: `${id} ${version} was verified with this build.` };
  }
  const edge = place === 'newer' ? `newer than ${verified.to}` : `older than ${verified.from}`;
  return {
    status: 'other-version',
    message: `${id} ${version} is ${edge}, with which the preset was verified; it knows all its flags and will probably do.`,
  };
}

async function verify(
  provider: AgentProvider,
  env: Variables,
  detected: DetectedAgent,
): Promise<AgentVerification | null> {
  const { verified, id } = provider;
  if (verified === null) return null;
  const { path, version } = detected;
  if (path === null) {
    const npm = Object.entries(PRESETS).find(([preset]) => preset === id)?.[1].npm ?? id;
    const message = `${id} is not installed; npm install -g ${npm}@${verified.to} brings the version that was verified.`;
    return { id, path, version, verified, status: 'absent', missingFlags: [], message };
  }
  const missing = await missingFlags(provider, path, env);
  const judged = judge(provider, version, missing);
  return { id, path, version, verified, missingFlags: missing ?? [], ...judged };
}

/** Verifies the CLIs of presets as they are installed here: version and flags. Starts each a few times, asks no model. */
export async function verifyAgents(
  env: Variables,
  preset?: string,
): Promise<Result<readonly AgentVerification[], string>> {
  if (preset !== undefined && providers.get(preset)?.verified == null) {
    return err(`--verify takes ${PRESET_IDS.join(', ')} or nothing, not ${JSON.stringify(preset)}.`);
  }
  const found: AgentVerification[] = [];
  // One after the other: some of them take half a gigabyte of memory.
  for (const provider of providers.values()) {
    if (preset !== undefined && provider.id !== preset) continue;
    const verification = await verify(provider, env, await detectAgent(provider, env, LIMIT_MS));
    if (verification !== null) found.push(verification);
  }
  return ok(found);
}
