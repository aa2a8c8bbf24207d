import type { AgentOutput, McpAccess } from '../../ports/agent-provider.ts';
import type { Usage } from '../../domain/loop/model.ts';
import { MCP_SERVER } from '../../protocol/mcp.ts';
import { CHECKS } from './checks.ts';
import {
  clip,
  clipTool,
  count,
  failed,
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
import { bearer, furtherNames, reachable, toolNames } from './mcp.ts';
import { definePreset } from './preset.ts';

function toolOutput(part: Json): AgentOutput {
  const state = object(part['state']);
  const line = toolLine(text(part['tool']), toolDetail(object(state['input'])));
  const error = state['status'] === 'error';
  const said = clipTool(error ? text(state['error']) : text(state['output']));
  return {
    transcript: [
      { stream: 'agent', kind: 'tool', text: line },
      ...(said === ''
        ? []
        : [
            {
              stream: 'agent' as const,
              kind: error ? ('error' as const) : ('tool-result' as const),
              text: said,
            },
          ]),
    ],
  };
}

/** Usage comes per step and is summed; `input` leaves out what was read from and written to a cache. */
function createParser(): (line: string) => AgentOutput {
  let usage: Usage = { input: 0, cachedInput: 0, output: 0 };
  let cost = 0;
  const onStep = (part: Json): AgentOutput => {
    const tokens = object(part['tokens']);
    const cache = object(tokens['cache']);
    const cached = count(cache['read']);
    usage = {
      input: usage.input + count(tokens['input']) + cached + count(cache['write']),
      cachedInput: usage.cachedInput + cached,
      output: usage.output + count(tokens['output']) + count(tokens['reasoning']),
    };
    cost += money(part['cost']) ?? 0;
    const totals = { usage, ...(cost > 0 ? { costUsd: cost } : {}) };
    // A step that calls tools is followed by another one.
    if (part['reason'] === 'tool-calls') return { transcript: [], ...totals };
    return {
      transcript: [{ stream: 'agent', kind: 'result', text: 'Finished.' }],
      final: { success: true },
      ...totals,
    };
  };
  const interpret = (event: Json): AgentOutput => {
    const part = object(event['part']);
    switch (event['type']) {
      case 'text': {
        const said = text(part['text']);
        return said === ''
          ? silent
          : { transcript: [{ stream: 'agent', kind: 'text', text: clip(said) }], message: said };
      }
      case 'tool_use':
        return toolOutput(part);
      case 'step_finish':
        return onStep(part);
      case 'error': {
        const error = object(event['error']);
        const message =
          text(object(error['data'])['message']) || text(error['message']) || text(error['name']);
        const final = failed(message || 'The request failed.');
        return { transcript: [{ stream: 'agent', kind: 'error', text: final.error ?? '' }], final };
      }
      default:
        return silent;
    }
  };
  return (line) => {
    const event = parseObject(line);
    if (event === null) return plain(line);
    const sessionId = text(event['sessionID']);
    return { ...interpret(event), ...(sessionId === '' ? {} : { sessionId }) };
  };
}

/** Without it a refused call ends the run, and the agent never learns that it may do the rest. */
export const GO_ON_WHEN_REFUSED = { experimental: { continue_loop_on_deny: true } } as const;

/** What `edits` allows, in its configuration's terms; whatever would ask is refused without a person. */
function editsOnly(outFolder: string, mcp: McpAccess | null): object {
  const commands = CHECKS.flatMap((command) => [
    [command, 'allow'],
    [`${command} *`, 'allow'],
  ]);
  const tools = [...toolNames(`${MCP_SERVER}_`), ...furtherNames(mcp).map((name) => `${name}_*`)];
  return {
    edit: 'allow',
    bash: { '*': 'deny', ...Object.fromEntries(commands) },
    webfetch: 'deny',
    external_directory: { '*': 'deny', [`${outFolder}/*`]: 'allow' },
    ...Object.fromEntries(tools.map((tool) => [tool, 'allow'])),
  };
}

const serverSettings = (mcp: McpAccess) =>
  Object.fromEntries(
    reachable(mcp).map((server) => [
      server.name,
      {
        type: 'remote',
        url: server.url,
        headers: bearer(server, (name) => `{env:${name}}`),
        oauth: false,
      },
    ]),
  );

export const opencode = definePreset('opencode', {
  environment: [
    'ANTHROPIC_API_KEY',
    'GEMINI_API_KEY',
    'OPENAI_API_KEY',
    'OPENCODE_API_KEY',
    'OPENCODE_CONFIG',
    'OPENROUTER_API_KEY',
  ],
  helpArgs: [['run', '--help']],
  args: ({ model, sessionId }) => [
    'run',
    '--format',
    'json',
    ...model,
    ...(sessionId === null ? [] : ['--session', sessionId]),
  ],
  env: ({ full, outFolder, mcp }) => ({
    OPENCODE_CONFIG_CONTENT: JSON.stringify({
      ...(full ? {} : GO_ON_WHEN_REFUSED),
      permission: full ? 'allow' : editsOnly(outFolder, mcp),
      ...(mcp === null ? {} : { mcp: serverSettings(mcp) }),
    }),
    OPENCODE_DISABLE_AUTOUPDATE: '1',
  }),
  createParser,
  takeOver: (sessionId) => ['opencode', '--session', sessionId],
});
