import type { CheckResult, CommandEvidence, CommandReport, EvidenceStatus } from './evidence.ts';
import type { Mode } from './loop/model.ts';

/** What the rules say about one command in one run. */
export interface RunJudgement {
  readonly status: 'passed' | 'failed' | 'unavailable';
  readonly reasons: readonly string[];
  readonly feedback: readonly string[];
}
interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Pass rates of tests by mode (X-01); thresholds of confidence are another matter. */
export const REQUIRED_PASS_RATE: Readonly<Record<Mode, number>> = {
  mvp: 0.7,
  standard: 0.95,
  enterprise: 0.98,
};

const MAX_MESSAGE = 1_000;
const MAX_TAIL = 2_000;

export const PASSED: RunJudgement = { status: 'passed', reasons: [], feedback: [] };

/**
 * What a command has to show beside what passed at the base. `improve`: where the base is red, one of its failing
 * checks turned green. `named`: that is judged by checks that the task names. `keep`: nothing, it is not worse.
 */
export type Demand = 'improve' | 'named' | 'keep';

/** Rules (1) to (4) for one command in one run. */
export function judgeReport(
  mode: Mode,
  base: CommandReport,
  report: CommandReport,
  demand: Demand,
): RunJudgement {
  if (demand === 'keep' && saysNothing(base, report)) return PASSED;
  const ran = judgeThatItRan(base, report);
  if (ran) return ran;

  const name = quoted(report.command);
  const now = tallies(report.checks);
  const lost = base.detailed ? lostChecks(base, now) : [];
  const reasons = [
    ...keptReasons(base, report, lost),
    ...(demand === 'keep' && endsContrary(base) ? [] : contraryReasons(report)),
    ...(demand === 'keep' && ranChecks(base)
      ? newlyFailingReasons(base, report, now)
      : rateReasons(mode, base, report, now)),
    ...(demand === 'improve' ? unimprovedReasons(base, report, now) : []),
  ];
  if (reasons.length === 0) return PASSED;
  const feedback = [
    ...lost.map((id) => lostItem(name, id, report, now)),
    ...failingItems(name, report, new Set([...lost, ...(demand === 'keep' ? failingIds(base) : [])])),
  ];
  return {
    status: 'failed',
    reasons,
    feedback: feedback.length > 0 ? feedback : [withTail(reasons.join(' '), report)],
  };
}

/** Neither here nor at the base, for the same reason. */
const saysNothing = (base: CommandReport, report: CommandReport): boolean =>
  base.status === report.status && !ranChecks(base) && !ranChecks(report);

/** Rule (2). */
function keptReasons(base: CommandReport, report: CommandReport, lost: readonly string[]): string[] {
  const name = quoted(report.command);
  const reasons: string[] = [];
  if (lost.length > 0) {
    reasons.push(
      `${name}: ${lost.length === 1 ? '1 check that passed at the base does' : `${lost.length} checks that passed at the base do`} not pass now.`,
    );
  }
  if (!base.detailed && exitedWell(base) && !allGreen(report)) {
    reasons.push(`${name} passed at the base and does not pass now.`);
  }
  return reasons;
}

/** An exit code that contradicts the report, as of a coverage that is too low. */
const endsContrary = (report: CommandReport): boolean =>
  report.detailed && report.exitCode !== 0 && totals(report).failed === 0;

const contraryReasons = (report: CommandReport): string[] =>
  endsContrary(report)
    ? [`${quoted(report.command)} reports no failing check but ended with ${exitText(report)}.`]
    : [];

/** Rule (3). */
function rateReasons(
  mode: Mode,
  base: CommandReport,
  report: CommandReport,
  now: ReadonlyMap<string, Tally>,
): string[] {
  const rate = judgedRate(base, report, now);
  const required = Math.max(REQUIRED_PASS_RATE[mode], passRate(totals(base)) ?? 0);
  if (rate >= required) return [];
  return [`${quoted(report.command)}: pass rate ${percent(rate)}, required ${percent(required)}.`];
}

/** Rule (4). */
function unimprovedReasons(
  base: CommandReport,
  report: CommandReport,
  now: ReadonlyMap<string, Tally>,
): string[] {
  if (!isRed(base) || turnedGreen(base, report, now)) return [];
  return [`${quoted(report.command)} was red at the base, and none of its failing checks turned green.`];
}

