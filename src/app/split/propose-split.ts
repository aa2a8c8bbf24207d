/** One run of one agent outside of a loop, which takes a task apart. Nothing of it is left behind. */
import { err, ok, type Result } from '../../base/result.ts';
import type { ContainerPlan, ContainerWish } from '../../domain/containers/plan.ts';
import { MODE_POLICIES, IDLE_LIMIT_MS } from '../../domain/loop/policy.ts';
import { presetOf, type AgentProgram, type Part } from '../../domain/loop/model.ts';
import type { AgentSlot } from '../../ports/agent-slots.ts';
import type { Checkout, TaskGit } from '../../ports/worktrees.ts';
import type { AttemptContainer, AttemptSpec, ResultRecord } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { newsOf } from '../agents/account-news.ts';
import { holdWords } from '../agents/account-words.ts';
import type { LoopServiceDeps } from '../create-loop-service.ts';
import { finishedRecord } from '../effects/finished-record.ts';
import { placeBesideLoops } from '../code-places.ts';
import { attemptContainer } from '../effects/container-for.ts';
import { fail, gitFailure } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import { releaseNetworks } from '../recovery/reclaim-containers.ts';
import { findMissingCli, needsAgentClis } from '../resolve-start.ts';
import { checkPlan, type PlanMark } from './check-plan.ts';
import { splitPrompt, splitRepairPrompt, type SplitTask } from './split-prompt.ts';

export interface SplitRequest extends SplitTask {
  readonly program: AgentProgram;
  readonly permission: AttemptSpec['permission'];
  /** How containers are, where agents run in some. */
  readonly containers: ContainerWish;
  /** Null: as many as the agent finds. */
  readonly count: number | null;
  /** What it waits for, in one clause; null: nothing any more. */
  readonly onWait: (why: string | null) => void;
  readonly signal: AbortSignal;
}

export interface SplitProposal {
  readonly parts: readonly Part[];
  readonly marks: readonly PlanMark[];
  /** Null where the agent tells none. */
  readonly costUsd: number | null;
}

const AGENT = 'planner';
const CHECKOUTS = 'split-plans';
const COMPLETION_MS = 10_000;
const KILL_GRACE_MS = 1_000;
const REPAIR_LIMIT_MS = 120_000;
const TAIL_CHARACTERS = 4_000;
const CANCELLED = 'The split was cancelled.';

/** An agent that fails, and a plan that cannot be read after one repair, are errors of one sentence. */
export async function proposeSplit(
  deps: LoopServiceDeps,
  request: SplitRequest,
): Promise<Result<SplitProposal, LoopError>> {
  const { program, signal } = request;
  const place = await placeBesideLoops(deps, request.containers);
  if (!place.ok) return place;
  const crew = [{ id: AGENT, role: 'validator', program }] as const;
  const missing = needsAgentClis(crew) ? findMissingCli(crew, await deps.detectAgents()) : null;
  if (missing !== null) return fail('input', missing);
  const head = await deps.repository.resolve('HEAD');
  if (!head.ok) return gitFailure(head.error);
  const files = await deps.repository.files(head.value);
  if (!files.ok) return gitFailure(files.error);
  const taskId = `split-${deps.ids.token().slice(0, 8)}`;
  // Folders of its own for each run, so that two windows do not take each other's away; one task holds the checkouts.
  const task = deps.repository.task(CHECKOUTS);
  const alone = place.value !== null;
  const checkout = await task.checkout(head.value, taskId, signal, { alone });
  if (!checkout.ok) return signal.aborted ? fail('state', CANCELLED) : gitFailure(checkout.error);
  const planning: Planning = { deps, request, taskId, container: place.value, checkout: checkout.value };
  try {
    const planned = await inSlot(planning);
    if (signal.aborted) return fail('state', CANCELLED);
    if (!planned.ok) return fail('state', planned.error);
    const paths = files.value.map(({ path }) => path);
    return ok({ ...planned.value, marks: checkPlan(planned.value.parts, paths) });
  } catch (error) {
    if (signal.aborted) return fail('state', CANCELLED);
    throw error;
  } finally {
    await leaveNothing(planning, task);
  }
}

interface Planning {
  readonly deps: LoopServiceDeps;
  readonly request: SplitRequest;
  readonly taskId: string;
  /** Null: this machine. */
  readonly container: ContainerPlan | null;
  readonly checkout: Checkout;
}

type Planned = Result<Pick<SplitProposal, 'parts' | 'costUsd'>, string>;

async function inSlot(planning: Planning): Promise<Planned> {
  const { deps, request } = planning;
  const account = await deps.agentAccount(request.program);
  const slot = await deps.agentSlots.acquire(
    { folder: folderOf(planning, false), started: false, account },
    ({ running, limit, hold }) => {
      const held = account !== null && hold !== undefined;
      request.onWait(
        held
          ? `it is held: ${holdWords(account.name, hold, deps.clock.now())}`
          : `it waits for a slot: ${running} of ${limit} agents run on this machine`,
      );
    },
    request.signal,
  );
  request.onWait(null);
  try {
    return await plan(planning, slot);
  } finally {
    await slot.release();
  }
}

