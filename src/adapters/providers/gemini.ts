import type { AgentOutput } from '../../ports/agent-provider.ts';
import { geminiLine } from './gemini-line.ts';
import {
  agentLine,
  clip,
  clipTool,
  count,
  failed,
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

function resultOutput(event: Json): AgentOutput {
  const stats = object(event['stats']);
  const usage = {
    input: count(stats['input_tokens']),
    cachedInput: count(stats['cached']),
    output: count(stats['output_tokens']),
  };
  if (event['status'] === 'success') {
    return {
      transcript: [{ stream: 'agent', kind: 'result', text: 'Finished.' }],
      final: { success: true },
      usage,
    };
  }
  const final = failed(text(object(event['error'])['message']) || 'The request failed.');
  return { transcript: [{ stream: 'agent', kind: 'error', text: final.error ?? '' }], final, usage };
}

function toolOutput(event: Json): AgentOutput {
  if (event['type'] === 'tool_use') {
    const line = toolLine(text(event['tool_name']), toolDetail(object(event['parameters'])));
    return { transcript: [{ stream: 'agent', kind: 'tool', text: line }] };
  }
  const error = event['status'] === 'error';
  const said = clipTool(text(event['output']) || text(object(event['error'])['message']));
  return agentLine(error ? 'error' : 'tool-result', said);
}

/** Its messages come in pieces; a tool call ends one, so the final message is what follows the last call. */
function createParser(): (line: string) => AgentOutput {
  let message = '';
  let unshown = '';
  const shown = (): AgentOutput['transcript'] => {
    const said = unshown.trim();
    unshown = '';
    return said === '' ? [] : [{ stream: 'agent', kind: 'text', text: clip(said) }];
  };
  const after = (output: AgentOutput): AgentOutput => ({
    ...output,
    transcript: [...shown(), ...output.transcript],
  });
  return (line) => {
    const event = parseObject(line);
    if (event === null) return after(plain(line));
    switch (event['type']) {
      case 'init': {
        const [sessionId, model] = [text(event['session_id']), text(event['model'])];
        return {
          transcript: [{ stream: 'agent', kind: 'notice', text: `Gemini CLI started (${model}).` }],
          ...(sessionId === '' ? {} : { sessionId }),
          ...(model === '' ? {} : { model }),
        };
      }
      case 'message':
        if (event['role'] !== 'assistant') return silent;
        message += text(event['content']);
        unshown += text(event['content']);
        return message === '' ? silent : { transcript: [], message };
      case 'tool_use':
      case 'tool_result':
        message = '';
        return after(toolOutput(event));
      case 'error':
        return after({
          transcript: [{ stream: 'agent', kind: 'notice', text: clip(text(event['message'])) }],
        });
      case 'result':
        return after(resultOutput(event));
      default:
        return silent;
    }
  };
}

export const gemini = definePreset('gemini', {
  environment: [
    'GEMINI_API_KEY',
    'GEMINI_CLI_HOME',
    'GOOGLE_API_KEY',
    'GOOGLE_CLOUD_LOCATION',
    'GOOGLE_CLOUD_PROJECT',
    'GOOGLE_GEMINI_BASE_URL',
    'GOOGLE_GENAI_USE_VERTEXAI',
  ],
  // Headless; the prompt itself comes on standard input.
  args: (parts) => [...geminiLine(parts, 'auto_edit'), '--skip-trust', '--prompt', ''],
  createParser,
  takeOver: (sessionId) => ['gemini', '--skip-trust', '--resume', sessionId],
});
