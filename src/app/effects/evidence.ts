import * as z from 'zod';
import { saysDiskFull } from '../../base/disk-full.ts';
import { ok } from '../../base/result.ts';
import { worthASecondTry, withSecondTry } from '../../domain/flaky.ts';
import { changedCoverage, withCoverage, type FileCoverage } from '../../domain/coverage.ts';
import { readEvidence } from '../../domain/evidence-command.ts';
import { baseStatus } from '../../domain/evidence-rules.ts';
import { judgeEvidence, judgeRun, type CommandReport, type EvidenceVerdict } from '../../domain/evidence.ts';
import { withInspection } from '../../domain/inspection.ts';
import type { EvidenceFact, EvidenceJudgement } from '../../domain/loop/events.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { EvidenceRequest } from '../../ports/evidence-runner.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import { inspect } from './inspect.ts';
import { sampleMutants } from './sample-mutants.ts';
import type { EffectContext } from '../loop-session.ts';
import type { RunningCommand } from '../projections/loop-view.ts';

const BASE_FILE = 'base-evidence';

type Waiting = Pick<EffectContext, 'signal' | 'progress'>;

const reportSchema = z.object({
  command: z.string(),
  status: z.enum(['ended', 'timeout', 'unavailable']),
  exitCode: z.int().nullable(),
  detailed: z.boolean(),
  checks: z.array(
    z.object({
      id: z.string(),
      outcome: z.enum(['passed', 'failed', 'skipped']),
      message: z.string().optional(),
    }),
  ),
  tail: z.string(),
  durationMs: z.number(),
  coverage: z.string().exactOptional(),
});

/** Runs every command at the base commit, once per loop; what was kept from before a restart is used again. */
export async function baseReports(scope: LoopScope, context: Waiting): Promise<readonly CommandReport[]> {
  const { config, files } = scope;
  const kept = z.array(reportSchema).safeParse(await files.read(config.taskId, BASE_FILE));
  if (kept.success) return kept.data.map(withoutUndefined);
  const reports: CommandReport[] = [];
  for (const command of config.evidence) {
    sayRunning(scope, context, { command, run: 'base' });
    const run = await scope.evidenceRunner.run(
      { commit: config.baseCommit, baseCommit: config.baseCommit, run: 'base', command },
      context.signal,
    );
    if (!run.ok || run.value.report.status !== 'ended' || run.value.report.exitCode !== 0)
      await refuseWithoutRoom(scope, run.ok ? '' : run.error.message);
    if (!run.ok) throw new LoopFault(`The base commit could not be prepared: ${run.error.message}`);
    reports.push(run.value.report);
  }
  await files.write(config.taskId, BASE_FILE, reports);
  return reports;
}

const HOW = {
  base: 'on the base',
  left: 'as the agents left it',
  restored: 'with the protected files of the base',
} as const;

function sayRunning(
  scope: LoopScope,
  context: Waiting,
  { command, run }: Pick<RunningCommand, 'command' | 'run'>,
): void {
  context.progress(`${command} ${HOW[run]}`, { command, run, since: scope.clock.now() });
}

function withoutUndefined(report: z.infer<typeof reportSchema>): CommandReport {
  return {
    ...report,
    checks: report.checks.map(({ id, outcome, message }) =>
      message === undefined ? { id, outcome } : { id, outcome, message },
    ),
  };
}

export function baseFacts(scope: LoopScope, reports: readonly CommandReport[]): readonly EvidenceFact[] {
  return reports.map((report) => ({
    ...judgeRun({ mode: scope.config.mode, run: 'base', base: report, report, protectedFilesChanged: [] }),
    commit: scope.config.baseCommit,
  }));
}

/** Runs every command on a commit as the agents left it and with the protected files restored, and judges. */
export async function collectEvidence(
  scope: LoopScope,
  commit: Commit,
  context: Waiting,
): Promise<Collected> {
  // Meanwhile, so that nobody waits for it: commands take longer.
  const seen = scope.config.inspects ? inspect(scope, commit) : null;
  seen?.catch(() => undefined);
  const commands = await collect(scope, commit, context);
  const { facts, covered } = commands;
  const looked = lookedAt(scope, commands.judgement, covered, await seen);
  const judgement = await sampleMutants(scope, { commit, judgement: looked, passed: commands.left }, context);
  const collected = { facts, judgement };
  const { status, reasons, preparationFailed: unprepared } = collected.judgement;
  // Of a preparation the words are ours; what tests print could say anything.
  if (status !== 'passed' && scope.config.evidence.length > 0)
    await refuseWithoutRoom(scope, unprepared ? reasons.join(' ') : '');
  return collected;
}

interface Collected {
  readonly facts: readonly EvidenceFact[];
  readonly judgement: EvidenceJudgement;
}

interface Covered {
  /** Whether a command writes a coverage report at the base. */
  readonly atBase: boolean;
  /** Null: none did of this commit. */
  readonly files: readonly FileCoverage[] | null;
}

interface Ran extends Collected {
  readonly covered: Covered;
  /** Each command as the agents left the commit. */
  readonly left: readonly { readonly command: string; readonly report: CommandReport }[];
}

const NOT_COVERED: Covered = { atBase: false, files: null };

/** What commands said, with what was seen of the commit without them. */
function lookedAt(
  { config }: LoopScope,
  judgement: EvidenceJudgement,
  { atBase, files }: Covered,
  seen: Awaited<ReturnType<typeof inspect>> | null,
): EvidenceJudgement {
  if (!seen) return judgement;
  const threshold = config.evidence.length > 0 ? (config.coverageThreshold ?? null) : null;
  const coverage = files && changedCoverage(seen.added, files);
  return withInspection(withCoverage(judgement, { coverage, atBase, threshold }), seen);
}

