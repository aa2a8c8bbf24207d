import type { AgentProvider } from '../../ports/agent-provider.ts';
import { createRawParser } from './exec.ts';

/**
 * By its documentation alone: no version of it was run under the loop, so it is never chosen by itself. It has no
 * structured output; the result is the last fenced block of what it prints, as for programs of the user.
 */
export const aider: AgentProvider = {
  id: 'aider',
  title: 'aider (not verified)',
  programs: ['aider'],
  versionArgs: ['--version'],
  helpArgs: [['--help']],
  verified: null,
  environment: [
    'AIDER_MODEL',
    'ANTHROPIC_API_KEY',
    'DEEPSEEK_API_KEY',
    'GEMINI_API_KEY',
    'OPENAI_API_BASE',
    'OPENAI_API_KEY',
    'OPENROUTER_API_KEY',
  ],
  stop: { signal: 'SIGTERM', graceMs: 1000 },
  needsFinalEvent: false,
  resume: 'never',
  reports: { usage: false, cost: false },
  mcp: false,
  channels: ['message'],
  // It edits without asking, and never runs a command that its model suggests.
  gated: false,
  confined: false,
  command: ({ program, prompt }) => ({
    argv: [
      'aider',
      ...(program.kind === 'preset' && program.model !== undefined ? ['--model', program.model] : []),
      // The loop commits what it leaves behind, and says itself what belongs to the repository.
      '--no-auto-commits',
      '--no-dirty-commits',
      '--no-gitignore',
      '--no-suggest-shell-commands',
      '--yes-always',
      '--no-stream',
      '--no-pretty',
      '--no-check-update',
      ...(prompt === undefined ? [] : ['--message-file', prompt.file]),
    ],
    env: { AIDER_ANALYTICS: 'false' },
    stdin: 'empty',
  }),
  createParser: createRawParser,
};
