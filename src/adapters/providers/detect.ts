import spawn from 'cross-spawn';
import type { AgentProvider, DetectedAgent } from '../../ports/agent-provider.ts';
import { demoProgram } from './demo.ts';
import { findProgram, type Variables } from './programs.ts';
import { providers } from './registry.ts';

const VERSION_LIMIT_MS = 5000;
const AFTER_EXIT_MS = 300;
const MAX_OUTPUT = 4096;

const versionIn = (output: string): string | null => /\d+\.\d+[\w.+-]*/.exec(output)?.[0] ?? null;

/** The first thing in a program's version output that looks like a version, or `null`. */
function askVersion(program: string, args: readonly string[], env: Variables): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: VERSION_LIMIT_MS,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      if (output.length < MAX_OUTPUT) output += chunk.toString('utf8');
    };
    // pi prints its version on standard error.
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', () => resolve(null));
    child.on('close', (code) => resolve(code === 0 ? versionIn(output) : null));
    // A child that it left behind may keep the pipes open.
    child.on('exit', () => {
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, AFTER_EXIT_MS);
    });
  });
}

async function detect(provider: AgentProvider, env: Variables): Promise<DetectedAgent> {
  const capabilities = { resume: provider.resumable, ...provider.reports };
  const { id, title } = provider;
  for (const name of provider.programs) {
    const path = await findProgram(name, env);
    if (path === null) continue;
    return { id, title, path, version: await askVersion(path, provider.versionArgs, env), capabilities };
  }
  // Our own program needs no installation.
  return { id, title, path: id === 'demo' ? demoProgram() : null, version: null, capabilities };
}

/**
 * The agent CLIs of this machine, in the order in which a default is chosen; `path` is `null` for those
 * that are not installed, `version` for those that did not tell within 5 s. The demo agent is always there.
 * `env` needs PATH and what the CLIs need to start.
 */
export async function detectAgents(env: Variables): Promise<readonly DetectedAgent[]> {
  const known = [...providers.values()].filter((provider) => provider.id !== 'exec');
  return Promise.all(known.map((provider) => detect(provider, env)));
}
