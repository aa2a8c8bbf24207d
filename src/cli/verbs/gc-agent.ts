import type { LoopService } from '../../app/loop-service.ts';
import type { WorktreeRemoval } from '../../app/remove-worktree.ts';
import { bytesText } from '../../base/bytes.ts';
import { failed } from '../context.ts';
import { EXIT, printable, type CliIo, type Exit } from '../io.ts';
import { itemLine } from './gc-item.ts';

interface AgentOptions {
  readonly taskId: string;
  readonly agentId: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `cfn gc --task-id ID --agent ID`: shows what removing its worktree would do; with `--yes` it is done. */
export async function removeAgentsWorktree(
  service: LoopService,
  io: CliIo,
  { taskId, agentId, yes, json }: AgentOptions,
): Promise<Exit> {
  const removal = await service.removeWorktree({ taskId, agentId, remove: yes === true });
  if (!removal.ok) return failed(io, removal.error);
  if (json) io.stdout.write(`${JSON.stringify(removal.value)}\n`);
  else for (const line of removalLines(removal.value)) io.stdout.write(`${printable(line)}\n`);
  return EXIT.proceed;
}

function removalLines(removal: WorktreeRemoval): readonly string[] {
  const { taskId, agentId, removed, items, bytes, unsaved, looseCommits, rescued, ignored } = removal;
  const verb = removed ? 'removed' : 'would go';
  const size = bytesText(bytes);
  return [
    `${taskId} ${agentId}`,
    ...items.map((item) => itemLine(item, verb)),
    ...unsaved.map(({ status, path }) => `  rescued first: ${status}  ${path}`),
    ...(looseCommits > 0
      ? [`  rescued first: commits of the agent that nothing else holds: ${looseCommits}`]
      : []),
    ...(rescued === null ? [] : [`  rescue ref: ${rescued}`]),
    ...ignored.map((path) => `  ignored by git, ${removed ? 'gone' : 'goes'} with its worktree: ${path}`),
    lastLine(removal, size, `cfn gc --task-id ${taskId} --agent ${agentId}`),
  ];
}

function lastLine({ removed, items }: WorktreeRemoval, size: string, command: string): string {
  if (removed) return `Removed ${size}; make it again with: ${command} --restore`;
  return items.some(({ kind, kept }) => kind === 'worktree' && kept !== null)
    ? 'It stays.'
    : `${size} would be removed; do it with: ${command} --yes`;
}

/** `cfn gc --task-id ID --agent ID --restore` */
export async function restoreAgentsWorktree(
  service: LoopService,
  io: CliIo,
  { taskId, agentId, json }: AgentOptions,
): Promise<Exit> {
  const made = await service.restoreWorktree(taskId, agentId);
  if (!made.ok) return failed(io, made.error);
  const { path, branch } = made.value;
  const text = json
    ? JSON.stringify({ taskId, agentId, path, branch })
    : printable(`${path} is there again, on ${branch}.`);
  io.stdout.write(`${text}\n`);
  return EXIT.proceed;
}
