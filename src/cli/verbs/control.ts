import type { LoopError, LoopService } from '../../app/loop-service.ts';
import type { Result } from '../../base/result.ts';
import { collect, parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, refuse, type Exit } from '../io.ts';
import { loopIdCommand, pickLoop, readLoopArguments } from '../pick-loop.ts';
import type { Command } from 'commander';

/** `cfn pause`: no new agent starts; with `--now` the running ones are cancelled and run again later. */
export function runPause(argv: readonly string[], context: CliContext): Promise<Exit> {
  const command = loopIdCommand('pause', 'Start no new agent; cfn resume goes on.').option(
    '--now',
    'cancel the running agents, which run again later, instead of letting them finish',
  );
  return control(command, argv, context, {
    act: (service, taskId) => service.pause(taskId, { now: command.opts<{ now?: boolean }>().now ?? false }),
    done: (taskId) => `${taskId} is paused; go on with: cfn resume ${taskId}`,
  });
}

/** `cfn stop`: cancels the loop; its branches and iterations are kept. */
export function runStop(argv: readonly string[], context: CliContext): Promise<Exit> {
  return control(loopIdCommand('stop', 'Cancel a loop; its work is kept.'), argv, context, {
    act: (service, taskId) => service.stop(taskId),
    done: (taskId) => `${taskId} is cancelled.`,
  });
}

/** `cfn feedback`: goes into the prompts of the next iteration. */
export async function runFeedback(argv: readonly string[], context: CliContext): Promise<Exit> {
  const command = loopIdCommand('feedback', "Add feedback to the next iteration's prompts.")
    .argument('[text...]', 'one item')
    .option('--feedback <text>', 'one item; once for each', collect);
  // With --task-id every word belongs to the feedback.
  const named = () => command.opts<{ taskId?: string }>().taskId !== undefined;
  const items = () => {
    const { feedback = [] } = command.opts<{ feedback?: readonly string[] }>();
    const words = command.args
      .slice(named() ? 0 : 1)
      .join(' ')
      .trim();
    return [...feedback, ...(words === '' ? [] : [words])].filter((item) => item.trim() !== '');
  };
  return control(command, argv, context, {
    positional: () => (named() ? undefined : command.args[0]),
    check: () => (items().length > 0 ? null : 'The feedback is empty; it takes a text or --feedback TEXT.'),
    act: (service, taskId) => service.addFeedback(taskId, items()),
    done: (taskId) => `${taskId} gets the feedback in its next iteration.`,
  });
}

interface Action {
  /** The word that names the loop, where it is not simply the first. */
  readonly positional?: () => string | undefined;
  readonly check?: () => string | null;
  readonly act: (service: LoopService, taskId: string) => Promise<Result<void, LoopError>>;
  readonly done: (taskId: string) => string;
}

/** Does one thing to one loop and says so. */
export async function control(
  command: Command,
  argv: readonly string[],
  context: CliContext,
  action: Action,
): Promise<Exit> {
  const { io } = context;
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const positional = action.positional ? action.positional() : command.args[0];
  const asked = await readLoopArguments(command, io, positional);
  if (!asked.ok) return refuse(io, asked.error);
  const wrong = action.check?.() ?? null;
  if (wrong !== null) return refuse(io, wrong);
  return withRepository(context, asked.value.folder, async (service) => {
    const view = await pickLoop(service, asked.value.taskId);
    if (!view.ok) return failed(io, view.error);
    const done = await action.act(service, view.value.taskId);
    if (!done.ok) return failed(io, done.error);
    io.stdout.write(`${action.done(view.value.taskId)}\n`);
    return EXIT.proceed;
  });
}
