import type { Commit } from '../../domain/loop/model.ts';
import { iterations, type IterationRecord, type LoopState } from '../../domain/loop/state.ts';
import { standings, type Measured, type Standing } from '../../domain/review/standings.ts';

/** An iteration that came to a combined commit, beside the others. */
export interface IterationStanding extends Standing, Measured {
  readonly commit: Commit;
}

export function iterationStandings(state: LoopState): readonly IterationStanding[] {
  const combined = iterations(state).flatMap((record) =>
    record.integrated ? [{ commit: record.integrated.commit, measured: measuredOf(record) }] : [],
  );
  const found = standings(combined.map(({ measured }) => measured));
  return combined.flatMap(({ commit, measured }, at) => {
    const standing = found[at];
    return standing ? [{ ...measured, ...standing, commit }] : [];
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
