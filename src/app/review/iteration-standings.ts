import type { Commit } from '../../domain/loop/model.ts';
import { iterations, type IterationRecord, type LoopState } from '../../domain/loop/state.ts';
import { markedReviews, type MarkedReview } from '../../domain/review-marks.ts';
import { standings, type Measured, type Standing } from '../../domain/review/standings.ts';

/** An iteration that came to a combined commit, beside the others. */
export interface IterationStanding extends Standing, Measured {
  readonly commit: Commit;
  /** Reviews that nothing shows to have looked. */
  readonly marked: readonly MarkedReview[];
}

export function iterationStandings(state: LoopState): readonly IterationStanding[] {
  const all = iterations(state);
  const combined = all.flatMap((record, at) =>
    record.integrated
      ? [
          {
            commit: record.integrated.commit,
            measured: measuredOf(record),
            marked: record.consensus
              ? markedReviews(record, all.slice(0, at), record.consensus.threshold)
              : [],
          },
        ]
      : [],
  );
  const found = standings(combined.map(({ measured }) => measured));
  return combined.flatMap(({ measured, ...rest }, at) => {
    const standing = found[at];
    return standing ? [{ ...measured, ...standing, ...rest }] : [];
  });
}

function measuredOf({ number, evidence, consensus, facts, integrated }: IterationRecord): Measured {
  // With the base's own protected files where there was such a run: that one decides.
  const commands = new Map<string, boolean>();
  for (const fact of facts) {
    if (fact.run === 'base' || fact.commit !== integrated?.commit) continue;
    if (fact.run === 'restored' || !commands.has(fact.command))
      commands.set(fact.command, fact.status === 'passed');
  }
  return {
    iteration: number,
    passRate: evidence?.passRate ?? null,
    score: consensus?.score ?? null,
    findings: consensus ? consensus.findings.length : null,
    commands: [...commands].map(([command, passed]) => ({ command, passed })),
  };
}
