import type { AgentOutput } from '../../ports/agent-provider.ts';
import { ATTEMPT_TOOLS, MCP_SERVER } from '../../protocol/mcp.ts';
import { CHECKS } from './checks.ts';
import {
  agentLine,
  clip,
  clipTool,
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
import { furtherNames, httpServers } from './mcp.ts';
import { definePreset } from './preset.ts';

function toolResult(data: Json): AgentOutput {
  if (data['success'] === false) return agentLine('error', clipTool(text(object(data['error'])['message'])));
  return agentLine('tool-result', clipTool(text(object(data['result'])['content']).trim()));
}

/** An error of the session ends it; the exit code of its last event only says that there was one. */
function createParser(): (line: string) => AgentOutput {
  let error = '';
  const onMessage = (data: Json): AgentOutput => {
    const said = text(data['content']);
    const model = text(data['model']);
    return {
      ...agentLine('text', clip(said)),
      ...(said === '' ? {} : { message: said }),
      ...(model === '' ? {} : { model }),
    };
  };
  const onResult = (event: Json): AgentOutput => {
    const sessionId = text(event['sessionId']);
    const session = sessionId === '' ? {} : { sessionId };
    if (event['exitCode'] === 0 && error === '') {
      return { ...agentLine('result', 'Finished.'), final: { success: true }, ...session };
    }
    const final = failed(error || 'The request failed.');
    return { ...agentLine('error', final.error ?? ''), final, ...session };
  };
  return (line) => {
    const event = parseObject(line);
    if (event === null) return plain(line);
    const data = object(event['data']);
    switch (event['type']) {
      case 'assistant.message':
        return onMessage(data);
      case 'tool.execution_start':
        return agentLine('tool', toolLine(text(data['toolName']), toolDetail(object(data['arguments']))));
      case 'tool.execution_complete':
        return toolResult(data);
      case 'model.call_failure': {
        const limit =
          data['statusCode'] === 429 ? { rateLimit: { text: 'rate-limited', delayMs: null } } : {};
        return { ...agentLine('notice', clip(text(data['errorMessage']), 2000)), ...limit };
      }
      case 'session.error':
        error = text(data['message']) || 'The session failed.';
        return silent;
      case 'result':
        return onResult(event);
      default:
        return silent;
    }
  };
}

/** `:*` stands for any arguments. It takes a program and a subcommand, and no rule for `node --test`: it would be all of node. */
const ALLOWED = [
  'write',
  ...ATTEMPT_TOOLS.map((tool) => `${MCP_SERVER}(${tool})`),
  ...CHECKS.filter((command) => !command.includes(' -')).map((command) => `shell(${command}:*)`),
];

export const copilot = definePreset('copilot', {
  environment: [
    'COPILOT_GH_HOST',
    'COPILOT_GITHUB_TOKEN',
    'COPILOT_HOME',
    'COPILOT_MODEL',
    'COPILOT_OFFLINE',
    'COPILOT_PROVIDER_API_KEY',
    'COPILOT_PROVIDER_BASE_URL',
    'COPILOT_PROVIDER_BEARER_TOKEN',
    'COPILOT_PROVIDER_MODEL_ID',
    'COPILOT_PROVIDER_TYPE',
    'COPILOT_PROVIDER_WIRE_API',
    'COPILOT_PROVIDER_WIRE_MODEL',
    'GH_HOST',
  ],
  args: ({ model, sessionId, full, outFolder, mcp }) => [
    '--output-format',
    'json',
    '--no-ask-user',
    ...model,
    ...(sessionId === null ? [] : ['--session-id', sessionId]),
    ...(full
      ? ['--allow-all-tools', '--allow-all-paths', '--allow-all-urls']
      : [
          '--disallow-temp-dir',
          ...[...ALLOWED, ...furtherNames(mcp)].flatMap((tool) => ['--allow-tool', tool]),
        ]),
    ...(mcp === null ? [] : ['--additional-mcp-config', `@${mcp.configFile}`]),
    '--add-dir',
    outFolder,
  ],
  mcpConfig: (mcp) => httpServers(mcp, { tools: ['*'] }),
  env: () => ({ COPILOT_AUTO_UPDATE: 'false' }),
  createParser,
  takeOver: (sessionId) => ['copilot', '--session-id', sessionId],
});
