import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { AttemptSpec } from '../../../protocol/attempt.ts';
import { ATTEMPT_TOOLS, MCP_SERVER } from '../../../protocol/mcp.ts';

/** What an agent asks to do, as far as the rules look at it. */
export interface Wanted {
  readonly kind: string | null;
  readonly title: string;
  readonly command: string | null;
  /** Absolute paths that it names. */
  readonly paths: readonly string[];
}

export interface Bounds {
  readonly permission: AttemptSpec['permission'];
  /** Folders below which files may be written. */
  readonly roots: readonly string[];
  /** Commands that need no question, each with any arguments. */
  readonly commands: readonly string[];
}

/** More than one command, or one whose words a shell makes; such a line is no longer what its beginning says. */
const SHELL = /[;&|`$<>()\\\n\r]/;

export const isAllowedCommand = (command: string, commands: readonly string[]): boolean =>
  !SHELL.test(command) && commands.some((each) => command === each || command.startsWith(`${each} `));

/** Where a path leads when every link on its way is followed, as far as it exists. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(real(parent), basename(path));
}

export function isWithin(path: string, roots: readonly string[]): boolean {
  if (!isAbsolute(path)) return false;
  const place = real(resolve(path));
  return roots.some((root) => {
    const way = relative(real(root), place);
    return way === '' || (!way.startsWith('..') && !isAbsolute(way));
  });
}

const HARMLESS = new Set(['read', 'search', 'think']);
const WRITING = new Set(['edit', 'delete', 'move']);

/** As agents name a tool of our server: `mcp__cfn__report_result`, `report_result (cfn MCP Server)` and the like. */
const OWN_TOOL = new RegExp(
  `^(?:Tool: )?(?:(?:mcp_+)?${MCP_SERVER}[_./:]+)?(?:${ATTEMPT_TOOLS.join('|')})(?: \\(${MCP_SERVER} MCP Server\\))?$`,
);

function isWithinBounds({ kind, title, command, paths }: Wanted, { roots, commands }: Bounds): boolean {
  if (command === null && paths.length === 0 && OWN_TOOL.test(title)) return true;
  if (kind === null) return false;
  if (HARMLESS.has(kind)) return true;
  if (WRITING.has(kind)) return paths.length > 0 && paths.every((path) => isWithin(path, roots));
  // Some give the command as the title of the call alone.
  return kind === 'execute' && isAllowedCommand(command ?? title, commands);
}

/** What is answered to an agent that asks: `ask` hands on to a person what `edits` would refuse. */
export function judgeWanted(wanted: Wanted, bounds: Bounds): 'allow' | 'refuse' | 'ask' {
  if (bounds.permission === 'full' || isWithinBounds(wanted, bounds)) return 'allow';
  return bounds.permission === 'ask' ? 'ask' : 'refuse';
}
