import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { CommandReport } from '../../domain/evidence.ts';
import { readEvidence } from '../../domain/evidence-command.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { CommandRunner } from '../../ports/command-runner.ts';
import type {
  EvidenceRequest,
  EvidenceRun,
  EvidenceRunner,
  PrepareError,
  PreparedCheckout,
  SetUpLog,
} from '../../ports/evidence-runner.ts';
import type { TaskGit } from '../../ports/worktrees.ts';
import {
  createCheckoutFolders,
  type CheckoutFolders,
  type Failed,
  type PreparedFolder,
} from './checkout-folders.ts';
import { checkedByFiles } from './command-files.ts';
import { NODE_REPORTER_FILE, planCommand, type CommandPlan } from './command-plan.ts';
import { clearReports, readCoverage } from './coverage-report.ts';
import { commandReport, notRun } from './command-report.ts';
import { discoverCommands } from './discover.ts';
import { NODE_REPORTER } from './node-reporter.ts';
import { compareProtected, restoreProtected, type ProtectedChange } from './protected-tree.ts';
import { createCargoReader, createGoReader, type OutputReader } from './read-output.ts';
import { readReport } from './read-report.ts';
import { copyMissing } from './copy-folder.ts';
import { below, makeFoldersAbove } from './safe-paths.ts';
import { installCommands, isMovable, setUp } from './set-up.ts';
import { copyIncluded } from './worktree-include.ts';

export interface EvidenceLimits {
  /** Longest run of one evidence command, ms. */
  readonly commandMs: number;
  /** Longest run of one set-up step, ms. */
  readonly setUpMs: number;
  /** Prepared folders kept for later runs. */
  readonly maxPrepared: number;
}
const DEFAULT_LIMITS: EvidenceLimits = { commandMs: 900_000, setUpMs: 900_000, maxPrepared: 3 };

export interface EvidenceRunnerDeps {
  /** Top level of the user's checkout; `.worktreeinclude` copies from it, nothing writes to it. */
  readonly userRoot: string;
  /** Opened folder below the root in which commands run, '' at the root. Forward slashes. */
  readonly prefix: string;
  readonly checkout: TaskGit['checkout'];
  readonly discard: TaskGit['discard'];
  readonly commandRunner: CommandRunner;
  /** Allowlisted variables without any key; `CI=1` is added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether lockfiles count in agents' worktrees; in the checkouts of evidence they always do. */
  readonly installForAgents: boolean;
  /** Whether the checkouts of agents contain all of their commit, as those of evidence do. */
  readonly wholeForAgents: boolean;
  /** A folder of this runner alone, outside of every checkout. Created, emptied at first, removed at the end. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<EvidenceLimits>;
}

interface Room extends EvidenceRunnerDeps {
  readonly limits: EvidenceLimits;
  readonly folders: CheckoutFolders;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs the evidence of one task. Reports are written outside the checkout by the test runner itself, so
 * output cannot be taken for a report; code inside the runner's process could still overwrite one. Against
 * that stands the restored run, in which no test, script or configuration is the agents'. Product code that
 * tests import runs in both: reviewers and containers are what is left against it.
 */
export function createEvidenceRunner(deps: EvidenceRunnerDeps): EvidenceRunner {
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const folders = createCheckoutFolders({
    checkout: (commit, label, signal) => deps.checkout(commit, label, signal),
    discard: (checkout) => deps.discard(checkout),
    folder: deps.folder,
    maxPrepared: limits.maxPrepared,
  });
  const room: Room = { ...deps, limits, folders, env: { ...deps.environment, ...UNATTENDED } };
  return {
    discover: (checkout) => discoverCommands(join(checkout, deps.prefix)),
    prepare: (commit, signal, onLog) =>
      onDisk(() =>
        folders.withPrepared(
          commit,
          (prepare) => prepareSource(room, { commit, prepare, ...(onLog ? { onLog } : {}) }, signal),
          ({ kept }) => Promise.resolve(ok({ commit, path: kept })),
        ),
      ),
    run: (request, signal) => onDisk(() => runOnce(room, request, signal)),
    installs: (checkout) => installCommands(checkout, deps.prefix),
    setUpWorktree: (path, signal, onLog) =>
      onDisk(() => setUpFolder(room, { root: path, install: deps.installForAgents, onLog }, signal)),
    furnish: (checkout, signal, onLog) => onDisk(() => furnish(room, checkout, { signal, onLog })),
    dispose: () => folders.dispose(),
  };
}

/** A full or failing disk is no bug of ours: it fails the preparation in the system's own words. */
async function onDisk<T>(work: () => Failed<T>): Failed<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return err({
      kind: 'prepare-failed',
      message: `Preparing the checkout failed: ${error.message}`,
      log: '',
    });
  }
}

