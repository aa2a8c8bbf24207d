import { mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { endingOf, type AgentExit, type EndingVerdict } from '../../domain/agents/ending.ts';
import type { AgentProvider } from '../../ports/agent-provider.ts';
import type { OpenEgressProxy } from '../../ports/egress-proxy.ts';
import type { OpenEngine } from '../../ports/container-engine.ts';
import type { OpenStore } from '../../ports/store-commands.ts';
import {
  checkResult,
  readResult,
  rulesOf,
  type ResultChannels,
  type ResultRules,
} from '../../protocol/agent-result.ts';
import type { AttemptControl, AttemptSpec, ResultRecord, RunnerState } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES, TAKEN_OVER } from '../../protocol/attempt-folder.ts';
import {
  freeRoom,
  readRecord,
  readSpec,
  readState,
  readText,
  reserveRoom,
  writeDurably,
  isTooLarge,
} from './attempt-files.ts';
import { accountFacts } from './account-facts.ts';
import { createAttemptOutput, type AttemptOutput } from './attempt-output.ts';
import type { Guard } from './guard.ts';
import type { Person } from './person.ts';
import { oomEvidence, readOomCounter } from './out-of-memory.ts';
import type { ProcessTable } from './process-entry.ts';
import { isAlive } from './process-table.ts';
import { createContainerPlace, type AgentPlace } from './container/container-place.ts';
import { startAgent } from './agent-process.ts';
import { createProcessTree } from './process-tree.ts';
import { createQuestions } from './questions.ts';
import { createControlWatch, createReportWatch } from './reports.ts';
import { redactRecord } from './redact-record.ts';
import { createRunnerState, type RunnerStateFile } from './runner-state.ts';
import { createSignalRecorder, type SignalRecorder } from './signal-recorder.ts';
import { createSupervision, type SignKind } from './supervision.ts';
import { createTranscript } from './transcript.ts';
import { DRAIN_MS, notStarted, type TurnOutcome } from './turn.ts';
import { runTurns } from './turns.ts';
import { createWorkWatch } from './work-watch.ts';

export interface RunnerDeps {
  readonly table: ProcessTable;
  readonly providerOf: (program: AttemptSpec['program']) => AgentProvider | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly redact: (text: string) => string;
  readonly addSecret: (secret: string) => void;
  readonly openStore: OpenStore;
  /** Loaded for attempts in containers alone. */
  readonly openEngine: OpenEngine;
  readonly openEgressProxy: OpenEgressProxy;
  readonly startGuard: (folder: string) => Guard;
  /** Why this process was asked to stop, `null` while it was not. */
  readonly interrupted: () => string | null;
  /** Who sits at this terminal, `null` where there is none. */
  readonly person: Person | null;
  readonly lendTerminal: (lent: boolean) => void;
}

/** Epoch milliseconds, for what is written down. */
const now = () => Date.now();
/** Monotonic milliseconds, for limits: a clock that is set must not end an agent. */
const clock = () => performance.now();

/**
 * Runs one attempt to its end. Nothing was started with `no-spec`, as the folder has no readable spec, and
 * with `taken`, as another runner lives there.
 */
export async function runAttempt(
  folder: string,
  deps: RunnerDeps,
): Promise<'recorded' | 'no-spec' | 'taken'> {
  const spec = readSpec(folder);
  if (spec === null) return 'no-spec';
  if (readRecord(folder) !== null) return 'recorded';
  const other = readState(folder);
  if (other !== null && (await isAlive(deps.table, other.runner))) return 'taken';
  const startedAt = now();
  mkdirSync(join(folder, ATTEMPT_FILES.outFolder), { recursive: true, mode: 0o700 });
  const state = createRunnerState(folder, await initialState(spec, deps.table));
  const guard = deps.startGuard(folder);
  reserveRoom(folder);
  const place = await openPlace(spec, folder, { deps, guard });
  const run = createRun({ spec, folder, deps, state, startedAt, place });
  const record = await run().catch((error: unknown) => internalFailure(spec, startedAt, error));
  await place.close();
  freeRoom(folder);
  await writeRecord(folder, redactRecord(record, deps.redact));
  state.update({ phase: 'done' }, 'now');
  state.close();
  guard.release();
  return 'recorded';
}

/** A session is kept in the home folder, which every container has of its own, so that none can be gone on with. */
function providerIn({ container, program }: AttemptSpec, deps: RunnerDeps): AgentProvider | undefined {
  const provider = deps.providerOf(program);
  return container && provider ? { ...provider, resume: 'never' } : provider;
}