/** Without any demand on the rate: only checks that did not fail at the base may not fail now. */
function newlyFailingReasons(
  base: CommandReport,
  report: CommandReport,
  now: ReadonlyMap<string, Tally>,
): string[] {
  if (!base.detailed) return [];
  const before = tallies(base.checks);
  const red = failingIds(base);
  const fresh = Array.from(now).filter(
    ([id, { failed }]) =>
      failed > (before.get(id)?.failed ?? 0) && !red.some((file) => id.startsWith(`${file} > `)),
  );
  if (fresh.length === 0) return [];
  return [
    `${quoted(report.command)}: ${fresh.length === 1 ? '1 check fails' : `${fresh.length} checks fail`} that did not fail at the base.`,
  ];
}

const failingIds = (report: CommandReport): readonly string[] =>
  Array.from(tallies(report.checks))
    .filter(([, { failed }]) => failed > 0)
    .map(([id]) => id);

/** Whether it ran to its end and says something about at least one check. */
export function ranChecks(report: CommandReport): boolean {
  const { passed, failed } = totals(report);
  return report.status === 'ended' && passed + failed > 0;
}

/** Rule (1): it ended and ran at least one check, in the same detail as at the base. */
function judgeThatItRan(base: CommandReport, report: CommandReport): RunJudgement | null {
  const name = quoted(report.command);
  if (report.status === 'timeout') {
    const reason = `${name} did not end within its time limit.`;
    return { status: 'failed', reasons: [reason], feedback: [withTail(reason, report)] };
  }
  const { passed, failed } = totals(report);
  if (report.status === 'unavailable' || passed + failed === 0) {
    const before = totals(base);
    const ranBefore = before.passed + before.failed > 0;
    const reason = ranBefore
      ? `${name} ran no check; at the base it ran ${before.passed + before.failed}.`
      : `${name} ran no check.`;
    // Where the base ran checks, they are gone, and that is the agents' doing; else a person has to look.
    return {
      status: ranBefore ? 'failed' : 'unavailable',
      reasons: [reason],
      feedback: [withTail(reason, report)],
    };
  }
  if (base.detailed && !report.detailed) {
    const reason = `${name} wrote no readable report (${exitText(report)}); at the base it named ${base.checks.length} checks.`;
    return { status: 'failed', reasons: [reason], feedback: [withTail(reason, report)] };
  }
  return null;
}

export function judgeNamed(
  commands: readonly CommandEvidence[],
  side: 'left' | 'restored',
  acceptance: readonly string[],
): RunJudgement {
  if (!commands.some((one) => isRed(one.base))) return PASSED;
  const checks = commands.flatMap((one) => one[side].checks);
  const missing = acceptance.filter((name) => {
    const matching = checks.filter((check) => isNamed(check.id, name));
    return matching.length === 0 || matching.some((check) => check.outcome !== 'passed');
  });
  if (missing.length === 0) return PASSED;
  return {
    status: 'failed',
    reasons: missing.map((name) => `The acceptance check ${JSON.stringify(name)} does not pass.`),
    feedback: missing.map((name) => `Make the acceptance check ${JSON.stringify(name)} exist and pass.`),
  };
}

const isNamed = (id: string, name: string): boolean =>
  id === name || id.endsWith(` > ${name}`) || id.endsWith(`::${name}`);

export function baseStatus(report: CommandReport): EvidenceStatus {
  if (report.status === 'timeout') return 'failed';
  const { passed, failed } = totals(report);
  if (report.status === 'unavailable' || passed + failed === 0) return 'unavailable';
  return isRed(report) ? 'failed' : 'passed';
}

function isRed(report: CommandReport): boolean {
  return report.status !== 'ended' || report.exitCode !== 0 || totals(report).failed > 0;
}
const exitedWell = (report: CommandReport): boolean => report.status === 'ended' && report.exitCode === 0;
const allGreen = (report: CommandReport): boolean => exitedWell(report) && totals(report).failed === 0;

/**
 * With a report on both sides one failing check must have turned green. A base that is one exit
 * code, timed out, ran nothing, or contradicted its own report has no failing check to name: there the
 * command as a whole must have turned green.
 */