async function plan(planning: Planning, slot: AgentSlot): Promise<Planned> {
  const { deps, request } = planning;
  const first = await runOnce(planning, slot, null);
  if (!first.ok) return first;
  const parts = partsOf(first.value);
  if (parts !== null) return ok({ parts, costUsd: first.value.costUsd });
  if (request.signal.aborted) return err(CANCELLED);
  const error = first.value.resultError ?? 'No plan was reported.';
  const { sessionId, usage, costUsd } = first.value;
  const transcriptTail = await deps.folders.transcriptTail(folderOf(planning, false), TAIL_CHARACTERS);
  const repaired = await runOnce(planning, slot, {
    error,
    sessionId,
    before: { usage, costUsd },
    transcriptTail,
  });
  if (!repaired.ok) return repaired;
  const second = partsOf(repaired.value);
  if (second === null) {
    return err(`The agent gave no plan that can be read: ${repaired.value.resultError ?? error}`);
  }
  const known = costUsd !== null && repaired.value.costUsd !== null;
  return ok({ parts: second, costUsd: known ? costUsd + (repaired.value.costUsd ?? 0) : null });
}

const partsOf = ({ result }: ResultRecord): readonly Part[] | null =>
  result?.role === 'implementer' ? (result.parts ?? null) : null;

interface Repair {
  readonly error: string;
  readonly sessionId: string | null;
  readonly before: Pick<ResultRecord, 'usage' | 'costUsd'>;
  readonly transcriptTail: string;
}

/** The record of an agent that completed; everything else is why there is none. */
async function runOnce(
  planning: Planning,
  slot: AgentSlot,
  repair: Repair | null,
): Promise<Result<ResultRecord, string>> {
  const { deps, request } = planning;
  const folder = folderOf(planning, repair !== null);
  const launched = await launch(planning, folder, repair);
  if (!launched.ok) return launched;
  const record = await finishedRecord(deps, folder, request.signal);
  if (record === null || record === 'lost') return err('The agent is gone and left no plan.');
  const news = newsOf(record);
  if (news !== null) await slot.tell(news);
  if (record.ending === 'completed') return ok(record);
  return err(`The agent ended as "${record.ending}". ${record.failure ?? ''}`.trim());
}

async function launch(
  planning: Planning,
  folder: string,
  repair: Repair | null,
): Promise<Result<void, string>> {
  const { deps, request, taskId } = planning;
  const plain = specOf(planning, repair);
  const container = await containerOf(planning, plain);
  if (!container.ok) return container;
  const spec = { ...plain, ...(container.value ? { container: container.value } : {}) };
  const resultFile = `${folder}/${ATTEMPT_FILES.result}`;
  const about = { count: request.count, nonce: spec.nonce, resultFile };
  const env = await deps.agentEnvironment({
    program: request.program,
    taskId,
    agentId: AGENT,
    provider: presetOf(request.program),
    role: spec.role,
    iteration: 1,
    attempt: 1,
    runToken: spec.runToken,
    nonce: spec.nonce,
    promptFile: `${folder}/${ATTEMPT_FILES.prompt}`,
    contextFile: `${folder}/${ATTEMPT_FILES.context}`,
    resultFile,
    redisUrl: null,
    totalLimitMs: spec.limits.totalMs,
    worktree: null,
    repairError: repair?.error ?? null,
  });
  const { description, requirements, acceptance } = request;
  await deps.folders.prepare({
    folder,
    spec,
    prompt: repair === null ? splitPrompt(request, about) : splitRepairPrompt(repair, about),
    context: { taskId, description, requirements, acceptance, nonce: spec.nonce },
  });
  await deps.ledger.record({ kind: 'attempt', id: idOf(folder), taskId, folder, runToken: spec.runToken });
  const title = `cfn · ${AGENT}`;
  const launched = await deps.runtimes.process.launch({ spec, folder, env, title }, request.signal);
  return launched.ok ? ok(undefined) : err(`The agent could not be started: ${launched.error.message}`);
}

async function containerOf(
  { deps, request: { program }, container: plan }: Planning,
  { runToken, taskId, agentId }: AttemptSpec,
): Promise<Result<AttemptContainer | null, string>> {
  if (plan === null) return ok(null);
  return attemptContainer(deps, { plan, taskId, agentId, epoch: 0, runToken, program, mounts: [] });
}

function specOf({ deps, request, taskId, checkout }: Planning, repair: Repair | null): AttemptSpec {
  const { program, permission, count } = request;
  const { prefix } = deps.repository.facts;
  return {
    version: 1,
    taskId,
    agentId: AGENT,
    role: 'implementer',
    iteration: 1,
    attempt: 1,
    runToken: deps.ids.token(),
    nonce: deps.ids.token().slice(0, 12),
    program: program.kind === 'exec' ? { ...program, argv: [...program.argv] } : program,
    permission,
    cwd: prefix ? `${checkout.path}/${prefix}` : checkout.path,
    worktree: checkout.path,
    limits: {
      idleMs: IDLE_LIMIT_MS,
      totalMs: repair ? REPAIR_LIMIT_MS : MODE_POLICIES.mvp.totalLimitMs,
      completionMs: COMPLETION_MS,
      killGraceMs: KILL_GRACE_MS,
    },
    parts: { count },
    repair: repair && { error: repair.error, sessionId: repair.sessionId, before: repair.before },
  };
}

const folderOf = ({ deps, taskId }: Pick<Planning, 'deps' | 'taskId'>, repair: boolean): string =>
  deps.folders.folder({ taskId, iteration: 1, agentId: AGENT, attempt: 1, repair });

const idOf = (folder: string): string => `attempt:${folder}`;

/** What was killed in between, the ledger names for a clean-up, as of a loop that never started. */
async function leaveNothing(planning: Planning, task: TaskGit): Promise<void> {
  const { deps, taskId, container, checkout } = planning;
  await task.discard(checkout);
  await releaseNetworks({ ...deps, config: { container, taskId } });
  for (const repair of [false, true]) await deps.ledger.forget(idOf(folderOf(planning, repair)));
  await deps.files.remove(taskId);
}