/** Where the attempt's agent runs. */
async function openPlace(
  spec: AttemptSpec,
  folder: string,
  { deps, guard }: { readonly deps: RunnerDeps; readonly guard: Guard },
): Promise<AgentPlace> {
  const { container, runToken: token } = spec;
  if (container !== undefined)
    return createContainerPlace({
      ...deps,
      spec,
      container,
      folder,
      engine: await deps.openEngine(container.engine),
    });
  const spare = () => [guard.pid() ?? 0];
  const tree = createProcessTree({ table: deps.table, token, spare });
  return { startAgent, tree, close: async () => undefined };
}

async function initialState(spec: AttemptSpec, table: ProcessTable): Promise<RunnerState> {
  const startTime = (await table.startTime(process.pid)) ?? '';
  return {
    version: 1,
    runToken: spec.runToken,
    runner: { pid: process.pid, startTime },
    agent: null,
    phase: 'starting',
    lastSign: null,
    usage: null,
    costUsd: null,
  };
}

interface Run {
  readonly spec: AttemptSpec;
  readonly folder: string;
  readonly deps: RunnerDeps;
  readonly state: RunnerStateFile;
  readonly startedAt: number;
  readonly place: AgentPlace;
}

function createRun(run: Run): () => Promise<ResultRecord> {
  const { spec, folder, deps, state, startedAt, place } = run;
  const { tree } = place;
  const prompt = readText(join(folder, ATTEMPT_FILES.prompt)) ?? '';
  const rules = rulesOf(spec);
  const transcript = createTranscript(folder);
  const seen = createSignalRecorder({ now, redact: deps.redact, onChange: () => state.update({}, 'soon') });
  const output = createAttemptOutput({
    prompt,
    now,
    redact: deps.redact,
    seen,
    onLine: (line) => {
      transcript.add(line);
      deps.person?.show(line);
    },
    onSign: (kind) => supervision.sign(kind),
  });
  const provider = providerIn(spec, deps);
  const control = createControl(folder, deps);
  const questions = createQuestions({ ...deps, folder, control: control.read, output, seen, now, clock });
  const supervision = createSupervision({
    limits: spec.limits,
    work: createWorkWatch(tree, spec.worktree, startedAt),
    control: control.read,
    reported: createReportWatch(folder, rules),
    resultInOutput: provider?.needsFinalEvent === true ? () => false : resultInOutput(output, rules),
    finished: () => output.facts().final !== null,
    onSign: (kind) => {
      sign = { at: now(), kind };
      state.update({}, 'soon');
    },
    seen,
    standsStill: () => questions.look() || seen.isRateLimited(),
    clock,
  });
  let sign: { readonly at: number; readonly kind: SignKind } | null = null;
  state.complete(() => {
    const { usage, costUsd } = output.facts();
    const lastSign = sign && { ...sign, text: output.lastLine() };
    return { lastSign, usage, costUsd, signals: seen.snapshot() };
  });

  return async () => {
    const memory = readOomCounter();
    tell(deps, `${spec.agentId} · ${spec.role} · iteration ${spec.iteration}, attempt ${spec.attempt}`);
    const outcome =
      provider === undefined
        ? notStarted(`There is no agent preset "${programName(spec)}".`)
        : await runTurns({
            ...deps,
            ...run,
            tree,
            startAgent: place.startAgent,
            output,
            supervision,
            provider,
            takeOverAsked: control.takeOverAsked,
            control: control.read,
            seen,
            onStart: (started) => state.update({ ...started, phase: 'running' }, 'now'),
            onEnding: () => state.update({ phase: 'ending' }, 'soon'),
            straggleMs: straggle(spec, () => channelsOf(folder, output)),
          });
    const verdict = endingOf({
      ...outcome,
      final: output.facts().final,
      needsFinalEvent: provider?.needsFinalEvent ?? false,
      outOfMemory: oomEvidence(outcome.exit, memory, readOomCounter()),
    });
    if (verdict.failure !== null) output.say('error', verdict.failure);
    else if (outcome.exit?.outOfMemory)
      output.say('notice', `${outcome.exit.outOfMemory} The agent went on.`);
    if (outcome.survivors > 0) output.say('error', `${outcome.survivors} processes could not be ended.`);
    transcript.close(now());
    const record = recordOf({ run, output, outcome, verdict, rules: { ...rules, prompt }, seen, provider });
    tell(deps, `${record.ending}: ${wordFor(record)}`);
    return record;
  };
}

/** For the person in front of the terminal; the transcript has it all in the record. */
const tell = ({ person }: RunnerDeps, text: string) =>
  person?.show({ at: now(), stream: 'harness', kind: 'notice', text });

function wordFor({ result, resultError }: ResultRecord): string {
  switch (result?.role) {
    case 'implementer':
      return `confidence ${result.confidence}`;
    case 'validator':
      return `score ${result.score}, ${result.findings.length} findings`;
    case 'product-owner':
      return result.decision;
    default:
      return resultError ?? 'no result';
  }
}

