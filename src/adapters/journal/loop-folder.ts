import { join } from 'node:path';
import { checkId } from '../../base/ids.ts';

/** In the state folder: one folder for each loop. */
export const LOOPS = 'loops';

/** Throws for what is no id. */
export function loopFolder(stateFolder: string, taskId: string): string {
  const checked = checkId('taskId', taskId);
  if (!checked.ok) throw new Error(checked.error);
  // Ids are compared without case, as some file systems do anyway.
  return join(stateFolder, LOOPS, taskId.toLowerCase());
}
