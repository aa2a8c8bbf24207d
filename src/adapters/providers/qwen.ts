import type { AgentOutput, SessionTotals } from '../../ports/agent-provider.ts';
import { createClaudeParser } from './claude.ts';
import { geminiLine } from './gemini-line.ts';
import { count, object, parseObject, usageSince } from './output.ts';
import { definePreset } from './preset.ts';
import { PRESETS } from './presets.ts';

/** It prints what Claude Code prints, except that its `input_tokens` include what came from the cache. */
function createParser(before?: SessionTotals): (line: string) => AgentOutput {
  const parse = createClaudeParser(PRESETS.qwen.title);
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
      // Of the whole session, also where it was resumed.
      usage: usageSince(before, {
        input: count(usage['input_tokens']),
        cachedInput: count(usage['cache_read_input_tokens']),
        output: count(usage['output_tokens']),
      }),
    };
  };
}

export const qwen = definePreset('qwen', {
  environment: [
    'DASHSCOPE_API_KEY',
    'OPENAI_API_KEY',
    'OPENAI_BASE_URL',
    'OPENAI_MODEL',
    'QWEN_CODE_API_TIMEOUT_MS',
    'QWEN_HOME',
  ],
  args: (parts) => geminiLine(parts, 'auto-edit'),
  env: () => ({ QWEN_CODE_SUPPRESS_YOLO_WARNING: '1' }),
  createParser,
  takeOver: (sessionId) => ['qwen', '--resume', sessionId],
});