interface Ended {
  readonly run: Run;
  readonly output: AttemptOutput;
  readonly outcome: TurnOutcome;
  readonly verdict: EndingVerdict;
  readonly rules: ResultRules & { readonly prompt: string };
  readonly seen: Pick<SignalRecorder, 'snapshot'>;
  readonly provider: AgentProvider | undefined;
}

function recordOf({ run, output, outcome, verdict, rules, seen, provider }: Ended): ResultRecord {
  const reading = readResult(channelsOf(run.folder, output), rules);
  const { usage, costUsd, model, sessionId, final } = output.facts();
  return {
    ...identityOf(run.spec),
    ...verdict,
    ...accountFacts(verdict, { exit: outcome.exit, final, seen, provider, now: now() }),
    exitCode: outcome.exit?.code ?? null,
    signal: outcome.exit?.signal ?? null,
    startedAt: run.startedAt,
    endedAt: now(),
    pid: outcome.pid,
    result: reading.result,
    channel: reading.channel,
    resultError: tooLarge(run.folder, reading) ?? reading.error,
    usage,
    costUsd,
    model,
    sessionId,
    lastLine: output.lastLine(),
  };
}

/** An agent that is asked to repair its result has to know that it was too long, not that there was none. */
function tooLarge(folder: string, { result }: ReturnType<typeof readResult>): string | null {
  const large = result === null && isTooLarge(join(folder, ATTEMPT_FILES.result));
  return large ? 'The result file is larger than 4 MB and was not read; write a shorter one.' : null;
}

const channelsOf = (folder: string, output: AttemptOutput): ResultChannels => ({
  report: readText(join(folder, ATTEMPT_FILES.reported)),
  file: readText(join(folder, ATTEMPT_FILES.result)),
  message: output.block(),
});

/** Without a result the agent's children may still be about to deliver it. */
const straggle =
  (spec: AttemptSpec, channels: () => ResultChannels) =>
  ({ code }: AgentExit) => {
    const awaited = code === 0 && Object.values(channels()).every((found) => found === null);
    return awaited ? spec.limits.completionMs : DRAIN_MS;
  };

/** In a terminal, *Take over* never ends the attempt: it hands the agent to the person, or says why it cannot. */
function createControl(folder: string, deps: RunnerDeps) {
  const asked = createControlWatch(folder);
  let seen: AttemptControl | null = null;
  const isTakeOver = (control: AttemptControl) =>
    deps.person !== null && control.cancel?.reason === TAKEN_OVER;
  return {
    read: (): AttemptControl => {
      const reason = deps.interrupted();
      const control = asked();
      if (reason !== null) return { ...control, cancel: { reason } };
      return isTakeOver(control) ? { ...control, cancel: null } : control;
    },
    takeOverAsked: (): boolean => {
      const control = asked();
      if (control === seen || !isTakeOver(control)) return false;
      seen = control;
      return true;
    },
  };
}

/** Checks a block once, not at each tick. */
function resultInOutput(output: AttemptOutput, rules: ResultRules): () => boolean {
  let last: string | null = null;
  let valid = false;
  return () => {
    const block = output.block();
    if (block !== last) {
      last = block;
      valid = block !== null && checkResult(block, rules).ok;
    }
    return valid;
  };
}

const programName = ({ program }: AttemptSpec) =>
  program.kind === 'preset' ? program.preset : program.argv.join(' ');

function identityOf(spec: AttemptSpec) {
  const { taskId, agentId, role, iteration, attempt, runToken } = spec;
  return { version: 1, taskId, agentId, role, iteration, attempt, runToken } as const;
}

/** A bug of ours must not look like a lost agent: the loop hears what happened. */
function internalFailure(spec: AttemptSpec, startedAt: number, error: unknown): ResultRecord {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    ...identityOf(spec),
    ending: 'failed',
    lingered: false,
    failure: `The runner failed: ${message}`,
    exitCode: null,
    signal: null,
    startedAt,
    endedAt: now(),
    pid: null,
    result: null,
    channel: null,
    resultError: 'The runner failed before the result was read.',
    usage: null,
    costUsd: null,
    model: null,
    sessionId: null,
    lastLine: '',
  };
}

/** A full disk may be freed by a person: the result is worth waiting for them. */
const RECORD_TRIES = 60;
const RECORD_RETRY_MS = 1000;

async function writeRecord(folder: string, record: ResultRecord): Promise<void> {
  const file = join(folder, ATTEMPT_FILES.record);
  for (let left = RECORD_TRIES; ; left -= 1) {
    try {
      return await writeDurably(file, record);
    } catch (error) {
      if (left === 0) throw error;
      // The transcript is worth less than the result.
      truncateSync(join(folder, ATTEMPT_FILES.transcript), 0);
      await new Promise((resolve) => setTimeout(resolve, RECORD_RETRY_MS));
    }
  }
}
