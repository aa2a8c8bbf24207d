import type { AgentCommand, AgentProvider, CommandRequest } from '../../ports/agent-provider.ts';
import { createAcpParser, type UsageOf } from './acp-parser.ts';
import { CHECKS } from './checks.ts';
import { claude } from './claude.ts';
import { codex } from './codex.ts';
import { gemini } from './gemini.ts';
import { GO_ON_WHEN_REFUSED, opencode } from './opencode.ts';
import { channelsOf } from './preset.ts';
import { qwen } from './qwen.ts';

interface AcpParts {
  /** The same agent without the protocol; its keys and its way of being stopped are the same. */
  readonly base: AgentProvider;
  readonly argv: (model: string | null, outFolder: string) => readonly string[];
  readonly env?: (request: CommandRequest) => Readonly<Record<string, string>>;
  /** Its session mode that asks before it does something, and the one that never asks; `null`: the one it begins in. */
  readonly modes: { readonly asking: string | null; readonly full: string | null };
  readonly usage: UsageOf;
  /** Where it goes on in sessions that it announces; absent: as without the protocol. */
  readonly resume?: AgentProvider['resume'];
  /** Its session was run with the attempt's MCP server. */
  readonly mcp?: boolean;
}

/**
 * A CLI that is spoken with by the Agent Client Protocol. It asks before it does something, and our runner answers by the
 * permission mode, so that one set of rules counts for all of them.
 */
function defineAcp({ base, argv, env, modes, usage, resume, mcp = false }: AcpParts): AgentProvider {
  return {
    id: `${base.id}+acp`,
    title: `${base.title} by ACP`,
    programs: argv(null, '').slice(0, 1),
    versionArgs: ['--version'],
    helpArgs: [],
    // What was run stands in the documentation; there are no flags to compare.
    verified: null,
    environment: base.environment,
    stop: base.stop,
    needsFinalEvent: true,
    resume: resume ?? base.resume,
    reports: { usage: usage !== 'none', cost: false },
    mcp,
    channels: channelsOf(mcp),
    gated: true,
    confined: true,
    command(request): AgentCommand {
      const { program, permission, outFolder } = request;
      const model = program.kind === 'preset' ? (program.model ?? null) : null;
      return {
        argv: argv(model, outFolder),
        env: env?.(request) ?? {},
        stdin: 'empty',
        acp: { mode: permission === 'full' ? modes.full : modes.asking, commands: CHECKS },
      };
    },
    createParser: (before) => createAcpParser(usage, before !== undefined),
  };
}

const flag = (name: string, model: string | null) => (model === null ? [] : [name, model]);

function opencodeSettings({ program, permission, outFolder }: CommandRequest): Record<string, string> {
  const model = program.kind === 'preset' ? program.model : undefined;
  const asking = {
    edit: 'ask',
    bash: 'ask',
    webfetch: 'ask',
    external_directory: { '*': 'ask', [`${outFolder}/*`]: 'allow' },
  };
  const allowed = permission === 'full' ? 'allow' : asking;
  const settings = { ...GO_ON_WHEN_REFUSED, permission: allowed, ...(model ? { model } : {}) };
  return { OPENCODE_CONFIG_CONTENT: JSON.stringify(settings), OPENCODE_DISABLE_AUTOUPDATE: '1' };
}

export const ACP_PROVIDERS: readonly AgentProvider[] = [
  defineAcp({
    base: claude,
    argv: () => ['claude-agent-acp'],
    env: ({ program }) =>
      program.kind === 'preset' && program.model !== undefined ? { ANTHROPIC_MODEL: program.model } : {},
    modes: { asking: 'default', full: 'bypassPermissions' },
    usage: 'turn',
  }),
  defineAcp({
    base: codex,
    argv: (model) => ['codex-acp', ...(model === null ? [] : ['-c', `model=${JSON.stringify(model)}`])],
    // Its other modes ask a model of its own and nobody else.
    modes: { asking: 'read-only', full: 'agent-full-access' },
    usage: 'turn',
  }),
  defineAcp({
    base: gemini,
    argv: (model, out) => ['gemini', '--acp', ...flag('--model', model), '--include-directories', out],
    env: () => ({ GEMINI_CLI_TRUST_WORKSPACE: 'true' }),
    modes: { asking: 'default', full: 'yolo' },
    usage: 'quota',
    // It announces that it loads sessions, and then finds none of its own.
    resume: 'never',
    mcp: true,
  }),
  defineAcp({
    base: qwen,
    argv: (model, out) => ['qwen', '--acp', ...flag('--model', model), '--include-directories', out],
    // It begins in a mode in which a model decides what it may do.
    modes: { asking: 'default', full: 'yolo' },
    usage: 'none',
  }),
  defineAcp({
    base: opencode,
    argv: () => ['opencode', 'acp'],
    env: opencodeSettings,
    modes: { asking: null, full: null },
    // It tells the tokens of its last request alone.
    usage: 'none',
    mcp: true,
  }),
];
