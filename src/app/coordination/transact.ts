import { err, ok, type Result } from '../../base/result.ts';
import type { CoordinationError } from '../../ports/coordination.ts';
import type { RespValue, StoreCommands } from '../../ports/store-commands.ts';

export type Command = readonly string[];

/** Several commands as one; the error of any of them is the error of all. `null`: a watched key had changed. */
export async function transact(
  store: StoreCommands,
  commands: readonly Command[],
): Promise<Result<readonly RespValue[] | null, CoordinationError>> {
  for (const command of [['MULTI'], ...commands]) {
    const queued = await store.command(command);
    if (!queued.ok) return queued;
  }
  const replies = await store.command(['EXEC']);
  if (!replies.ok) return replies;
  if (replies.value === null) return ok(null);
  const values = Array.isArray(replies.value) ? (replies.value as readonly RespValue[]) : [];
  for (const value of values) {
    if (typeof value === 'object' && value !== null && 'error' in value) {
      return err({ kind: 'rejected', message: value.error });
    }
  }
  return ok(values);
}

export const texts = (value: RespValue): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
