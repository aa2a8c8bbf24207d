import type { AgentOutput, McpAccess, SessionTotals } from '../../ports/agent-provider.ts';
import { furtherNames, reachable } from './mcp.ts';
import {
  agentLine,
  clip,
  clipTool,
  contentText,
  count,
  failed,
  isRateLimit,
  list,
  object,
  parseObject,
  plain,
  silent,
  text,
  toolLine,
  usageSince,
  type Json,
} from './output.ts';
import { definePreset } from './preset.ts';

function commandResult(item: Json): AgentOutput {
  const exit = item['exit_code'];
  const output = clipTool(text(item['aggregated_output']).trimEnd());
  const failedCommand = typeof exit === 'number' && exit !== 0;
  return agentLine('tool-result', failedCommand ? `exit code ${exit}\n${output}` : output);
}

function changedFiles(item: Json): string {
  return list(item['changes'])
    .map(object)
    .map((change) => `${text(change['kind'])} ${text(change['path'])}`.trim())
    .join(', ');
}

function startedItem(item: Json): AgentOutput {
  switch (item['type']) {
    case 'command_execution':
      return agentLine('tool', toolLine('$', text(item['command'])));
    case 'mcp_tool_call':
      return agentLine('tool', toolLine(`${text(item['server'])}.${text(item['tool'])}`, ''));
    default:
      return silent;
  }
}

function completedItem(item: Json): AgentOutput {
  switch (item['type']) {
    case 'agent_message': {
      const said = text(item['text']);
      return said === '' ? silent : { ...agentLine('text', clip(said)), message: said };
    }
    case 'reasoning':
      return agentLine('notice', clip(text(item['text'])));
    case 'command_execution':
      return commandResult(item);
    case 'file_change':
      return agentLine('tool', toolLine('edit', changedFiles(item)));
    case 'mcp_tool_call':
      return agentLine('tool-result', clipTool(contentText(object(item['result'])['content'])));
    case 'web_search':
      return agentLine('tool', toolLine('search', text(item['query'])));
    // A warning of the CLI (an unknown model, say); what ends the turn is `turn.failed`.
    case 'error':
      return agentLine('notice', clip(text(item['message'])));
    default:
      return silent;
  }
}

function interpret(event: Json, before: SessionTotals | undefined): AgentOutput {
  switch (event['type']) {
    case 'thread.started': {
      const sessionId = text(event['thread_id']);
      return { ...agentLine('notice', 'Codex started.'), ...(sessionId === '' ? {} : { sessionId }) };
    }
    case 'item.started':
      return startedItem(object(event['item']));
    case 'item.completed':
      return completedItem(object(event['item']));
    case 'turn.completed': {
      const usage = object(event['usage']);
      return {
        ...agentLine('result', 'Finished.'),
        final: { success: true },
        // Of the whole thread, also where it was resumed.
        usage: usageSince(before, {
          input: count(usage['input_tokens']),
          cachedInput: count(usage['cached_input_tokens']),
          output: count(usage['output_tokens']),
        }),
      };
    }
    case 'turn.failed': {
      const final = failed(text(object(event['error'])['message']) || 'The turn failed.');
      return { ...agentLine('error', final.error ?? ''), final };
    }
    // "Reconnecting… 1/5" and the like: progress, not an end.
    case 'error': {
      const message = clip(text(event['message']));
      const limit = isRateLimit(message) ? { rateLimit: { text: 'rate-limited', delayMs: null } } : {};
      return { ...agentLine('notice', message), ...limit };
    }
    default:
      return silent;
  }
}

/**
 * JSON strings are TOML basic strings. Tools that do not say that they are harmless are asked about, and nobody is there to be
 * asked; those of further servers a person chose for the agent.
 */
const serverSettings = (mcp: McpAccess): readonly string[] => {
  const further = new Set(furtherNames(mcp));
  return reachable(mcp).flatMap(({ name, url, token }) =>
    [
      `url=${JSON.stringify(url)}`,
      `bearer_token_env_var=${JSON.stringify(token)}`,
      ...(further.has(name) ? ['default_tools_approval_mode="approve"'] : []),
    ].flatMap((setting) => ['-c', `mcp_servers.${name}.${setting}`]),
  );
};

export const codex = definePreset('codex', {
  environment: ['CODEX_API_KEY', 'CODEX_HOME', 'OPENAI_API_KEY', 'OPENAI_BASE_URL'],
  helpArgs: [
    ['exec', '--help'],
    ['exec', 'resume', '--help'],
  ],
  args: ({ model, sessionId, full, outFolder, images, mcp }) => [
    'exec',
    ...(sessionId === null ? [] : ['resume', sessionId]),
    '--json',
    '--skip-git-repo-check',
    ...model,
    // A comma would part one path into two; what is left out stands in the prompt all the same.
    ...images.flatMap((path) => (path.includes(',') ? [] : ['--image', path])),
    ...(full
      ? ['--dangerously-bypass-approvals-and-sandbox']
      : [
          '-c',
          'sandbox_mode="workspace-write"',
          '-c',
          'approval_policy="never"',
          '-c',
          `sandbox_workspace_write.writable_roots=[${JSON.stringify(outFolder)}]`,
        ]),
    ...(mcp === null ? [] : serverSettings(mcp)),
    '-c',
    'check_for_update_on_startup=false',
    '-',
  ],
  createParser: (before) => (line) => {
    const event = parseObject(line);
    return event === null ? plain(line) : interpret(event, before);
  },
  takeOver: (sessionId) => ['codex', 'resume', sessionId],
});
