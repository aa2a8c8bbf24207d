import { saysDiskFull } from '../../base/disk-full.ts';
import { ok, type Result } from '../../base/result.ts';
import type { CommandReport } from '../../domain/evidence.ts';
import { baseStatus, totals } from '../../domain/evidence-rules.ts';
import type { TestReason } from '../../domain/home/merge-queue.ts';
import type { ContainerPlan } from '../../domain/containers/plan.ts';
import { judgeStack, strictest, type StackVerdict } from '../../domain/home/stack-verdict.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { Commit, Mode } from '../../domain/loop/model.ts';
import type { EvidenceRequest, EvidenceRunner, PrepareError } from '../../ports/evidence-runner.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { fail } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { releaseNetworks, type NetworkedTask } from '../recovery/reclaim-containers.ts';
import { endCommands } from '../recovery/recover-loop.ts';
import type { FlakyRun, QueueProgress, QueueRun } from './queue-report.ts';

export type StackEvidenceDeps = Pick<
  LoopDeps,
  'evidence' | 'repository' | 'ledger' | 'watch' | 'containers' | 'logger'
>;

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

/**
 * Runs the evidence of all queued loops on stacked commits; each command once on each commit, and once more where it is
 * worse than on the branch: who fails only once is not to blame.
 */
