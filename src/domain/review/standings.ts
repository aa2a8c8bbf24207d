/** What was measured of one iteration; null where it was not. */
export interface Measured {
  readonly iteration: number;
  /** Of the evidence's checks, 0 to 1. */
  readonly passRate: number | null;
  /** Mean score of the validators that voted, 0 to 1. */
  readonly score: number | null;
  readonly findings: number | null;
  /** Evidence commands with how each came out. */
  readonly commands: readonly { readonly command: string; readonly passed: boolean }[];
}

export interface Regression {
  /** The iteration that was better. */
  readonly since: number;
  /** The pass rate then and now; null where it did not fall. */
  readonly passRate: { readonly was: number; readonly is: number } | null;
  /** Commands that passed then and fail now. */
  readonly commands: readonly string[];
}

export interface Standing {
  readonly iteration: number;
  readonly isBest: boolean;
  /** Against the best one before it; null where it is no worse. */
  readonly regression: Regression | null;
}

/**
 * Evidence comes first, then what validators say, then how much they found; of equals the later one is best. What was
 * not measured stands below all that was.
 */
export function standings(measured: readonly Measured[]): readonly Standing[] {
  const best = bestOf(measured);
  return measured.map((each, at) => ({
    iteration: each.iteration,
    isBest: each === best,
    regression: regression(each, bestOf(measured.slice(0, at))),
  }));
}

function bestOf(measured: readonly Measured[]): Measured | null {
  return measured.reduce<Measured | null>(
    (best, each) => (best === null || compare(each, best) >= 0 ? each : best),
    null,
  );
}

function compare(one: Measured, other: Measured): number {
  return (
    high(one.passRate) - high(other.passRate) ||
    high(one.score) - high(other.score) ||
    few(one.findings) - few(other.findings)
  );
}

const high = (share: number | null): number => share ?? -1;
const few = (count: number | null): number => (count === null ? -Number.MAX_VALUE : -count);

function regression(now: Measured, before: Measured | null): Regression | null {
  if (!before) return null;
  const [was, is] = [before.passRate, now.passRate];
  const passed = new Set(before.commands.filter((each) => each.passed).map(({ command }) => command));
  const commands = now.commands
    .filter((each) => !each.passed && passed.has(each.command))
    .map(({ command }) => command);
  const passRate = was !== null && is !== null && is < was ? { was, is } : null;
  return passRate || commands.length > 0 ? { since: before.iteration, passRate, commands } : null;
}
