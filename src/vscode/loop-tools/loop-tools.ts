/** Commands that most windows never run, built as a file of its own and loaded by the first of them. */
import type { Command } from '../front.ts';
import { continueLoop } from './continue-loop.ts';
import { exportPatch } from './export-patch.ts';
import { loopQueue, startNow } from './loop-queue.ts';
import { splitTask } from './split-task.ts';
import { archiveLoop, loopHistory, renameLoop, unarchiveLoop } from './loop-history.ts';
export { chooseAttachments } from './choose-attachments.ts';
export { proposeParts, sourceOfWish } from './split-task.ts';
export { showDryRun } from './show-dry-run.ts';

export const LOOP_TOOLS = {
  archiveLoop,
  continueLoop,
  exportPatch,
  loopHistory,
  loopQueue,
  renameLoop,
  splitTask,
  startNow,
  unarchiveLoop,
} as const satisfies Readonly<Record<string, Command>>;
