import type { AgentOutput, McpAccess, SessionTotals } from '../../ports/agent-provider.ts';
import type { Usage } from '../../domain/loop/model.ts';
import { CHECKS } from './checks.ts';
import { furtherNames, httpServers, toolNames } from './mcp.ts';
import {
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
  usageSince,
  word,
  type Json,
} from './output.ts';
import { definePreset } from './preset.ts';
import { PRESETS } from './presets.ts';

/**
 * The tools for files are not named, because a name without a path allows them everywhere; `acceptEdits`
 * allows them in the working directory and in `out/`.
 */
const ALLOWED_TOOLS = [
  'TodoWrite',
  ...toolNames('mcp__cfn__'),
  ...CHECKS.map((command) => `Bash(${command}:*)`),
];

/** A server's name alone stands for all of its tools. */
const allowedTools = (mcp: McpAccess | null): readonly string[] => [
  ...ALLOWED_TOOLS,
  ...furtherNames(mcp).map((name) => `mcp__${name}`),
];

/** `usage` is that of this run's main model; `modelUsage` and the cost are totals of the session, all models. */
function usageOf(result: Json, before: SessionTotals | undefined): Usage {
  const perModel = Object.values(object(result['modelUsage'])).map(object);
  if (perModel.length > 0) {
    const sum = (key: string) => perModel.reduce((total, model) => total + count(model[key]), 0);
    const cached = sum('cacheReadInputTokens');
    return usageSince(before, {
      input: sum('inputTokens') + cached + sum('cacheCreationInputTokens'),
      cachedInput: cached,
      output: sum('outputTokens'),
    });
  }
  return messageUsage(object(result['usage']));
}

/** The provider's `input_tokens` leave out what was written to and read from its cache. */
function messageUsage(usage: Json): Usage {
  const cached = count(usage['cache_read_input_tokens']);
  return {
    input: count(usage['input_tokens']) + cached + count(usage['cache_creation_input_tokens']),
    cachedInput: cached,
    output: count(usage['output_tokens']),
  };
}

function finalOf(event: Json): NonNullable<AgentOutput['final']> {
  // `subtype` is "success" even where the request failed; `is_error` is what counts.
  if (event['is_error'] !== true && event['subtype'] === 'success') return { success: true };
  const status = event['api_error_status'];
  const reason =
    text(event['result']) ||
    list(event['errors']).map(word).join('; ') ||
    text(object(event['error'])['message']) ||
    text(event['subtype']) ||
    'unknown error';
  const failure = failed(typeof status === 'number' ? `${reason} (HTTP ${status})` : reason);
  return isRateLimit(reason) || status === 429 || status === 529
    ? { ...failure, rateLimited: true }
    : failure;
}

function resultOutput(event: Json, before: SessionTotals | undefined): AgentOutput {
  const final = finalOf(event);
  const cost = money(event['total_cost_usd']);
  const denials = list(event['permission_denials']).map((denial) =>
    toolLine(text(object(denial)['tool_name']), toolDetail(object(object(denial)['tool_input']))),
  );
  return {
    transcript: [
      ...denials.map((denial) => ({
        stream: 'agent' as const,
        kind: 'notice' as const,
        text: `Not permitted in this permission mode: ${denial}`,
      })),
      final.success
        ? { stream: 'agent', kind: 'result', text: 'Finished.' }
        : { stream: 'agent', kind: 'error', text: final.error ?? 'Failed.' },
    ],
    final,
    usage: usageOf(event, before),
    ...(cost === null ? {} : { costUsd: Math.max(0, cost - (before?.costUsd ?? 0)) }),
    ...(text(event['result']) === '' ? {} : { message: text(event['result']) }),
  };
}

function toolResults(message: Json): AgentOutput['transcript'] {
  return list(message['content'])
    .map(object)
    .filter((part) => part['type'] === 'tool_result')
    .map((part) => ({
      stream: 'agent',
      kind: part['is_error'] === true ? 'error' : 'tool-result',
      text: clipTool(contentText(part['content'])),
    }));
}

function assistantLines(message: Json): AgentOutput['transcript'] {
  return list(message['content'])
    .map(object)
    .flatMap((part): AgentOutput['transcript'] => {
      if (part['type'] === 'text' && text(part['text']) !== '') {
        return [{ stream: 'agent', kind: 'text', text: clip(text(part['text'])) }];
      }
      if (part['type'] !== 'tool_use') return [];
      const line = toolLine(text(part['name']), toolDetail(object(part['input'])));
      return [{ stream: 'agent', kind: 'tool', text: line }];
    });
}