/** What fails on a full disk says nothing about a commit; it is collected again once there is space. */
export async function refuseWithoutRoom({ config, files }: LoopScope, reason: string): Promise<void> {
  if (saysDiskFull({ message: reason }) || !(await files.hasRoom(config.taskId)))
    throw new LoopFault(`The evidence could not be collected, no space left on device: ${reason}`);
}

async function collect(scope: LoopScope, commit: Commit, context: Waiting): Promise<Ran> {
  const { config } = scope;
  const base = await baseReports(scope, context);
  const commands = [];
  const notes: string[] = [];
  const reported: FileCoverage[][] = [];
  for (const [index, command] of config.evidence.entries()) {
    const baseReport = base[index];
    if (!baseReport) throw new LoopFault(`There is no base report for "${command}".`);
    if (!readEvidence(command).required && baseStatus(baseReport) !== 'passed') {
      notes.push(`\`${command}\` does not pass at the base, so nobody is held to it.`);
      continue;
    }
    const request = { commit, baseCommit: config.baseCommit, command };
    const left = await runTwiceIfNeeded(scope, context, { ...request, run: 'left' }, baseReport);
    if (!left.ok) return preparationFailed(commit, left.error.message, left.error.log);
    const restored = worthASecondTry(baseReport, left.value.report)
      ? await runOnce(scope, context, { ...request, run: 'restored' })
      : await runTwiceIfNeeded(scope, context, { ...request, run: 'restored' }, baseReport);
    if (!restored.ok) return preparationFailed(commit, restored.error.message, restored.error.log);
    // One that the base does not write could be anybody's.
    const { coverage, report } = left.value;
    if (coverage && baseReport.coverage !== undefined && report.coverage === baseReport.coverage)
      reported.push([...coverage]);
    commands.push({
      command,
      base: baseReport,
      left: report,
      restored: restored.value.report,
      protectedFilesChanged: restored.value.protectedFilesChanged,
    });
  }
  if (config.evidence.length === 0)
    return { facts: [], judgement: nothingRan(commit), covered: NOT_COVERED, left: [] };
  const verdict = judgeEvidence({
    mode: config.mode,
    commands,
    acceptance: namedChecks(config.acceptance, commands),
  });
  return {
    facts: verdict.perCommand
      .filter((numbers) => numbers.run !== 'base')
      .map((numbers) => ({ ...numbers, commit })),
    judgement: {
      commit,
      status: verdict.status,
      reasons: verdict.reasons,
      feedback: verdict.feedback,
      unconfirmedFiles: verdict.unconfirmedFiles,
      preparationFailed: false,
      passRate: lowestPassRate(verdict),
      notes: [...notes, ...(verdict.notes ?? [])],
    },
    left: commands.map(({ command, left }) => ({ command, report: left })),
    covered: {
      atBase: commands.some((command) => command.base.coverage !== undefined),
      files: reported.length > 0 ? reported.flat() : null,
    },
  };
}

type Run = ReturnType<LoopScope['evidenceRunner']['run']>;

function runOnce(scope: LoopScope, context: Waiting, request: EvidenceRequest): Run {
  sayRunning(scope, context, request);
  return scope.evidenceRunner.run(request, context.signal);
}

/** What fails and did not fail at the base is run once more, so that a check which is only flaky is known as one. */
async function runTwiceIfNeeded(
  scope: LoopScope,
  context: Waiting,
  request: EvidenceRequest,
  base: CommandReport,
): Run {
  const first = await runOnce(scope, context, request);
  if (!first.ok || !worthASecondTry(base, first.value.report)) return first;
  const second = await runOnce(scope, context, request);
  if (!second.ok) return context.signal.aborted ? second : first;
  const report = withSecondTry(scope.config.mode, first.value.report, second.value.report);
  return ok({ ...second.value, report });
}

/** Acceptance lines are prose; those that name a check by its id or title are required as such. */
function namedChecks(
  acceptance: readonly string[],
  commands: readonly { readonly base: CommandReport; readonly left: CommandReport }[],
): readonly string[] {
  const ids = commands.flatMap((command) =>
    [...command.base.checks, ...command.left.checks].map((check) => check.id),
  );
  return acceptance.filter((line) =>
    ids.some((id) => id === line || id.endsWith(` > ${line}`) || id.endsWith(`::${line}`)),
  );
}

function lowestPassRate(verdict: EvidenceVerdict): number | null {
  const rates = verdict.perCommand
    .filter((numbers) => numbers.run === 'left')
    .map((numbers) => numbers.passRate);
  return rates.length === 0 || rates.includes(null) ? null : Math.min(...rates.map((rate) => rate ?? 0));
}

/** Nobody asked for a command: the gate takes its `none` from that, and this for what is looked at without one. */
const nothingRan = (commit: Commit): EvidenceJudgement => ({
  commit,
  status: 'passed',
  reasons: [],
  feedback: [],
  unconfirmedFiles: [],
  preparationFailed: false,
  passRate: null,
});

function preparationFailed(commit: Commit, message: string, log: string) {
  const judgement: EvidenceJudgement = {
    commit,
    status: 'unavailable',
    reasons: [`The integrated commit could not be prepared: ${message}`],
    feedback: [
      `Preparing the integrated commit failed, though it worked at the base: ${message}\n${log.slice(-2000)}`,
    ],
    unconfirmedFiles: [],
    preparationFailed: true,
    passRate: null,
  };
  return { facts: [], judgement, covered: NOT_COVERED, left: [] };
}
