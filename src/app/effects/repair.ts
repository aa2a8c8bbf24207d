import type { ResultRecord } from '../../protocol/attempt.ts';
import type { AgentSlot } from '../../ports/agent-slots.ts';
import type { Checkout } from '../../ports/worktrees.ts';
import { newsOf } from '../agents/account-news.ts';
import { holdWords } from '../agents/account-words.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import { checkoutKind } from '../sparse.ts';
import { earlierStart } from './earlier-start.ts';
import { launchAttempt, type Attempt } from './launch.ts';
import { finishedRecord } from './finished-record.ts';

const TAIL_CHARACTERS = 4_000;

/**
 * The one repair round for an invalid or missing result: same attempt, new nonce, in a disposable copy whose
 * changes are dropped. Gives the repair's record, or null when there is none.
 */
export async function repairResult(
  scope: LoopScope,
  attempt: Attempt,
  {
    record,
    commit,
    slot,
  }: { readonly record: ResultRecord; readonly commit: string | null; readonly slot: AgentSlot },
  context: EffectContext,
): Promise<ResultRecord | null> {
  const { taskId, baseCommit } = scope.config;
  const { iteration, agentId, attempt: number } = attempt.effect;
  const folder = scope.folders.folder({ taskId, iteration, agentId, attempt: number, repair: true });
  const from = commit ?? attempt.place.checkout?.commit ?? baseCommit;
  const earlier = await earlierStart(scope, folder);
  const copy = earlier
    ? { path: earlier.worktree, commit: from }
    : await disposableCopy(scope, attempt, from, context.signal);
  try {
    if (!earlier) {
      await slot.ready((hold) => {
        context.progress(
          `The repair of ${agentId}'s result is held: ${holdWords('its account', hold, scope.clock.now())}`,
        );
      }, context.signal);
      const repair = {
        error: record.resultError ?? 'No result was reported.',
        sessionId: record.sessionId,
        before: { usage: record.usage, costUsd: record.costUsd },
        transcriptTail: await scope.folders.transcriptTail(attempt.folder, TAIL_CHARACTERS),
      };
      const place = { path: copy.path, branch: null, checkout: copy };
      await launchAttempt(scope, { effect: attempt.effect, folder, place, repair }, context);
    }
    const repaired = await finishedRecord(scope, folder, context.signal);
    const news = repaired === null ? null : newsOf(repaired);
    if (news !== null) await slot.tell(news);
    return repaired === 'lost' ? null : repaired;
  } finally {
    await scope.task.discard(copy);
  }
}

async function disposableCopy(
  scope: LoopScope,
  attempt: Attempt,
  commit: string,
  signal: AbortSignal,
): Promise<Checkout> {
  const { iteration, agentId, attempt: number } = attempt.effect;
  const label = `${iteration}-${agentId}-${number}-repair`;
  const copy = await scope.task.checkout(commit, label, signal, checkoutKind(scope.config));
  if (!copy.ok) throw new LoopFault(copy.error.message);
  return copy.value;
}
