import type { McpAccess } from '../../ports/agent-provider.ts';
import { ATTEMPT_TOOLS, MCP_SERVER, MCP_VARIABLES } from '../../protocol/mcp.ts';

/** Our tools by the names under which a CLI knows them: `mcp__cfn__report_result`, say. */
export const toolNames = (prefix: string): readonly string[] =>
  ATTEMPT_TOOLS.map((tool) => `${prefix}${tool}`);

/** `reference`: how the CLI writes the value of a variable, so that the token itself stands in no file. */
export const bearer = (reference: (variable: string) => string) => ({
  Authorization: `Bearer ${reference(MCP_VARIABLES.token)}`,
});

/** The shape that most CLIs read; `more` is what one of them takes beside it. */
export const httpServer = ({ url }: McpAccess, more: object = {}) => ({
  mcpServers: { [MCP_SERVER]: { type: 'http', url, headers: bearer((name) => `\${${name}}`), ...more } },
});
