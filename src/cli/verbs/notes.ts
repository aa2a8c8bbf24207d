import type { Command } from 'commander';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Result } from '../../base/result.ts';
import { loopCommand, parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type Exit } from '../io.ts';
import { readLoopArguments } from '../pick-loop.ts';

/** `cfn rename`: gives a loop a title of its own. */
export function runRename(argv: readonly string[], context: CliContext): Promise<Exit> {
  const command = loopCommand('rename', 'Give a loop a title; without one it goes by its task again.')
    .argument('<taskId>', 'the loop')
    .argument('[title...]', 'one line of at most 120 characters');
  return note(command, argv, context, {
    act: (service, taskId) => service.rename(taskId, command.args.slice(1).join(' ')),
    done: ({ taskId, title }) =>
      title === null ? `${taskId} goes by its task again.` : `${taskId} is called "${printable(title)}".`,
  });
}

/** `cfn archive`: puts a finished loop out of the lists. */
export function runArchive(argv: readonly string[], context: CliContext): Promise<Exit> {
  const about = 'Put a finished loop out of the lists; nothing else of it is changed.';
  return note(loopCommand('archive', about).argument('<taskId>', 'the loop'), argv, context, {
    act: (service, taskId) => service.archive(taskId, true),
    done: ({ taskId }) => `${taskId} is archived; cfn status --all shows it, cfn unarchive brings it back.`,
  });
}

/** `cfn unarchive`: lists it again. */
export function runUnarchive(argv: readonly string[], context: CliContext): Promise<Exit> {
  const command = loopCommand('unarchive', 'List an archived loop again.').argument('<taskId>', 'the loop');
  return note(command, argv, context, {
    act: (service, taskId) => service.archive(taskId, false),
    done: ({ taskId }) => `${taskId} is listed again.`,
  });
}

interface Note {
  readonly act: (service: LoopService, taskId: string) => Promise<Result<LoopView, LoopError>>;
  readonly done: (view: LoopView) => string;
}

async function note(
  command: Command,
  argv: readonly string[],
  context: CliContext,
  { act, done }: Note,
): Promise<Exit> {
  const { io } = context;
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const [named = ''] = command.args;
  const asked = await readLoopArguments(command, io, named);
  if (!asked.ok) return refuse(io, asked.error);
  return withRepository(context, asked.value.folder, async (service) => {
    const view = await act(service, named);
    if (!view.ok) return failed(io, view.error);
    io.stdout.write(`${done(view.value)}\n`);
    return EXIT.proceed;
  });
}
