import type { LoopError, LoopHandle, LoopService } from '../app/loop-service.ts';
import type { Result } from '../base/result.ts';
import { failed, type CliContext } from './context.ts';
import { follow } from './follow.ts';
import { watchInterruptions } from './interruptions.ts';
import { EXIT, type Exit } from './io.ts';
import { createReporter } from './reporter.ts';

export interface SteeredLoop {
  readonly context: CliContext;
  readonly service: LoopService;
  readonly json: boolean;
}

/** After a word of a person the loop goes on: here, unless another process runs it already. */
export async function followSteered(
  { context, service, json }: SteeredLoop,
  steer: () => Promise<Result<LoopHandle, LoopError>>,
): Promise<Exit> {
  const { io } = context;
  const since = Date.now();
  const interruptions = watchInterruptions(context);
  try {
    const handle = await steer();
    if (!handle.ok) return failed(io, handle.error);
    if (handle.value.heldElsewhere) {
      io.stderr.write(`${handle.value.taskId} goes on where it is running.\n`);
      return EXIT.proceed;
    }
    const reporter = await createReporter(io, { json });
    return await follow({ context, service, handle: handle.value, reporter, interruptions, json, since });
  } finally {
    interruptions.dispose();
  }
}
