import { REPORT_CHANNELS, type ReportChannel } from '../../domain/agents/report-by.ts';
import type { AgentProvider, McpAccess } from '../../ports/agent-provider.ts';
import { PRESETS, type PresetFacts, type PresetId } from './presets.ts';

/** What a command line is put together from. */
export interface LineParts {
  /** `--model NAME`, or nothing. */
  readonly model: readonly string[];
  readonly sessionId: string | null;
  readonly full: boolean;
  readonly outFolder: string;
  readonly images: readonly string[];
  /** The attempt's MCP server, where the CLI is given one. */
  readonly mcp: McpAccess | null;
  /** The prompt as one word of a command line. */
  readonly prompt: readonly string[];
}

/** What one CLI has of its own, beside its facts. */
export interface PresetParts extends Pick<AgentProvider, 'environment' | 'createParser' | 'takeOver'> {
  readonly args: (parts: LineParts) => readonly string[];
  readonly env?: (parts: LineParts) => Readonly<Record<string, string>>;
  readonly helpArgs?: AgentProvider['helpArgs'];
  /** What it reads of its MCP servers from the file that `args` or `env` name. */
  readonly mcpConfig?: (mcp: McpAccess) => object;
  /** It takes its prompt as an argument. */
  readonly promptIsArgument?: boolean;
}

/** Linux takes 128 KiB for one argument, Windows 32,767 characters for a whole command line. */
const LONGEST_ARGUMENT = process.platform === 'win32' ? 16_000 : 100_000;

/** A longer prompt stays in its file, and the agent is told to read that. */
export function promptArgument(
  prompt: { readonly text: string; readonly file: string },
  longest: number = LONGEST_ARGUMENT,
): string {
  return Buffer.byteLength(prompt.text) <= longest
    ? prompt.text
    : `Your whole task stands in the file ${prompt.file}. Read all of it first, then do what it says.`;
}

/** Its commands run `cfn report`, its files may lie in `out/`, and its final message is read in any case. */
export const channelsOf = (mcp: boolean): readonly ReportChannel[] =>
  REPORT_CHANNELS.filter((channel) => mcp || channel !== 'mcp');

/** A CLI with structured output, whose program has the preset's name. */
export function definePreset(id: PresetId, parts: PresetParts): AgentProvider {
  const { title, verified, resume, reports, mcp, gated, confined, stop }: PresetFacts = PRESETS[id];
  return {
    id,
    title,
    programs: [id],
    versionArgs: ['--version'],
    helpArgs: parts.helpArgs ?? [['--help']],
    verified,
    environment: parts.environment,
    stop: stop ?? { signal: 'SIGTERM', graceMs: 1000 },
    // Exit codes lie: pi ends with 0 after a refused key, Gemini CLI with 0 after a signal.
    needsFinalEvent: true,
    resume,
    reports,
    mcp,
    channels: channelsOf(mcp),
    gated,
    confined,
    command({ program, permission, sessionId, outFolder, images = [], prompt, ...request }) {
      const server = (mcp && request.mcp) || null;
      const model = program.kind === 'preset' ? program.model : undefined;
      const line: LineParts = {
        model: model === undefined ? [] : ['--model', model],
        sessionId,
        full: permission === 'full',
        outFolder,
        images,
        mcp: server,
        prompt: prompt === undefined ? [] : [promptArgument(prompt)],
      };
      const stdin = parts.promptIsArgument === true ? 'empty' : 'prompt';
      const config = server && parts.mcpConfig?.(server);
      return {
        argv: [id, ...parts.args(line)],
        env: parts.env?.(line) ?? {},
        stdin,
        ...(config ? { mcpConfig: JSON.stringify(config) } : {}),
      };
    },
    createParser: parts.createParser,
    ...(parts.takeOver === undefined ? {} : { takeOver: parts.takeOver }),
  };
}
