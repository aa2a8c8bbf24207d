import { fileURLToPath } from 'node:url';
import type { AgentProvider } from '../../ports/agent-provider.ts';
import { createRawParser } from './exec.ts';

/** The demo agent's program: beside the bundle when built, in the sources otherwise. */
export function demoProgram(moduleUrl: string = import.meta.url): string {
  const bundled = !moduleUrl.endsWith('.ts');
  return fileURLToPath(new URL(bundled ? './demo-agent.js' : '../../demo-agent.ts', moduleUrl));
}

/** No model and no network: a scripted program that shows a whole loop on a machine without any agent CLI. */
export const demo: AgentProvider = {
  id: 'demo',
  title: 'Demo agent (scripted, no model)',
  programs: [],
  versionArgs: [],
  helpArgs: [],
  verified: null,
  environment: ['CFN_DEMO_PAUSE_MS'],
  stop: { signal: 'SIGTERM', graceMs: 1000 },
  needsFinalEvent: false,
  resume: 'never',
  reports: { usage: false, cost: true },
  mcp: false,
  // It is a script and reads no prompt.
  channels: ['file'],
  gated: false,
  confined: true,
  command: () => ({
    argv: [process.execPath, demoProgram()],
    // In the editor `execPath` is the editor itself, which runs scripts only when told so.
    env: process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' },
    stdin: 'empty',
  }),
  createParser: () => {
    const parse = createRawParser();
    // Known to be nothing, which is not the same as an unknown price.
    return (line) => ({ ...parse(line), costUsd: 0 });
  },
};