/** Nobody is there to answer a question. */
const UNATTENDED = { CI: '1', COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' };

interface PrepareRequest {
  readonly commit: Commit;
  readonly prepare: (
    source: string,
    setUp: (home: string) => Promise<Result<void, PrepareError>>,
  ) => Failed<PreparedFolder>;
  /** What is done to the copy before its set-up. */
  readonly restore?: (home: string) => Promise<void>;
  readonly onLog?: SetUpLog;
}

async function prepareSource(
  room: Room,
  request: PrepareRequest,
  signal: AbortSignal,
): Failed<PreparedFolder> {
  const source = await room.folders.untouched(request.commit, signal);
  if (!source.ok) return source;
  const started = room.clock.now();
  const result = await request.prepare(source.value, async (home) => {
    await request.restore?.(home);
    return setUpFolder(room, { root: home, install: true, onLog: request.onLog }, signal);
  });
  room.logger.info(result.ok ? 'Checkout prepared' : 'Checkout not prepared', {
    commit: request.commit,
    restored: request.restore !== undefined,
    ms: room.clock.now() - started,
  });
  return result;
}

interface FolderToSetUp {
  readonly root: string;
  readonly install: boolean;
  readonly onLog: SetUpLog | undefined;
}

async function setUpFolder(
  room: Room,
  { root, install, onLog }: FolderToSetUp,
  signal: AbortSignal,
): Promise<Result<void, PrepareError>> {
  const log = onLog ?? (() => undefined);
  const copied = await copyIncluded(room.userRoot, root);
  if (copied.length > 0) log(`Copied by .worktreeinclude: ${copied.join(', ')}\n`);
  const { commandRunner, prefix, env, limits } = room;
  return setUp(commandRunner, { root, prefix, install, env, timeoutMs: limits.setUpMs, onLog: log }, signal);
}

/** Copied from the prepared folder of the commit where the rest of it is wanted and works elsewhere, else set up in place. */
async function furnish(
  room: Room,
  { commit, path }: PreparedCheckout,
  { signal, onLog }: { readonly signal: AbortSignal; readonly onLog: SetUpLog | undefined },
): Failed<void> {
  const install = room.installForAgents;
  if (!install || !room.wholeForAgents || !(await isMovable(path, room.prefix)))
    return setUpFolder(room, { root: path, install, onLog }, signal);
  return room.folders.withPrepared(
    commit,
    (prepare) => prepareSource(room, { commit, prepare, ...(onLog ? { onLog } : {}) }, signal),
    async ({ kept }) => ok(await copyMissing(kept, path)),
  );
}

async function runOnce(room: Room, request: EvidenceRequest, signal: AbortSignal): Failed<EvidenceRun> {
  if (signal.aborted) return cancelled();
  const changes = await protectedChanges(room, request, signal);
  if (!changes.ok) return changes;
  const restored = request.run === 'restored' && changes.value.length > 0;
  const restore = async (target: string): Promise<void> => {
    const base = await room.folders.untouched(request.baseCommit, signal);
    if (base.ok) await restoreProtected(base.value, target, changes.value);
  };
  // Where only tests differ, set-up saw the same files in both runs and is not repeated.
  const ownSetUp = restored && changes.value.some((change) => !change.onlyForRuns);
  const { commit, baseCommit } = request;
  const report = await room.folders.withPrepared(
    ownSetUp ? `${commit} with ${baseCommit}` : commit,
    (prepare) => prepareSource(room, { commit, prepare, ...(ownSetUp ? { restore } : {}) }, signal),
    (prepared) =>
      withReportFolder(room, (reportFolder) =>
        room.folders.inCopy(prepared, async (copy) => {
          if (restored && !ownSetUp) await restore(copy);
          const { command, mutant, timeoutMs = Infinity } = request;
          if (mutant && !(await replaceFile(copy, mutant)))
            return err({ kind: 'prepare-failed', message: `${mutant.path} is no file.`, log: '' });
          return runCommand(room, { command, copy, reportFolder, timeoutMs }, signal);
        }),
      ),
  );
  const protectedFilesChanged = changes.value.map((change) => change.path);
  if (report.ok) return ok({ ...report.value, protectedFilesChanged });
  if (signal.aborted || !ownSetUp) return report;
  // The commit as left can be set up and only the base's set-up does not fit it: a person or majority decides.
  const { message, log } = report.error;
  return ok({ report: notRun(request.command, `${message}\n${log}`), protectedFilesChanged });
}

/** Only what is a file there: a committed link could lead anywhere. */
async function replaceFile(
  copy: string,
  { path, content }: NonNullable<EvidenceRequest['mutant']>,
): Promise<boolean> {
  const file = below(copy, path);
  if (file === null || !(await makeFoldersAbove(copy, path, 'refuse'))) return false;
  const found = await lstat(file).catch(() => null);
  if (!found?.isFile()) return false;
  await writeFile(file, content);
  return true;
}

async function protectedChanges(
  room: Room,
  request: EvidenceRequest,
  signal: AbortSignal,
): Failed<readonly ProtectedChange[]> {
  if (request.run === 'base' || request.commit === request.baseCommit) return ok([]);
  const base = await room.folders.untouched(request.baseCommit, signal);
  if (!base.ok) return base;
  const left = await room.folders.untouched(request.commit, signal);
  if (!left.ok) return left;
  const named = await checkedByFiles(readEvidence(request.command).command, base.value, room.prefix);
  return ok(await compareProtected(base.value, left.value, named));
}

async function withReportFolder<T>(room: Room, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await room.folders.freshPath('report');
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, NODE_REPORTER_FILE), NODE_REPORTER);
    return await use(folder);
  } finally {
    await room.folders.remove(folder);
  }
}

