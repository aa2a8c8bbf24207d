import type { AccountNews, AgentSlot } from '../../ports/agent-slots.ts';
import type { ResultRecord } from '../../protocol/attempt.ts';
import type { LoopScope } from '../loop-deps.ts';

/** What an end says of the account at the provider; null where it says nothing of it. */
export function newsOf(record: ResultRecord | 'lost'): AccountNews | null {
  if (record === 'lost') return null;
  const { ending, endedAt: at, startedAt, retryAt = null } = record;
  if (ending === 'completed') return { kind: 'completed' };
  if (ending === 'rate-limited') return { kind: 'rate-limited', at, startedAt, retryAt };
  return record.providerError === true
    ? { kind: 'error', message: record.failure ?? 'The provider failed.' }
    : null;
}

/** A CLI that waits for its provider by itself keeps the others of its account waiting too. Gives what ends it. */
export function tellWhileItRuns(
  { watch, logger, clock }: Pick<LoopScope, 'watch' | 'logger' | 'clock'>,
  folder: string,
  slot: AgentSlot,
): () => void {
  const startedAt = clock.now();
  let told = 0;
  const watching = watch.watchState(folder, (state) => {
    const limit = state?.signals?.rateLimit;
    if (!limit || limit.at <= told) return;
    told = limit.at;
    const { at, until: retryAt } = limit;
    slot.tell({ kind: 'rate-limited', at, startedAt, retryAt }).catch((error: unknown) => {
      logger.warn(`That ${folder} was rate-limited could not be told to other agents: ${String(error)}`);
    });
  });
  return () => watching.dispose();
}
