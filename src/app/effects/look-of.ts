import { reviewed } from '../../domain/adversarial/probe.ts';
import type { Effect } from '../../domain/loop/effects.ts';
import type { AgentExit } from '../../domain/loop/events.ts';
import { lookedAt } from '../../domain/review-marks.ts';
import type { ResultRecord } from '../../protocol/attempt.ts';
import type { LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';

interface Ended {
  readonly effect: Effect & { kind: 'run-agent' };
  readonly folder: string;
  readonly record: ResultRecord | 'lost';
}

/** How a validator looked, as far as its transcript tells; what cannot be read is not known. */
export async function lookOf(
  scope: LoopScope,
  { effect, folder, record }: Ended,
  context: EffectContext,
): Promise<Pick<AgentExit, 'looked'>> {
  const { current } = context.state();
  const commit = current && reviewed(current, effect.agentId);
  if (effect.role !== 'validator' || record === 'lost' || record.ending !== 'completed' || !commit) return {};
  const changes = await scope.repository.changes(scope.config.baseCommit, commit);
  if (!changes.ok) return {};
  const paths = changes.value.map(({ path }) => path);
  const lines = await scope.folders.transcript(folder).catch(() => []);
  const looked = lookedAt(lines, paths, record.endedAt - record.startedAt, (text) =>
    scope.hash(text).slice(0, 16),
  );
  return looked === null ? {} : { looked };
}
