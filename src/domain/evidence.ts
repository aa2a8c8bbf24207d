import { readEvidence, type EvidenceKind } from './evidence-command.ts';
import {
  baseStatus,
  judgeNamed,
  judgeReport,
  passRate,
  PASSED,
  totals,
  type RunJudgement,
} from './evidence-rules.ts';
import { FLAKY_COUNTS, flakyIds, flakyItem } from './flaky.ts';
import type { Mode } from './loop/model.ts';

/** What one command reported in one run. Ids of checks are stable over runs (file, suite and test name). */
export interface CheckResult {
  readonly id: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** First lines of the failure, for feedback. */
  readonly message?: string;
  /** It failed at the first try and passed at the second, on the same files. */
  readonly flaky?: true;
}

export interface CommandReport {
  readonly command: string;
  /** `ended`: ran to its end; `timeout`: over its limit; `unavailable`: could not run or ran no check. */
  readonly status: 'ended' | 'timeout' | 'unavailable';
  readonly exitCode: number | null;
  /** True when the checks come from a machine-readable report; else there is one check, the exit code. */
  readonly detailed: boolean;
  readonly checks: readonly CheckResult[];
  /** Last part of the output, at most 8 kB, for feedback and the log. */
  readonly tail: string;
  readonly durationMs: number;
  /** Name of the coverage report that it wrote. */
  readonly coverage?: string;
}

/** `unconfirmed`: passes as the agents left it, but not with the base's own protected files. */
export type EvidenceStatus = 'passed' | 'failed' | 'unavailable' | 'unconfirmed';
export type EvidenceRunKind = 'base' | 'left' | 'restored';

/** The three runs of one command. */
export interface CommandEvidence {
  readonly command: string;
  readonly base: CommandReport;
  readonly left: CommandReport;
  readonly restored: CommandReport;
  /** Protected files that differ from the base, forward slashes. */
  readonly protectedFilesChanged: readonly string[];
}

/** The numbers of one run of one command, as the public `EvidenceCollected` event shows them. */
export interface RunNumbers {
  readonly command: string;
  readonly kind: EvidenceKind;
  readonly run: EvidenceRunKind;
  readonly status: EvidenceStatus;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Passed over passed plus failed, 0..1; null when neither occurred. */
  readonly passRate: number | null;
  /** The base's pass rate; null when the base ran no check. */
  readonly baseline: number | null;
  readonly protectedFilesChanged: readonly string[];
  /** Checks that failed at the first try and passed at the second; missing where there are none. */
  readonly flaky?: readonly string[];
}

export interface EvidenceVerdict {
  readonly status: EvidenceStatus;
  /** Three entries for each command: base, left, restored. */
  readonly perCommand: readonly RunNumbers[];
  /** For people, one sentence each. */
  readonly reasons: readonly string[];
  /** For the next iteration: each item names a failing check and how it fails. */
  readonly feedback: readonly string[];
  /** Protected files, and flaky checks, that somebody has to confirm; empty unless `unconfirmed`. */
  readonly unconfirmedFiles: readonly string[];
  /** What no rule decides by; missing where there is nothing to say. */
  readonly notes?: readonly string[];
}

export interface EvidenceInput {
  readonly mode: Mode;
  readonly commands: readonly CommandEvidence[];
  /** Checks that the task names, by id or by last part of it; where the base is red all must be green. */
  readonly acceptance?: readonly string[];
}

const MAX_FEEDBACK_ITEMS = 20;

/**
 * Judges all runs of one commit against the base. Never `passed` when a check that passed at the base does
 * not pass now, and never better for a check of the base that was removed or skipped: such checks count as
 * failed in the rate that is judged, though not in the one that is shown.
 */
export function judgeEvidence(input: EvidenceInput): EvidenceVerdict {
  return withFlaky(input, judgeCommands(input));
}

function judgeCommands(input: EvidenceInput): EvidenceVerdict {
  const acceptance = input.acceptance ?? [];
  if (input.commands.length === 0) {
    return {
      status: 'unavailable',
      perCommand: [],
      reasons: ['No evidence command ran.'],
      feedback: [],
      unconfirmedFiles: [],
    };
  }
  const left = judgeSide(input, 'left', acceptance);
  const restored = judgeSide(input, 'restored', acceptance);
  const leftStatus = worst([...left.commands, left.named]);
  const perCommand = input.commands.flatMap((one, index) => numbersOf(one, left, restored, index));
  if (leftStatus !== 'passed') {
    const bad = [...left.commands, left.named].filter((one) => one.status !== 'passed');
    return {
      status: leftStatus,
      perCommand,
      reasons: bad.flatMap((one) => one.reasons),
      feedback: limited(bad.flatMap((one) => one.feedback)),
      unconfirmedFiles: [],
    };
  }
  if (worst([...restored.commands, restored.named]) === 'passed') {
    return { status: 'passed', perCommand, reasons: [], feedback: [], unconfirmedFiles: [] };
  }
  return judgeUnconfirmed(input, restored, perCommand);
}

