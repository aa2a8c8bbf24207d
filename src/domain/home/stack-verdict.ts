import { limited, type CommandReport } from '../evidence.ts';
import { judgeReport, ranChecks } from '../evidence-rules.ts';
import { MODES, type Mode } from '../loop/model.ts';

export interface StackVerdict {
  readonly status: 'green' | 'red';
  /** False: no command ran a check here, so `green` says nothing. */
  readonly proved: boolean;
  /** For people, one for each failing check with how it fails. */
  readonly checks: readonly string[];
}

/**
 * Judges what commands say of stacked results against what they say of the branch: not worse. What fails on the
 * branch itself is nobody's fault here. `mode` counts where a command ran no check on the branch.
 */
export function judgeStack(
  mode: Mode,
  commands: readonly { readonly base: CommandReport; readonly report: CommandReport }[],
): StackVerdict {
  const judged = commands.map(({ base, report }) => judgeReport(mode, base, report, 'keep'));
  const bad = judged.filter(({ status }) => status !== 'passed');
  return {
    status: bad.length > 0 ? 'red' : 'green',
    proved: commands.some(({ report }) => ranChecks(report)),
    checks: limited(bad.flatMap(({ feedback }) => feedback)),
  };
}

/** Of several loops, the one that demands most. */
export const strictest = (modes: readonly Mode[]): Mode =>
  MODES.findLast((mode) => modes.includes(mode)) ?? 'standard';
