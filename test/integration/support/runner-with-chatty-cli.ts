/** The runner with one provider whose CLI can be spoken to; built by the tests in place of `src/runner.ts`. */
import { openRespClient } from '../../../src/adapters/coordination/resp-client.ts';
import { createProcessTable } from '../../../src/adapters/process/process-table.ts';
import { runnerMain } from '../../../src/adapters/process/runner-main.ts';
import { exec } from '../../../src/adapters/providers/exec.ts';
import type { AgentProvider } from '../../../src/ports/agent-provider.ts';

const cli = process.env['CHATTY_CLI'] ?? '';

interface Event {
  session?: string;
  said?: string;
  message?: string;
  final?: boolean;
  error?: string;
  usage?: { input: number; cachedInput: number; output: number };
}

const finalOf = (error: string | undefined) =>
  error === undefined ? { success: true } : { success: false, error, rateLimited: error.includes('429') };

const chatty: AgentProvider = {
  id: 'chatty',
  title: 'Chatty',
  programs: ['chatty'],
  versionArgs: [],
  helpArgs: [],
  verified: null,
  environment: [],
  stop: { signal: 'SIGTERM', graceMs: 300 },
  needsFinalEvent: true,
  resume: 'anywhere',
  reports: { usage: true, cost: false },
  mcp: false,
  channels: ['file', 'message'],
  gated: false,
  confined: false,
  command: ({ sessionId: session }) => {
    return {
      argv: [process.execPath, cli, 'run', ...(session === null ? [] : [session])],
      env: {},
      stdin: 'prompt',
    };
  },
  createParser: () => (line) => {
    const event = JSON.parse(line) as Event;
    const text = event.said ?? event.message;
    return {
      transcript: text === undefined ? [] : [{ stream: 'agent', kind: 'text', text }],
      ...(event.session === undefined ? {} : { sessionId: event.session }),
      ...(event.message === undefined ? {} : { message: event.message }),
      ...(event.usage === undefined ? {} : { usage: event.usage }),
      ...(event.final === true ? { final: finalOf(event.error) } : {}),
    };
  },
  takeOver: (session) => [process.execPath, cli, 'interface', session],
};

void runnerMain({
  args: process.argv.slice(2),
  program: process.argv[1] ?? '',
  table: createProcessTable(),
  providerOf: (program) => (program.kind === 'exec' ? exec : chatty),
  redact: (text) => text,
  addSecret: () => undefined,
  openEngine: () => Promise.reject(new Error('No container is asked for.')),
  openEgressProxy: () => Promise.reject(new Error('No container is asked for.')),
  openStore: (url) => openRespClient({ url, deadlineMs: 1000 }),
  render: (line) => `${line.kind}: ${line.text}`,
});
