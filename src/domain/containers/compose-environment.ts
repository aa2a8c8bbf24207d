import type { WorktreePorts } from '../worktree/ports.ts';

export interface ComposeEnvironment {
  readonly branch: string;
  readonly project: string;
  readonly ports: Pick<WorktreePorts, 'redis' | 'postgres' | 'orchestrator' | 'base'>;
  /** CIDR, of the worktree's own networks; a fixed one exists once for each engine. */
  readonly subnet: string;
  readonly mcpSubnet: string;
  /** Id of the repository, on what Compose makes for it. */
  readonly owner: string;
}

/** What keeps a worktree's services apart, as the seeds' scripts export it. */
export const composeVariables = (given: ComposeEnvironment): Readonly<Record<string, string>> => ({
  WORKTREE_BRANCH: given.branch,
  COMPOSE_PROJECT_NAME: given.project,
  CFN_REDIS_PORT: String(given.ports.redis),
  CFN_POSTGRES_PORT: String(given.ports.postgres),
  CFN_ORCHESTRATOR_PORT: String(given.ports.orchestrator),
  CFN_PORT_BASE: String(given.ports.base),
  CFN_SUBNET: given.subnet,
  CFN_MCP_SUBNET: given.mcpSubnet,
  CFN_OWNER: given.owner,
});

/** Lines that a POSIX shell (`. FILE`) and Compose (`--env-file FILE`) read alike. */
export const environmentFile = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join('');

/** A branch may be named `$(rm)`: between single quotes nothing means anything but the quote itself. */
function quoted(value: string): string {
  if (/^[\w./:@%+,-]*$/.test(value)) return `"${value}"`;
  if (!value.includes("'")) return `'${value}'`;
  return `"${value.replace(/["$`\\]/g, '\\$&')}"`;
}
