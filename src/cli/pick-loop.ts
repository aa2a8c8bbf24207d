import type { Command } from 'commander';
import type { LoopError, LoopService } from '../app/loop-service.ts';
import type { LoopView } from '../app/projections/loop-view.ts';
import { checkId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import { loopCommand } from './arguments.ts';
import { repositoryFolder } from './config-files.ts';
import type { CliIo } from './io.ts';

/** A verb that takes a loop by `TASK_ID` or, as the seeds' scripts spell it, by `--task-id`. */
export function loopIdCommand(verb: string, description: string): Command {
  return loopCommand(verb, description)
    .argument('[taskId]', 'the loop (default: the only one that is not finished)')
    .option('--task-id <id>', 'the same');
}

/** A verb that has no loop to fall back on: which one is meant has to be said. */
export function namedLoopCommand(verb: string, description: string): Command {
  return loopCommand(verb, description).argument('[taskId]', 'the loop').option('--task-id <id>', 'the same');
}

export interface LoopArguments {
  readonly folder: string;
  readonly taskId: string | null;
}

export async function readLoopArguments(
  command: Command,
  io: CliIo,
  positional: string | undefined,
): Promise<Result<LoopArguments, string>> {
  const flags = command.opts<{ taskId?: string; repo?: string }>();
  if (positional !== undefined && flags.taskId !== undefined && positional !== flags.taskId) {
    return err('The loop is given twice; it takes TASK_ID or --task-id.');
  }
  const given = positional ?? flags.taskId ?? null;
  const id = given === null ? ok(null) : checkId('TASK_ID', given);
  if (!id.ok) return id;
  const folder = await repositoryFolder(io, flags.repo);
  return folder.ok ? ok({ folder: folder.value, taskId: id.value }) : folder;
}

/** For verbs made by `namedLoopCommand`. */
export async function readNamedLoop(
  command: Command,
  io: CliIo,
): Promise<Result<LoopArguments & { readonly taskId: string }, string>> {
  const asked = await readLoopArguments(command, io, command.args[0]);
  if (!asked.ok) return asked;
  const { folder, taskId } = asked.value;
  return taskId === null
    ? err('TASK_ID is missing; it takes the id of a loop (cfn status lists them).')
    : ok({ folder, taskId });
}

/** For verbs that take several loops, each named by its id. */
export async function readNamedLoops(
  command: Command,
  io: CliIo,
): Promise<Result<{ readonly folder: string; readonly taskIds: readonly string[] }, string>> {
  const flags = command.opts<{ taskId?: string; repo?: string }>();
  if (flags.taskId !== undefined)
    return err('--task-id takes one loop; leave it out where several are named.');
  for (const given of command.args) {
    const id = checkId('TASK_ID', given);
    if (!id.ok) return id;
  }
  const folder = await repositoryFolder(io, flags.repo);
  return folder.ok ? ok({ folder: folder.value, taskIds: command.args }) : folder;
}

/** The loop that was named, else the only one that is not finished. */
export async function pickLoop(
  service: LoopService,
  taskId: string | null,
): Promise<Result<LoopView, LoopError>> {
  if (taskId !== null) return service.view(taskId);
  const open = (await service.list()).filter((view) => view.outcome === null);
  const [only] = open;
  if (only === undefined) {
    return err({ kind: 'input', message: 'No loop of this repository is in progress; name one by TASK_ID.' });
  }
  if (open.length === 1) return ok(only);
  const ids = open.map((view) => view.taskId).join(', ');
  return err({ kind: 'input', message: `Several loops are in progress (${ids}); name one by TASK_ID.` });
}