function systemOutput(event: Json, title: string): AgentOutput {
  if (event['subtype'] === 'init') {
    const model = text(event['model']);
    return {
      transcript: [{ stream: 'agent', kind: 'notice', text: `${title} started (${model}).` }],
      ...(model === '' ? {} : { model }),
    };
  }
  if (event['subtype'] !== 'api_retry') return silent;
  const delayMs = count(event['retry_delay_ms']);
  const status = event['error_status'];
  const limited = status === 429 || status === 529 || isRateLimit(text(event['error']));
  const what = limited ? 'takes no more requests for now' : 'did not answer';
  const message = `The model's provider ${what}; trying again in ${Math.round(delayMs / 1000)} s.`;
  return {
    transcript: [{ stream: 'agent', kind: 'notice', text: message }],
    ...(limited ? { rateLimit: { text: `rate-limited (${word(status ?? event['error'])})`, delayMs } } : {}),
  };
}

/** One API message arrives as several lines with the same usage, so totals are kept by message id. */
export function createClaudeParser(title: string, before?: SessionTotals): (line: string) => AgentOutput {
  const perMessage = new Map<string, Usage>();
  const running = (message: Json): Usage => {
    perMessage.set(text(message['id']), messageUsage(object(message['usage'])));
    return [...perMessage.values()].reduce((total, usage) => ({
      input: total.input + usage.input,
      cachedInput: total.cachedInput + usage.cachedInput,
      output: total.output + usage.output,
    }));
  };
  const interpret = (event: Json): AgentOutput => {
    const message = object(event['message']);
    switch (event['type']) {
      case 'system':
        return systemOutput(event, title);
      case 'assistant': {
        const own = event['parent_tool_use_id'] === null || event['parent_tool_use_id'] === undefined;
        const said = own ? contentText(message['content']) : '';
        return {
          transcript: assistantLines(message),
          usage: running(message),
          ...(said === '' ? {} : { message: said }),
        };
      }
      case 'user':
        return { transcript: toolResults(message) };
      case 'result':
        return resultOutput(event, before);
      default:
        return silent;
    }
  };
  return (line) => {
    const event = parseObject(line);
    if (event === null) return plain(line);
    const sessionId = text(event['session_id']);
    return { ...interpret(event), ...(sessionId === '' ? {} : { sessionId }) };
  };
}

export const claude = definePreset('claude', {
  environment: [
    'ANTHROPIC_API_KEY',
    'ANTHROPIC_AUTH_TOKEN',
    'ANTHROPIC_BASE_URL',
    'ANTHROPIC_CUSTOM_HEADERS',
    'ANTHROPIC_MODEL',
    'ANTHROPIC_DEFAULT_HAIKU_MODEL',
    'ANTHROPIC_DEFAULT_OPUS_MODEL',
    'ANTHROPIC_DEFAULT_SONNET_MODEL',
    'ANTHROPIC_VERTEX_PROJECT_ID',
    'AWS_BEARER_TOKEN_BEDROCK',
    'AWS_PROFILE',
    'AWS_REGION',
    'CLAUDE_CODE_MAX_RETRIES',
    'CLAUDE_CODE_OAUTH_TOKEN',
    'CLAUDE_CODE_USE_BEDROCK',
    'CLAUDE_CODE_USE_VERTEX',
    'CLAUDE_CONFIG_DIR',
    'CLOUD_ML_REGION',
    'IS_SANDBOX',
  ],
  args: ({ model, sessionId, full, outFolder, mcp }) => [
    '--print',
    '--output-format',
    'stream-json',
    '--verbose',
    ...model,
    ...(sessionId === null ? [] : ['--resume', sessionId]),
    ...(full
      ? ['--permission-mode', 'bypassPermissions']
      : ['--permission-mode', 'acceptEdits', '--allowedTools', allowedTools(mcp).join(',')]),
    // Beside the user's own servers, which stay.
    ...(mcp === null ? [] : ['--mcp-config', mcp.configFile]),
    '--add-dir',
    outFolder,
  ],
  // Else its tools would have to be searched for before the first call.
  mcpConfig: (mcp) => httpServers(mcp, { alwaysLoad: true }),
  env: () => ({ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' }),
  createParser: (before) => createClaudeParser(PRESETS.claude.title, before),
  takeOver: (sessionId) => ['claude', '--resume', sessionId],
});