export interface StackEvidence {
  /** Each once, also where several loops have it. */
  readonly commands: readonly string[];
  /** All so far. */
  readonly runs: readonly QueueRun[];
  /** All so far. */
  readonly flaky: readonly FlakyRun[];
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

interface Judging extends StackToJudge {
  readonly tell: (command: Command, on: readonly string[], again: boolean) => void;
  readonly signal: AbortSignal;
}

/** What its checkouts and processes go by in the ledger; one queue of a repository runs at a time. */
const LEDGER_NAME = 'cfn-merge-queue';

/** Callers hold the repository's lease. `place`: the containers that everything runs in; null: each loop's own place. */
export function createStackEvidence(
  deps: StackEvidenceDeps,
  configs: readonly LoopConfig[],
  place: ContainerPlan | null,
): StackEvidence {
  const commands = commandsOf(configs);
  const mode = strictest(configs.map((config) => config.mode));
  const runners = createRunners(deps, configs, place);
  const { runs, flaky, onBranch, onStack } = createRuns(runners, mode);
  const judged = new Map<Commit, StackJudgement>();

  return {
    commands: commands.map(({ command }) => command),
    runs,
    flaky,
    judge: async (stack, progress, signal) => {
      const { branch, commit, why } = stack;
      const known = judged.get(commit);
      if (known) return ok(known);
      const tell: Judging['tell'] = ({ command }, on, again) =>
        progress({ kind: 'testing', command, branch, on, why, again });
      const judging = { ...stack, tell, signal };
      const pairs: { base: CommandReport; report: CommandReport }[] = [];
      const files = new Set<string>();
      for (const one of commands) {
        const base = await onBranch(one, judging);
        if (!base.ok) return base;
        const left = await onStack(one, base.value, judging);
        if (!left.ok) return left;
        pairs.push({ base: base.value, report: left.value.report });
        for (const file of left.value.protectedFiles) files.add(file);
      }
      const judgement = { ...judgeStack(mode, pairs), protectedFiles: [...files].sort() };
      judged.set(commit, judgement);
      return ok(judgement);
    },
    dispose: () => runners.dispose(),
  };
}

/** What the commands said so far. */
function createRuns(runners: Pick<ReturnType<typeof createRunners>, 'of'>, mode: Mode) {
  const runs: QueueRun[] = [];
  const flaky: FlakyRun[] = [];
  const bases = new Map<string, CommandReport>();

  const runNow = async (
    { command, prefix }: Command,
    request: Omit<EvidenceRequest, 'command'>,
    signal: AbortSignal,
  ): Promise<Result<Ran, LoopError>> => {
    const runner = await runners.of(prefix);
    const run = await runner.run({ ...request, command }, signal);
    if (signal.aborted) return fail('state', 'The evidence was cancelled.');
    if (!run.ok && saysDiskFull(run.error))
      return fail('internal', `The evidence could not be collected: ${run.error.message}`);
    return ok(
      run.ok
        ? { report: run.value.report, protectedFiles: run.value.protectedFilesChanged }
        : { report: unprepared(command, run.error), protectedFiles: [] },
    );
  };

  /** What a command says of the branch; it runs there once. */
  const onBranch = async (
    one: Command,
    { onto, tell, signal }: Judging,
  ): Promise<Result<CommandReport, LoopError>> => {
    const key = JSON.stringify([one.prefix, one.command, onto]);
    const known = bases.get(key);
    if (known) return ok(known);
    tell(one, [], false);
    const base = await runNow(one, { commit: onto, baseCommit: onto, run: 'base' }, signal);
    if (!base.ok) return base;
    const { report } = base.value;
    bases.set(key, report);
    runs.push(runOf(report, { on: [], commit: onto, status: shownStatus(report), again: false }));
    return ok(report);
  };

  const oneRun = async (
    one: Command,
    { base, again }: { readonly base: CommandReport; readonly again: boolean },
    { onto, loops, commit, tell, signal }: Judging,
  ): Promise<Result<Ran & { readonly verdict: StackVerdict }, LoopError>> => {
    tell(one, loops, again);
    const left = await runNow(one, { commit, baseCommit: onto, run: 'left' }, signal);
    if (!left.ok) return left;
    const { report } = left.value;
    const verdict = judgeStack(mode, [{ base, report }]);
    const status = verdict.status === 'green' ? 'passed' : 'failed';
    runs.push(runOf(report, { on: loops, commit, status, again }));
    return ok({ ...left.value, verdict });
  };

  /** The last of at most two runs. */
  const onStack = async (
    one: Command,
    base: CommandReport,
    judging: Judging,
  ): Promise<Result<Ran, LoopError>> => {
    const first = await oneRun(one, { base, again: false }, judging);
    if (!first.ok || first.value.verdict.status === 'green') return first;
    const second = await oneRun(one, { base, again: true }, judging);
    if (!second.ok || second.value.verdict.status === 'red') return second;
    const { loops, commit } = judging;
    flaky.push({ command: one.command, on: loops, commit, checks: first.value.verdict.checks });
    return second;
  };

  return { runs, flaky, onBranch, onStack };
}

/** One for each folder that commands run in. */
function createRunners(deps: StackEvidenceDeps, configs: readonly LoopConfig[], place: ContainerPlan | null) {
  const runners = new Map<string, EvidenceRunner>();
  const networked: NetworkedTask[] = [];
  return {
    async of(prefix: string): Promise<EvidenceRunner> {
      const known = runners.get(prefix);
      if (known) return known;
      const name = runners.size === 0 ? LEDGER_NAME : `${LEDGER_NAME}-${runners.size + 1}`;
      const task = deps.repository.task(name);
      // What a queue that was killed left behind.
      await endCommands(deps, await deps.ledger.entries(name));
      await task.recoverCheckouts([]);
      const alike = configs.filter((one) => one.prefix === prefix);
      const [config = null] = [...alike.filter((one) => one.container), ...alike];
      const container = place ?? config?.container;
      const runner = deps.evidence(name, task, config && { ...config, ...(container ? { container } : {}) });
      networked.push({ container, taskId: name });
      runners.set(prefix, runner);
      return runner;
    },
    async dispose(): Promise<void> {
      for (const runner of runners.values()) await runner.dispose();
      for (const config of networked) await releaseNetworks({ ...deps, config });
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

function runOf(report: CommandReport, of: Pick<QueueRun, 'on' | 'commit' | 'status' | 'again'>): QueueRun {
  const { passed, failed } = totals(report);
  return { command: report.command, ...of, passed, failed, durationMs: report.durationMs };
}
