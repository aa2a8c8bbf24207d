import type { AgentProvider, DetectedAgent } from '../../ports/agent-provider.ts';
import { ONLY_INSIDE } from '../../protocol/model-socket.ts';
import type { OfferedModel } from '../../domain/agents/offered-model.ts';
import { askProgram, type Question } from './ask-program.ts';
import { demoProgram } from './demo.ts';
import { findProgram, type Variables } from './programs.ts';
import { providers } from './registry.ts';
import { modelAgentProgram, NONE_OFFERED, vscode } from './vscode.ts';

const VERSION_LIMIT_MS = 5000;

const versionIn = (output: string): string | null => /\d+\.\d+(?:[\w.+-]*\w)?/.exec(output)?.[0] ?? null;

/** The first thing in a program's version output that looks like a version, or `null`. */
async function askVersion(question: Question): Promise<string | null> {
  const output = await askProgram(question);
  return output === null ? null : versionIn(output);
}

const describe = ({ id, title, verified, resume, reports, channels }: AgentProvider) => ({
  id,
  title,
  verified,
  capabilities: { resume: resume !== 'never', ...reports, channels },
});

export async function detectAgent(
  provider: AgentProvider,
  env: Variables,
  limitMs: number = VERSION_LIMIT_MS,
): Promise<DetectedAgent> {
  for (const name of provider.programs) {
    const path = await findProgram(name, env);
    if (path === null) continue;
    const version = await askVersion({ program: path, args: provider.versionArgs, env, limitMs });
    return { ...describe(provider), path, version };
  }
  // Our own program needs no installation.
  return { ...describe(provider), path: provider.id === 'demo' ? demoProgram() : null, version: null };
}

/**
 * The agent CLIs of this machine, in the order in which a default is chosen; `path` is `null` for those
 * that are not installed, `version` for those that did not tell within 5 s. The demo agent is always there.
 * `env` needs PATH and what the CLIs need to start. `models`: those of the editor; null outside of it.
 */
export async function detectAgents(
  env: Variables,
  models: readonly OfferedModel[] | null,
): Promise<readonly DetectedAgent[]> {
  const known = [...providers.values()].filter((provider) => provider.id !== 'exec');
  // Two presets may share a program, and some of these take half a gigabyte of memory to tell their version.
  const asked = new Map<string, Promise<DetectedAgent>>();
  return Promise.all(
    known.map(async (provider) => {
      if (provider === vscode) return editorModels(models);
      const [program = provider.id] = provider.programs;
      const first = asked.get(program) ?? detectAgent(provider, env);
      asked.set(program, first);
      const { path, version } = await first;
      return { ...describe(provider), path, version };
    }),
  );
}

function editorModels(models: readonly OfferedModel[] | null): DetectedAgent {
  const about = { ...describe(vscode), version: null };
  if (models === null) return { ...about, path: null, missing: ONLY_INSIDE };
  if (models.length === 0) return { ...about, path: null, missing: NONE_OFFERED };
  return { ...about, path: modelAgentProgram(), models };
}
