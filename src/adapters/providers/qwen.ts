import type { AgentOutput, AgentProvider } from '../../ports/agent-provider.ts';
import { CHECKS } from './checks.ts';
import { createClaudeParser } from './claude.ts';
import { count, object, parseObject } from './output.ts';

/** It prints what Claude Code prints, except that its `input_tokens` include what came from the cache. */
function createParser(): (line: string) => AgentOutput {
  const parse = createClaudeParser('Qwen Code');
  return (line) => {
    const output = parse(line);
    if (output.usage === undefined) return output;
    const { usage: _, ...rest } = output;
    const event = parseObject(line) ?? {};
    // Per message it repeats the running totals; only those of the result are told.
    if (event['type'] !== 'result') return rest;
    const usage = object(event['usage']);
    return {
      ...rest,
      usage: {
        input: count(usage['input_tokens']),
        cachedInput: count(usage['cache_read_input_tokens']),
        output: count(usage['output_tokens']),
      },
    };
  };
}

export const qwen: AgentProvider = {
  id: 'qwen',
  title: 'Qwen Code',
  programs: ['qwen'],
  versionArgs: ['--version'],
  environment: [
    'DASHSCOPE_API_KEY',
    'OPENAI_API_KEY',
    'OPENAI_BASE_URL',
    'OPENAI_MODEL',
    'QWEN_CODE_API_TIMEOUT_MS',
    'QWEN_HOME',
  ],
  stop: { signal: 'SIGTERM', graceMs: 1000 },
  needsFinalEvent: true,
  // Its sessions belong to a folder, and a repair runs in another one.
  resumable: false,
  reports: { usage: true, cost: false },
  gated: true,
  // Its approval mode for edits knows no folders.
  confined: false,
  command({ spec, outFolder }) {
    const model = spec.program.kind === 'preset' ? spec.program.model : undefined;
    return {
      argv: [
        'qwen',
        '--output-format',
        'stream-json',
        ...(model === undefined ? [] : ['--model', model]),
        ...(spec.permission === 'full'
          ? ['--approval-mode', 'yolo']
          : [
              '--approval-mode',
              'auto-edit',
              '--allowed-tools',
              CHECKS.map((command) => `run_shell_command(${command})`).join(','),
            ]),
        '--include-directories',
        outFolder,
      ],
      env: { QWEN_CODE_SUPPRESS_YOLO_WARNING: '1' },
      stdin: 'prompt',
    };
  },
  createParser,
  takeOver: (sessionId) => ['qwen', '--resume', sessionId],
};
