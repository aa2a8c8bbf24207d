import type { LoopHandle } from '../../app/loop-service.ts';
import type { Outcome } from '../../domain/loop/model.ts';
import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { follow, outcomeExit } from '../follow.ts';
import { watchInterruptions } from '../interruptions.ts';
import { refuse, type Exit } from '../io.ts';
import { loopIdCommand, pickLoop, readLoopArguments } from '../pick-loop.ts';
import { createReporter, type Reporter } from '../reporter.ts';

/** `cfn resume`: goes on with a loop, or tells how it ended. */
export async function runResume(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopIdCommand('resume', 'Go on with a loop, or tell how it ended.').option(
    '--json',
    'one JSON object a line on standard output',
  );
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = await readLoopArguments(command, io, command.args[0]);
  if (!asked.ok) return refuse(io, asked.error);
  const json = command.opts<{ json?: boolean }>().json ?? false;
  return withRepository(context, asked.value.folder, async (service) => {
    const since = Date.now();
    const view = await pickLoop(service, asked.value.taskId);
    if (!view.ok) return failed(io, view.error);
    const { taskId, paused, outcome } = view.value;
    const interruptions = watchInterruptions(context);
    try {
      const handle = await service.resume(taskId);
      if (!handle.ok) return failed(io, handle.error);
      if (paused && outcome === null) {
        const unpaused = await service.unpause(taskId);
        if (!unpaused.ok) return failed(io, unpaused.error);
      }
      const reporter = await createReporter(io, { json });
      if (outcome !== null) return tellEnd(handle.value, reporter, outcome);
      return await follow({ context, service, handle: handle.value, reporter, interruptions, json, since });
    } finally {
      interruptions.dispose();
    }
  });
}

function tellEnd(handle: LoopHandle, reporter: Reporter, outcome: Outcome): number {
  const subscription = handle.onPublicEvent(
    (event) => {
      if (event['type'] === 'LoopFinished') reporter.event(event);
    },
    { replay: true },
  );
  subscription.dispose();
  reporter.close();
  return outcomeExit(outcome);
}
