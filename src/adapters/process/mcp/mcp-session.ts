/** What a runner loads once its agent has asked for something by MCP. */
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import { attemptTools, isAttemptTool, MCP_SERVER } from '../../../protocol/mcp.ts';
import { createAttemptTools, type AttemptToolsDeps } from './attempt-tools.ts';

/** Answers the requests of one agent; nothing is kept from one request to the next. */
export function createMcpSession(deps: AttemptToolsDeps): (request: Request) => Promise<Response> {
  const offered = Object.entries(attemptTools(deps.spec.role)).map(([name, tool]) => ({
    name,
    title: tool.title,
    description: tool.description,
    inputSchema: { ...tool.inputSchema },
    annotations: { readOnlyHint: tool.readOnly, destructiveHint: false, openWorldHint: false },
  }));
  const call = createAttemptTools(deps);
  const handler = createMcpHandler(() => {
    const server = new Server({ name: MCP_SERVER, version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', () => ({ tools: offered }));
    server.setRequestHandler('tools/call', async ({ params }) => {
      const answer = isAttemptTool(params.name)
        ? await call(params.name, params.arguments ?? {})
        : { ok: false as const, error: `There is no tool ${JSON.stringify(params.name.slice(0, 80))}.` };
      const text = answer.ok ? answer.value : answer.error;
      return { content: [{ type: 'text', text }], isError: !answer.ok };
    });
    return server;
  });
  return (request) => handler.fetch(request);
}
