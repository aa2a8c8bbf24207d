import { REPORT_CHANNELS } from '../../domain/agents/report-by.ts';
import type { AgentOutput, AgentProvider } from '../../ports/agent-provider.ts';
import { plain } from './output.ts';

const MAX_BLOCK = 256 * 1024;
const OPENING = /^\s*(`{3,})\s*json\b/i;

/**
 * Reads raw output for fenced `json` blocks: a program without structured output has no final message,
 * so each completed block stands for one and a later one replaces it.
 */
export function createRawParser(): (line: string) => AgentOutput {
  let fence = '';
  let block: string[] = [];
  let size = 0;
  return (line) => {
    const output = plain(line);
    if (fence === '') {
      fence = OPENING.exec(line)?.[1] ?? '';
      block = [];
      size = 0;
      return output;
    }
    if (line.trim() === fence) {
      const message = [`${fence}json`, ...block, fence].join('\n');
      fence = '';
      return { ...output, message };
    }
    size += line.length;
    if (size > MAX_BLOCK) fence = '';
    else block.push(line);
    return output;
  };
}

/** Any program the user names: `exec:COMMAND LINE`. */
export const exec: AgentProvider = {
  id: 'exec',
  title: 'Custom command',
  programs: [],
  versionArgs: [],
  helpArgs: [],
  verified: null,
  environment: [],
  stop: { signal: 'SIGTERM', graceMs: 1000 },
  needsFinalEvent: false,
  resume: 'never',
  reports: { usage: false, cost: false },
  mcp: false,
  channels: REPORT_CHANNELS,
  gated: false,
  confined: false,
  command({ program }) {
    if (program.kind !== 'exec') throw new Error(`Not a custom command: ${program.preset}`);
    return { argv: program.argv, env: {}, stdin: 'empty' };
  },
  createParser: createRawParser,
};