function turnedGreen(base: CommandReport, report: CommandReport, now: ReadonlyMap<string, Tally>): boolean {
  const before = tallies(base.checks);
  const failing = Array.from(before).filter(([, tally]) => tally.failed > 0);
  if (base.detailed && failing.length > 0) {
    return failing.some(([id, tally]) => (standing(id, now)?.passed ?? 0) > tally.passed);
  }
  return allGreen(report);
}

/** Ids of which fewer pass now than at the base: failing, skipped or gone. */
function lostChecks(base: CommandReport, now: ReadonlyMap<string, Tally>): string[] {
  return Array.from(tallies(base.checks))
    .filter(([id, before]) => (now.get(id)?.passed ?? 0) < before.passed)
    .map(([id]) => id);
}

/**
 * How a check of the base stands now. A file that could not even be loaded is one failing check; once it
 * loads, the checks inside it stand for it, green only when none of them fails.
 */
function standing(id: string, now: ReadonlyMap<string, Tally>): Tally | undefined {
  const itself = now.get(id);
  if (itself) return itself;
  const inside = Array.from(now).filter(([other]) => other.startsWith(`${id} > `));
  const passed = inside.some(([, tally]) => tally.passed > 0);
  const failed = inside.some(([, tally]) => tally.failed > 0);
  if (!passed && !failed) return undefined;
  return { passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 };
}

function judgedRate(base: CommandReport, report: CommandReport, now: ReadonlyMap<string, Tally>): number {
  const { passed, failed } = totals(report);
  let missing = 0;
  if (base.detailed) {
    for (const [id, before] of tallies(base.checks)) {
      const counted = standing(id, now);
      missing += Math.max(0, before.passed + before.failed - (counted ? counted.passed + counted.failed : 0));
    }
  }
  return passed / (passed + failed + missing);
}

/** Each rule asks for them, of the base again for every run. */
const TALLIES = new WeakMap<readonly CheckResult[], ReadonlyMap<string, Tally>>();

/** Names may occur more than once (parametrised tests), so they are counted, not looked up. */
function tallies(checks: readonly CheckResult[]): ReadonlyMap<string, Tally> {
  const known = TALLIES.get(checks);
  if (known) return known;
  const found = new Map<string, Tally>();
  for (const check of checks) {
    const tally = found.get(check.id) ?? { passed: 0, failed: 0, skipped: 0 };
    tally[check.outcome] += 1;
    found.set(check.id, tally);
  }
  TALLIES.set(checks, found);
  return found;
}

export function totals(report: CommandReport): Tally {
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const check of report.checks) total[check.outcome] += 1;
  return total;
}

export function passRate({ passed, failed }: Tally): number | null {
  return passed + failed === 0 ? null : passed / (passed + failed);
}

function lostItem(name: string, id: string, report: CommandReport, now: ReadonlyMap<string, Tally>): string {
  const tally = now.get(id);
  if (tally && tally.failed > 0) return failingItem(name, id, report);
  const how = tally && tally.skipped > 0 ? 'is skipped now' : 'is gone';
  return `${name}: the check "${id}" passed at the base and ${how}; bring it back.`;
}

function failingItems(name: string, report: CommandReport, named: ReadonlySet<string>): string[] {
  if (!report.detailed) {
    return exitedWell(report) ? [] : [withTail(`${name} ended with ${exitText(report)}.`, report)];
  }
  const ids = report.checks.filter((check) => check.outcome === 'failed' && !named.has(check.id));
  return Array.from(new Set(ids.map((check) => check.id)), (id) => failingItem(name, id, report));
}

function failingItem(name: string, id: string, report: CommandReport): string {
  const message = report.checks.find((check) => check.id === id && check.outcome === 'failed')?.message;
  const text = message?.trim().slice(0, MAX_MESSAGE);
  return `${name}: the check "${id}" fails${text ? `: ${text}` : '.'}`;
}

function withTail(sentence: string, report: CommandReport): string {
  const tail = report.tail.trim().slice(-MAX_TAIL);
  return tail ? `${sentence} Its last output:\n${tail}` : sentence;
}

const quoted = (command: string): string => `\`${command}\``;
/** Rounded down: a rate just below its threshold must not be shown as equal to it. */
const percent = (rate: number): string => `${Math.floor(rate * 1_000) / 10} %`;
const exitText = (report: CommandReport): string =>
  report.exitCode === null ? 'no exit code' : `exit code ${report.exitCode}`;
