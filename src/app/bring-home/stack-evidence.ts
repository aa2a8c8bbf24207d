import { saysDiskFull } from '../../base/disk-full.ts';
import { ok, type Result } from '../../base/result.ts';
import type { CommandReport } from '../../domain/evidence.ts';
import { baseStatus, totals } from '../../domain/evidence-rules.ts';
import type { TestReason } from '../../domain/home/merge-queue.ts';
import { judgeStack, strictest, type StackVerdict } from '../../domain/home/stack-verdict.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { EvidenceRequest, EvidenceRunner, PrepareError } from '../../ports/evidence-runner.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { endCommands } from '../recovery/recover-loop.ts';
import type { QueueProgress, QueueRun } from './queue-report.ts';

export type StackEvidenceDeps = Pick<LoopDeps, 'evidence' | 'repository' | 'ledger' | 'watch'>;

export interface StackToJudge {
  readonly branch: string | null;
  readonly onto: Commit;
  /** Stacked on it, in this order; `commit` is what they make of it. */
  readonly loops: readonly string[];
  readonly commit: Commit;
  readonly why: TestReason;
}

export interface StackJudgement extends StackVerdict {
  /** Protected files that the stack changes. */
  readonly protectedFiles: readonly string[];
}

/** Runs the evidence of all queued loops on stacked commits; each command once on each commit. */
export interface StackEvidence {
  /** Each once, also where several loops have it. */
  readonly commands: readonly string[];
  /** All so far. */
  readonly runs: readonly QueueRun[];
  /** Fails where it was cancelled, and where the disk is full. */
  judge(
    stack: StackToJudge,
    progress: (progress: QueueProgress) => void,
    signal: AbortSignal,
  ): Promise<Result<StackJudgement, LoopError>>;
  dispose(): Promise<void>;
}

interface Command {
  readonly command: string;
  /** The folder that it runs in, below the root. */
  readonly prefix: string;
}

interface Ran {
  readonly report: CommandReport;
  readonly protectedFiles: readonly string[];
}

/** What its checkouts and processes go by in the ledger; one queue of a repository runs at a time. */
const LEDGER_NAME = 'cfn-merge-queue';

/** Callers hold the repository's lease. */
export function createStackEvidence(deps: StackEvidenceDeps, configs: readonly LoopConfig[]): StackEvidence {
  const commands = commandsOf(configs);
  const mode = strictest(configs.map((config) => config.mode));
  const runners = createRunners(deps, configs);
  const runs: QueueRun[] = [];
  const ran = new Map<string, Ran>();
  const judged = new Map<Commit, StackJudgement>();

  /** `begin` is called where it was not run before. */
  const runOnce = async (
    { command, prefix }: Command,
    request: Omit<EvidenceRequest, 'command'>,
    { begin, signal }: { readonly begin: () => void; readonly signal: AbortSignal },
  ): Promise<Result<Ran & { readonly fresh: boolean }, LoopError>> => {
    const key = JSON.stringify([prefix, command, request.commit, request.baseCommit]);
    const known = ran.get(key);
    if (known) return ok({ ...known, fresh: false });
    begin();
    const runner = await runners.of(prefix);
    const run = await runner.run({ ...request, command }, signal);
    if (signal.aborted) return fail('state', 'The evidence was cancelled.');
    if (!run.ok && saysDiskFull(run.error))
      return fail('internal', `The evidence could not be collected: ${run.error.message}`);
    const result = run.ok
      ? { report: run.value.report, protectedFiles: run.value.protectedFilesChanged }
      : { report: unprepared(command, run.error), protectedFiles: [] };
    ran.set(key, result);
    return ok({ ...result, fresh: true });
  };

  return {
    commands: commands.map(({ command }) => command),
    runs,
    judge: async ({ branch, onto, loops, commit, why }, progress, signal) => {
      const known = judged.get(commit);
      if (known) return ok(known);
      const pairs: { base: CommandReport; report: CommandReport }[] = [];
      const files = new Set<string>();
      for (const one of commands) {
        const tell = (on: readonly string[]) => ({
          begin: () => progress({ kind: 'testing', command: one.command, branch, on, why }),
          signal,
        });
        const base = await runOnce(one, { commit: onto, baseCommit: onto, run: 'base' }, tell([]));
        if (!base.ok) return base;
        const { report: before } = base.value;
        if (base.value.fresh) runs.push(runOf(before, { on: [], commit: onto, status: shownStatus(before) }));
        const left = await runOnce(one, { commit, baseCommit: onto, run: 'left' }, tell(loops));
        if (!left.ok) return left;
        const pair = { base: before, report: left.value.report };
        const status = judgeStack(mode, [pair]).status === 'green' ? 'passed' : 'failed';
        runs.push(runOf(pair.report, { on: loops, commit, status }));
        pairs.push(pair);
        for (const file of left.value.protectedFiles) files.add(file);
      }
      const judgement = { ...judgeStack(mode, pairs), protectedFiles: [...files].sort() };
      judged.set(commit, judgement);
      return ok(judgement);
    },
    dispose: () => runners.dispose(),
  };
}

/** One for each folder that commands run in. */
function createRunners(deps: StackEvidenceDeps, configs: readonly LoopConfig[]) {
  const runners = new Map<string, EvidenceRunner>();
  return {
    async of(prefix: string): Promise<EvidenceRunner> {
      const known = runners.get(prefix);
      if (known) return known;
      const name = runners.size === 0 ? LEDGER_NAME : `${LEDGER_NAME}-${runners.size + 1}`;
      const task = deps.repository.task(name);
      // What a queue that was killed left behind.
      await endCommands(deps, await deps.ledger.entries(name));
      await task.recoverCheckouts([]);
      const config = configs.find((one) => one.prefix === prefix) ?? null;
      const runner = deps.evidence(name, task, config);
      runners.set(prefix, runner);
      return runner;
    },
    async dispose(): Promise<void> {
      for (const runner of runners.values()) await runner.dispose();
    },
  };
}

function commandsOf(configs: readonly LoopConfig[]): readonly Command[] {
  const all = configs.flatMap(({ evidence, prefix }) => evidence.map((command) => ({ command, prefix })));
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

/** A commit that cannot be set up says nothing, in the words of what failed. */
const unprepared = (command: string, { message, log }: PrepareError): CommandReport => ({
  command,
  status: 'unavailable',
  exitCode: null,
  detailed: false,
  checks: [],
  tail: `${message}\n${log}`.trim(),
  durationMs: 0,
});

function shownStatus(report: CommandReport): QueueRun['status'] {
  const status = baseStatus(report);
  return status === 'unconfirmed' ? 'failed' : status;
}

function runOf(report: CommandReport, of: Pick<QueueRun, 'on' | 'commit' | 'status'>): QueueRun {
  const { passed, failed } = totals(report);
  return { command: report.command, ...of, passed, failed, durationMs: report.durationMs };
}
