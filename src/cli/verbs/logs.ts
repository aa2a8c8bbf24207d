import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { AgentView } from '../../app/projections/loop-view.ts';
import { transcriptLineSchema } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { loopIdCommand, pickLoop, readLoopArguments } from '../pick-loop.ts';

/** `cfn logs`: what the agents of a loop said and did in their newest attempts. */
export async function runLogs(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopIdCommand('logs', "Show the transcripts of the agents' newest attempts.")
    .option('--agent-id <id>', 'only this agent')
    .option('--json', 'the transcripts as they are, one JSON object a line');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = await readLoopArguments(command, io, command.args[0]);
  if (!asked.ok) return refuse(io, asked.error);
  const flags = command.opts<{ agentId?: string; json?: boolean }>();
  return withRepository(context, asked.value.folder, async (service) => {
    const view = await pickLoop(service, asked.value.taskId);
    if (!view.ok) return failed(io, view.error);
    const wanted = flags.agentId?.toLowerCase();
    const agents = view.value.agents.filter((one) => wanted === undefined || one.id.toLowerCase() === wanted);
    if (agents.length === 0 && wanted !== undefined) {
      const ids = view.value.agents.map((agent) => agent.id).join(', ');
      return refuse(io, `There is no agent ${flags.agentId} in this loop; it has ${ids || 'none yet'}.`);
    }
    for (const agent of agents) await showTranscript(io, agent, flags.json ?? false);
    return EXIT.proceed;
  });
}

async function showTranscript(io: CliIo, agent: AgentView, json: boolean): Promise<void> {
  if (agent.folder === null) return;
  const text = await readFile(join(agent.folder, ATTEMPT_FILES.transcript), 'utf8').catch(() => null);
  if (text === null) return tellArchive(io, agent.id, agent.folder);
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (json) {
      io.stdout.write(`${line}\n`);
      continue;
    }
    const parsed = transcriptLineSchema.safeParse(readJson(line));
    // The last line may still be in the middle of being written.
    if (!parsed.success) continue;
    const { at, kind, text: said } = parsed.data;
    const time = new Date(at).toISOString().slice(11, 19);
    for (const part of said.split('\n')) io.stdout.write(`${time} ${agent.id} ${kind}: ${printable(part)}\n`);
  }
}

/** `LOOP/attempts/ITERATION/AGENT/ATTEMPT` is packed as `LOOP/attempts.tar.gz`. */
function tellArchive(io: CliIo, agentId: string, folder: string): void {
  const archive = `${resolve(folder, '../../..')}.tar.gz`;
  if (!existsSync(archive)) return;
  io.stderr.write(
    `The transcripts of ${agentId} are archived; unpack them with: tar -xzf ${printable(archive)}\n`,
  );
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
