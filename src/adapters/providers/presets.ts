import type { AgentProvider } from '../../ports/agent-provider.ts';

/** What a preset says about its CLI; the contract suite holds each of these against the real program. */
export interface PresetFacts extends Pick<
  AgentProvider,
  'title' | 'resume' | 'reports' | 'mcp' | 'gated' | 'confined' | 'verified'
> {
  /** Name on npm; `npm install -g` of it brings the program. */
  readonly npm: string;
  /** Where it is not TERM and a second. */
  readonly stop?: AgentProvider['stop'];
}

/** In the order in which a default is chosen. */
export const PRESETS = {
  claude: {
    title: 'Claude Code',
    npm: '@anthropic-ai/claude-code',
    verified: { from: '2.1.329', to: '2.1.331' },
    resume: 'anywhere',
    reports: { usage: true, cost: true },
    mcp: true,
    gated: true,
    confined: true,
  },
  codex: {
    title: 'Codex',
    npm: '@openai/codex',
    verified: { from: '0.169.0', to: '0.169.0' },
    resume: 'anywhere',
    reports: { usage: true, cost: false },
    mcp: true,
    gated: true,
    confined: true,
    // Its tools run in sessions of their own; on SIGTERM it leaves them behind.
    stop: { signal: 'SIGINT', graceMs: 1000 },
  },
  gemini: {
    title: 'Gemini CLI',
    npm: '@google/gemini-cli',
    verified: { from: '0.61.0', to: '0.61.0' },
    resume: 'same-folder',
    reports: { usage: true, cost: false },
    // It takes servers from the settings of the user and of root alone.
    mcp: false,
    gated: true,
    confined: true,
  },
  qwen: {
    title: 'Qwen Code',
    npm: '@qwen-code/qwen-code',
    verified: { from: '0.24.4', to: '0.24.4' },
    resume: 'same-folder',
    reports: { usage: true, cost: false },
    // With any MCP server it takes more than 2 GB of memory.
    mcp: false,
    gated: true,
    // Its approval mode for edits knows no folders.
    confined: false,
  },
  opencode: {
    title: 'opencode',
    npm: 'opencode-ai',
    verified: { from: '1.18.33', to: '1.18.33' },
    // Resumed in another folder it waits for ever.
    resume: 'same-folder',
    reports: { usage: true, cost: true },
    mcp: true,
    gated: true,
    confined: true,
    // It ignores TERM and INT, so there is nothing to wait for.
    stop: { signal: 'SIGTERM', graceMs: 300 },
  },
  pi: {
    title: 'pi',
    npm: '@mariozechner/pi-coding-agent',
    verified: { from: '0.73.1', to: '0.73.1' },
    resume: 'anywhere',
    reports: { usage: true, cost: true },
    // It knows none.
    mcp: false,
    // It has no permission system: `edits` and `full` are the same to it.
    gated: false,
    confined: false,
  },
  copilot: {
    title: 'GitHub Copilot CLI',
    npm: '@github/copilot',
    verified: { from: '1.0.102', to: '1.0.102' },
    resume: 'anywhere',
    // It counts premium requests, and tells them only where they are paid for.
    reports: { usage: false, cost: false },
    mcp: true,
    gated: true,
    confined: true,
  },
  cline: {
    title: 'Cline (experimental)',
    npm: 'cline',
    verified: { from: '3.0.65', to: '3.0.65' },
    resume: 'never',
    reports: { usage: true, cost: false },
    // Its servers are those of one file alone, and ours would hide the user's.
    mcp: false,
    // Without a terminal it approves everything or nothing, and nothing is no work.
    gated: false,
    confined: false,
    // On TERM it goes on for half a minute.
    stop: { signal: 'SIGTERM', graceMs: 300 },
  },
} as const satisfies Readonly<Record<string, PresetFacts>>;

export type PresetId = keyof typeof PRESETS;
export const PRESET_IDS = Object.keys(PRESETS) as readonly PresetId[];
