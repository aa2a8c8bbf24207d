import type { QueueChoice, QueueReport } from '../app/bring-home/queue-report.ts';
import type { LoopService } from '../app/loop-service.ts';
import { failed, type CliContext } from './context.ts';
import { watchInterruptions } from './interruptions.ts';
import { EXIT, type Exit } from './io.ts';
import { progressLine, queueLines } from './merge-queue-text.ts';

export interface MergeSeveral {
  readonly taskIds: readonly string[];
  readonly choice: QueueChoice;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Brings several loops home together; what is under way is told on standard error. Ctrl+C leaves nothing behind. */
export async function runMergeQueue(
  context: CliContext,
  service: LoopService,
  { taskIds, choice, dryRun, json }: MergeSeveral,
): Promise<Exit> {
  const { io } = context;
  const interruptions = watchInterruptions(context);
  const { signal } = interruptions;
  try {
    const report = await (dryRun
      ? service.home.previewQueue(taskIds, choice, signal)
      : service.home.queue(taskIds, choice, {
          signal,
          progress: (progress) => void io.stderr.write(`${progressLine(progress)}\n`),
        }));
    if (interruptions.cancelled && !report.ok) return EXIT.cancelled;
    if (!report.ok) return interruptions.detachedBy ?? failed(io, report.error);
    const exit = exitOf(report.value);
    if (json) io.stdout.write(`${JSON.stringify(report.value)}\n`);
    else (exit === EXIT.proceed ? io.stdout : io.stderr).write(queueLines(report.value));
    return exit === EXIT.cancelled ? (interruptions.detachedBy ?? exit) : exit;
  } finally {
    interruptions.dispose();
  }
}

/** As `git merge` has it: 1 where some of the work could not be brought home. */
function exitOf({ outcome, putAside, preview }: QueueReport): number {
  switch (outcome) {
    case 'landed':
    case 'nothing':
      return putAside.length > 0 ? EXIT.abort : EXIT.proceed;
    case 'preview':
      return putAside.length > 0 || (preview?.obstacle ?? null) !== null ? EXIT.abort : EXIT.proceed;
    case 'cancelled':
      return EXIT.cancelled;
    default:
      return EXIT.abort;
  }
}