/** Never better for a flaky check: `FLAKY_COUNTS` says what it counts as. */
function withFlaky({ mode, commands }: EvidenceInput, verdict: EvidenceVerdict): EvidenceVerdict {
  const found = commands.flatMap(({ command, left, restored }) =>
    flakyIds([left, restored]).map((id) => ({ command, id })),
  );
  if (found.length === 0) return verdict;
  const counts = FLAKY_COUNTS[mode];
  const told = found.map(
    ({ command, id }) =>
      `${quoted(command)}: the check "${id}" is flaky: it failed, and passed when it was run again.`,
  );
  const confirm =
    counts === 'unconfirmed' && (verdict.status === 'passed' || verdict.status === 'unconfirmed');
  return {
    ...verdict,
    status: confirm ? 'unconfirmed' : verdict.status,
    reasons: confirm ? [...verdict.reasons, ...told] : verdict.reasons,
    feedback: limited([...verdict.feedback, ...told.map((text) => `${text} Find out what it depends on.`)]),
    unconfirmedFiles: confirm
      ? [...verdict.unconfirmedFiles, ...found.map(({ command, id }) => flakyItem(command, id))]
      : verdict.unconfirmedFiles,
    notes: limited(told),
  };
}

/** Numbers of one run as soon as it is over; the final verdict may still turn `restored` into `unconfirmed`. */
export function judgeRun(request: {
  readonly mode: Mode;
  readonly run: EvidenceRunKind;
  readonly base: CommandReport;
  readonly report: CommandReport;
  readonly protectedFilesChanged: readonly string[];
}): RunNumbers {
  const status =
    request.run === 'base'
      ? baseStatus(request.report)
      : judgeReport(request.mode, request.base, request.report, 'improve').status;
  return numbers(request, status);
}

interface SideJudgement {
  readonly commands: readonly RunJudgement[];
  readonly named: RunJudgement;
}

function judgeSide(
  input: EvidenceInput,
  side: 'left' | 'restored',
  acceptance: readonly string[],
): SideJudgement {
  const hasNamed = acceptance.length > 0;
  return {
    commands: input.commands.map((one) =>
      judgeReport(input.mode, one.base, one[side], hasNamed ? 'named' : 'improve'),
    ),
    named: hasNamed ? judgeNamed(input.commands, side, acceptance) : PASSED,
  };
}

function judgeUnconfirmed(
  input: EvidenceInput,
  restored: SideJudgement,
  perCommand: readonly RunNumbers[],
): EvidenceVerdict {
  const files = new Set<string>();
  const reasons: string[] = [];
  const feedback: string[] = [];
  let unexplained = false;
  input.commands.forEach((one, index) => {
    const judgement = restored.commands[index] ?? PASSED;
    if (judgement.status === 'passed') return;
    if (one.protectedFilesChanged.length === 0) unexplained = true;
    for (const file of one.protectedFilesChanged) files.add(file);
    reasons.push(
      one.protectedFilesChanged.length === 0
        ? `${quoted(one.command)} passed once and did not pass a second time on the same files.`
        : `${quoted(one.command)} passes as the agents left it, but not with the base's own protected files.`,
    );
    feedback.push(...judgement.feedback.map((item) => `With the base's protected files: ${item}`));
  });
  if (restored.named.status !== 'passed') {
    for (const one of input.commands) for (const file of one.protectedFilesChanged) files.add(file);
    reasons.push(...restored.named.reasons.map((reason) => `With the base's protected files: ${reason}`));
    if (files.size === 0) unexplained = true;
  }
  return {
    // Nobody can confirm files that did not change: the same files gave two results, so neither is proof.
    status: unexplained ? 'failed' : 'unconfirmed',
    perCommand,
    reasons,
    feedback: limited(feedback),
    unconfirmedFiles: unexplained ? [] : Array.from(files).sort(),
  };
}

function numbersOf(
  one: CommandEvidence,
  left: SideJudgement,
  restored: SideJudgement,
  index: number,
): RunNumbers[] {
  const leftStatus = left.commands[index]?.status ?? 'unavailable';
  const restoredStatus = restored.commands[index]?.status ?? 'unavailable';
  const unconfirmed =
    leftStatus === 'passed' && restoredStatus !== 'passed' && one.protectedFilesChanged.length > 0;
  const shared = { base: one.base, protectedFilesChanged: one.protectedFilesChanged };
  return [
    numbers({ ...shared, run: 'base', report: one.base, protectedFilesChanged: [] }, baseStatus(one.base)),
    numbers({ ...shared, run: 'left', report: one.left }, leftStatus),
    numbers(
      { ...shared, run: 'restored', report: one.restored },
      unconfirmed ? 'unconfirmed' : restoredStatus,
    ),
  ];
}

function numbers(
  of: {
    readonly run: EvidenceRunKind;
    readonly base: CommandReport;
    readonly report: CommandReport;
    readonly protectedFilesChanged: readonly string[];
  },
  status: EvidenceStatus,
): RunNumbers {
  const total = totals(of.report);
  const flaky = flakyIds([of.report]);
  return {
    command: of.report.command,
    kind: readEvidence(of.report.command).kind,
    run: of.run,
    status,
    ...total,
    passRate: passRate(total),
    baseline: passRate(totals(of.base)),
    protectedFilesChanged: of.protectedFilesChanged,
    ...(flaky.length > 0 ? { flaky } : {}),
  };
}

function worst(all: readonly RunJudgement[]): RunJudgement['status'] {
  if (all.some((one) => one.status === 'failed')) return 'failed';
  return all.some((one) => one.status === 'unavailable') ? 'unavailable' : 'passed';
}

/** Each once, and so many that people and agents still read them. */
export function limited(items: readonly string[]): readonly string[] {
  const unique = Array.from(new Set(items));
  if (unique.length <= MAX_FEEDBACK_ITEMS) return unique;
  const rest = unique.length - MAX_FEEDBACK_ITEMS;
  return [...unique.slice(0, MAX_FEEDBACK_ITEMS), `… and ${rest} more of the same kind.`];
}

const quoted = (command: string): string => `\`${command}\``;
