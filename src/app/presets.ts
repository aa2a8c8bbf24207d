export const BY_ACP = '+acp';

/** Agent CLIs in the order in which one is chosen when nobody names one. */
export const PREFERRED_PRESETS = ['claude', 'codex', 'gemini', 'qwen', 'opencode', 'pi', 'copilot'] as const;
/** Every preset that a SPEC may name; the experimental ones and the scripted one are never chosen by themselves. */
export const KNOWN_PRESETS: readonly string[] = [
  ...PREFERRED_PRESETS,
  'cline',
  'aider',
  ...['claude', 'codex', 'gemini', 'qwen', 'opencode'].map((preset) => `${preset}${BY_ACP}`),
  'vscode',
  'demo',
];
export const NONE_FOUND = `No agent CLI was found (${PREFERRED_PRESETS.join(', ')})`;

/** The scripted agents come with the loop, so they need not be looked for. */
export const ALWAYS_THERE = 'demo';
