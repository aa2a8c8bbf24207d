import type { AgentOutput } from '../../ports/agent-provider.ts';
import {
  agentLine,
  clip,
  clipTool,
  count,
  failed,
  list,
  money,
  object,
  parseObject,
  plain,
  silent,
  text,
  toolDetail,
  toolLine,
  word,
  type Json,
} from './output.ts';
import { definePreset } from './preset.ts';

/** Its commands come as a list, whatever else it calls by name. */
function toolStart(event: Json): AgentOutput {
  const input = object(event['input']);
  const commands = list(input['commands']).map(word).join('; ');
  return agentLine('tool', toolLine(text(event['toolName']), commands || toolDetail(input)));
}

function toolEnd(event: Json): AgentOutput {
  const error = text(event['error']);
  if (error !== '') return agentLine('error', clipTool(error));
  const output = event['output'];
  const said = list(output)
    .map((part) => text(object(part)['result']))
    .join('\n');
  return agentLine('tool-result', clipTool((said || text(output)).trimEnd()));
}

function agentEvent(event: Json): AgentOutput {
  const isTool = event['contentType'] === 'tool';
  switch (event['type']) {
    case 'content_start':
      return isTool ? toolStart(event) : silent;
    case 'content_end': {
      if (isTool) return toolEnd(event);
      const said = event['contentType'] === 'text' ? text(event['text']) : '';
      return said === '' ? silent : { ...agentLine('text', clip(said)), message: said };
    }
    case 'error':
      return agentLine('notice', clip(text(object(event['error'])['message']), 2000));
    default:
      return silent;
  }
}

/** Also an aborted run ends with exit code 0; `input` includes what came from the cache. */
function runResult(event: Json): AgentOutput {
  const usage = object(event['usage']);
  const cost = money(usage['totalCost']);
  const model = text(object(event['model'])['id']);
  const used = {
    usage: {
      input: count(usage['inputTokens']),
      cachedInput: count(usage['cacheReadTokens']),
      output: count(usage['outputTokens']),
    },
    // 0 for a model whose prices it does not know.
    ...(cost !== null && cost > 0 ? { costUsd: cost } : {}),
    ...(model === '' ? {} : { model }),
  };
  const said = text(event['text']);
  if (event['finishReason'] === 'completed') {
    return {
      ...agentLine('result', 'Finished.'),
      final: { success: true },
      ...(said === '' ? {} : { message: said }),
      ...used,
    };
  }
  const final = failed(said || `The run ended with ${text(event['finishReason']) || 'no reason'}.`);
  return { ...agentLine('error', final.error ?? ''), final, ...used };
}

function interpret(line: string): AgentOutput {
  const event = parseObject(line);
  if (event === null) return plain(line);
  switch (event['type']) {
    case 'agent_event':
      return agentEvent(object(event['event']));
    case 'run_result':
      return runResult(event);
    case 'error': {
      const final = failed(text(event['message']) || 'The request failed.');
      return { ...agentLine('error', final.error ?? ''), final };
    }
    default:
      return silent;
  }
}

export const cline = definePreset('cline', {
  environment: [
    'ANTHROPIC_API_KEY',
    'CLINE_API_KEY',
    'GEMINI_API_KEY',
    'OPENAI_API_KEY',
    'OPENROUTER_API_KEY',
  ],
  // It ignores a file or a socket on standard input.
  promptIsArgument: true,
  args: ({ model, prompt }) => ['--json', '--auto-approve', 'true', ...model, ...prompt],
  env: () => ({ CLINE_NO_AUTO_UPDATE: '1' }),
  createParser: () => interpret,
});