type Ran = Omit<EvidenceRun, 'protectedFilesChanged'>;

interface Run {
  readonly command: string;
  readonly copy: string;
  readonly reportFolder: string;
  readonly timeoutMs: number;
}

/** A coverage report counts as written by the command where none lay there before it. */
async function runCommand(room: Room, run: Run, signal: AbortSignal): Failed<Ran> {
  const place = { root: run.copy, prefix: room.prefix };
  await clearReports(place);
  const report = await runAlone(room, run, signal);
  const covered = report.ok && report.value.status === 'ended' ? await readCoverage(place) : null;
  if (!report.ok || !covered) return report.ok ? ok({ report: report.value }) : report;
  return ok({ report: { ...report.value, coverage: covered.name }, coverage: covered.files });
}

async function runAlone(room: Room, run: Run, signal: AbortSignal): Failed<CommandReport> {
  const cwd = join(run.copy, room.prefix);
  const { command, kind, written } = readEvidence(run.command);
  const found = await planCommand({ command, folder: cwd, reportFolder: run.reportFolder, env: room.env });
  const byExitCode = written && kind !== 'test' && found.kind !== 'no-check';
  const plan: CommandPlan = byExitCode ? { kind: 'exit-code', command } : found;
  if (plan.kind === 'no-check')
    return ok(notRun(run.command, 'The script only prints or exits, so it checks nothing.'));
  const reader = readerOf(plan);
  const outcome = await room.commandRunner.run(
    {
      command: plan.command,
      cwd,
      writes: [run.copy, run.reportFolder],
      env: plan.kind === 'report-file' ? { ...room.env, ...plan.env } : room.env,
      timeoutMs: Math.min(room.limits.commandMs, run.timeoutMs),
      onOutput: (text, stream) => {
        if (stream === 'stdout') reader?.add(text);
      },
    },
    signal,
  );
  if (outcome.status === 'aborted') return cancelled();
  const checks =
    plan.kind === 'report-file' ? await readReport(plan.path, plan.format, cwd) : reader?.checks();
  const report = commandReport(run.command, plan, outcome, checks ?? null);
  room.logger.info('Evidence command ended', {
    command: run.command,
    status: report.status,
    exitCode: report.exitCode,
    checks: report.checks.length,
    ms: report.durationMs,
  });
  return ok(report);
}

function readerOf(plan: CommandPlan): OutputReader | null {
  if (plan.kind !== 'output') return null;
  return plan.format === 'go' ? createGoReader() : createCargoReader();
}

const cancelled = (): Result<never, PrepareError> =>
  err({ kind: 'prepare-failed', message: 'The evidence run was cancelled.', log: '' });
