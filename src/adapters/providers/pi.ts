import type { AgentOutput } from '../../ports/agent-provider.ts';
import type { Usage } from '../../domain/loop/model.ts';
import {
  agentLine,
  clip,
  clipTool,
  contentText,
  count,
  failed,
  isRateLimit,
  list,
  money,
  object,
  parseObject,
  plain,
  silent,
  text,
  toolDetail,
  toolLine,
  type Json,
} from './output.ts';
import { definePreset } from './preset.ts';

function assistantText(message: Json): string {
  return list(message['content'])
    .map(object)
    .filter((part) => part['type'] === 'text')
    .map((part) => text(part['text']))
    .join('\n');
}

/** Usage comes per message and is summed; `input` leaves out what the cache served. */
function createTotals() {
  let usage: Usage = { input: 0, cachedInput: 0, output: 0 };
  let cost = 0;
  let priced = false;
  return (message: Json): Pick<AgentOutput, 'usage' | 'costUsd'> => {
    const said = object(message['usage']);
    const cached = count(said['cacheRead']);
    usage = {
      input: usage.input + count(said['input']) + cached + count(said['cacheWrite']),
      cachedInput: usage.cachedInput + cached,
      output: usage.output + count(said['output']),
    };
    const price = money(object(said['cost'])['total']);
    if (price !== null && price > 0) priced = true;
    cost += price ?? 0;
    // A price of 0 means that the model's prices are not known to it.
    return priced ? { usage, costUsd: cost } : { usage };
  };
}

function toolOutput(event: Json): AgentOutput {
  if (event['type'] === 'tool_execution_start') {
    const line = toolLine(text(event['toolName']), toolDetail(object(event['args'])));
    return { transcript: [{ stream: 'agent', kind: 'tool', text: line }] };
  }
  const said = clipTool(contentText(object(event['result'])['content']));
  const kind = event['isError'] === true ? 'error' : 'tool-result';
  return agentLine(kind, said);
}

const failure = (error: string): AgentOutput => {
  const final = failed(error || 'The request failed.');
  return { transcript: [{ stream: 'agent', kind: 'error', text: final.error ?? '' }], final };
};

/**
 * It exits with 0 whatever happens, so the last assistant message tells. A failed run may still be
 * tried again by itself: an error that looks temporary is final only once `auto_retry_end` says so.
 */
function createParser(): (line: string) => AgentOutput {
  const totals = createTotals();
  let stopReason = '';
  let error = '';
  const onMessage = (message: Json): AgentOutput => {
    if (message['role'] !== 'assistant') return silent;
    stopReason = text(message['stopReason']);
    error = text(message['errorMessage']);
    const said = assistantText(message);
    const model = text(message['model']);
    return {
      transcript: said === '' ? [] : [{ stream: 'agent', kind: 'text', text: clip(said) }],
      ...totals(message),
      ...(said === '' ? {} : { message: said }),
      ...(model === '' ? {} : { model }),
    };
  };
  const onEnd = (): AgentOutput => {
    if (stopReason === 'error' || stopReason === 'aborted') {
      const temporary = stopReason === 'error' && TEMPORARY.test(error);
      if (!temporary) return failure(error);
      return { transcript: [{ stream: 'agent', kind: 'notice', text: clip(error, 2000) }] };
    }
    return {
      transcript: [{ stream: 'agent', kind: 'result', text: 'Finished.' }],
      final: { success: true },
    };
  };
  return (line) => {
    const event = parseObject(line);
    if (event === null) return plain(line);
    switch (event['type']) {
      case 'session': {
        const sessionId = text(event['id']);
        return sessionId === '' ? silent : { transcript: [], sessionId };
      }
      case 'message_end':
        return onMessage(object(event['message']));
      case 'tool_execution_start':
      case 'tool_execution_end':
        return toolOutput(event);
      case 'agent_end':
        return onEnd();
      case 'auto_retry_start':
        return {
          transcript: [{ stream: 'agent', kind: 'notice', text: 'Trying again after a temporary error.' }],
          ...(isRateLimit(text(event['errorMessage']) || error)
            ? { rateLimit: { text: 'rate-limited', delayMs: count(event['delayMs']) || null } }
            : {}),
        };
      case 'auto_retry_end':
        return event['success'] === true ? silent : failure(text(event['finalError']) || error);
      default:
        return silent;
    }
  };
}

const TEMPORARY =
  /overloaded|rate.?limit|too many requests|\b(?:429|500|502|503|504|529)\b|service.?unavailable|server.?error|internal.?error|network|connection|socket|fetch failed|time(?:d )?.?out|terminated|retry delay/i;

export const pi = definePreset('pi', {
  environment: [
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_OAUTH_TOKEN',
    'AZURE_OPENAI_API_KEY',
    'CEREBRAS_API_KEY',
    'DEEPSEEK_API_KEY',
    'GEMINI_API_KEY',
    'GROQ_API_KEY',
    'KIMI_API_KEY',
    'MISTRAL_API_KEY',
    'OPENAI_API_KEY',
    'OPENROUTER_API_KEY',
    'PI_CODING_AGENT_DIR',
    'XAI_API_KEY',
    'ZAI_API_KEY',
  ],
  args: ({ model, sessionId }) => [
    '--mode',
    'json',
    '--print',
    ...model,
    // In another folder `--session` would ask a question.
    ...(sessionId === null ? [] : ['--fork', sessionId]),
  ],
  env: () => ({ PI_TELEMETRY: '0', PI_SKIP_VERSION_CHECK: '1' }),
  createParser,
  takeOver: (sessionId) => ['pi', '--session', sessionId],
});
