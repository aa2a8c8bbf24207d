import { REPORT_CHANNELS, type ReportChannel, type ReportWay } from '../domain/agents/report-by.ts';
import { presetOf, type AgentProgram } from '../domain/loop/model.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import { MCP_SERVER } from '../protocol/mcp.ts';
import type { StartRequest } from './start-request.ts';

/** Beside the result file, where every agent may write; nothing reads it but the command. */
const draftBeside = (resultFile: string): string => resultFile.replace(/[^/\\]*$/, 'to-report.json');

const FINAL_MESSAGE = 'end your final message with one fenced `json` block';

const WAYS: Readonly<Record<ReportWay, (resultFile: string) => string>> = {
  auto: (file) => `in one of these ways: ${FINAL_MESSAGE}, or write the object to ${file}`,
  mcp: () =>
    `in this way: call the tool \`report_result\` of the MCP server \`${MCP_SERVER}\` with the fields of the object`,
  command: (file) =>
    `in this way: write the object to ${draftBeside(file)} and run \`cfn report "${draftBeside(file)}"\``,
  file: (file) => `in this way: write the object to ${file}`,
  message: () => `in this way: ${FINAL_MESSAGE}`,
};

/** How a prompt asks for the result, from "Report exactly once …" on; without a way of its own, by any that works. */
export const reportSentence = (way: ReportWay | undefined, resultFile: string): string =>
  `Report exactly once, as your last act, ${WAYS[way ?? 'auto'](resultFile)}.`;

/** Names the first agent that cannot report as it would be asked to, in one sentence; null when all can. */
export function findMute(
  { crew, reportBy }: Pick<StartRequest, 'crew' | 'reportBy'>,
  agents: readonly DetectedAgent[],
): string | null {
  if (reportBy === undefined) return null;
  for (const { id, program } of crew) {
    const channels = program === null ? REPORT_CHANNELS : channelsOf(program, agents);
    if (channels.includes(reportBy)) continue;
    return `The agent ${id} (${presetOf(program)}) cannot report by ${reportBy}; it can by ${channels.join(', ')}.`;
  }
  return null;
}

/** A program of the user's can do as it is told, but nobody reads what it shows on a terminal of its own. */
function channelsOf(program: AgentProgram, agents: readonly DetectedAgent[]): readonly ReportChannel[] {
  if (program.kind === 'exec')
    return program.tty ? REPORT_CHANNELS.filter((channel) => channel !== 'message') : REPORT_CHANNELS;
  return agents.find(({ id }) => id === program.preset)?.capabilities.channels ?? [];
}
