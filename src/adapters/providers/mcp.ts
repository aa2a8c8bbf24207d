import type { McpAccess } from '../../ports/agent-provider.ts';
import { ATTEMPT_TOOLS, MCP_SERVER, MCP_VARIABLES } from '../../protocol/mcp.ts';

/** Our tools by the names under which a CLI knows them: `mcp__cfn__report_result`, say. */
export const toolNames = (prefix: string): readonly string[] =>
  ATTEMPT_TOOLS.map((tool) => `${prefix}${tool}`);

interface Reachable {
  readonly name: string;
  readonly url: string;
  /** Name of the variable that holds its token. */
  readonly token: string;
}

/** The attempt's own server and the further ones. */
export const reachable = ({ url, servers }: McpAccess): readonly Reachable[] => [
  { name: MCP_SERVER, url, token: MCP_VARIABLES.token },
  ...servers.map(({ variables, ...server }) => ({ ...server, token: variables.token })),
];

/** Names of the further ones: a person chose them for the agent, so it may call all of their tools. */
export const furtherNames = (mcp: McpAccess | null): readonly string[] =>
  mcp?.servers.map(({ name }) => name) ?? [];

/** `reference`: how the CLI writes the value of a variable, so that the token itself stands in no file. */
export const bearer = ({ token }: Reachable, reference: (variable: string) => string) => ({
  Authorization: `Bearer ${reference(token)}`,
});

/** The shape that most CLIs read; `more` is what one of them takes beside it. */
export const httpServers = (mcp: McpAccess, more: object = {}) => ({
  mcpServers: Object.fromEntries(
    reachable(mcp).map((server) => [
      server.name,
      { type: 'http', url: server.url, headers: bearer(server, (name) => `\${${name}}`), ...more },
    ]),
  ),
});
