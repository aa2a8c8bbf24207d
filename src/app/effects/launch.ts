import { agentContext } from '../../domain/agents/context.ts';
import type { Effect } from '../../domain/loop/effects.ts';
import type { FeedbackItem } from '../../domain/loop/events.ts';
import { feedbackFor } from '../../domain/loop/feedback.ts';
import { MODE_POLICIES, SCRIPTED_TOTAL_LIMIT_MS } from '../../domain/loop/policy.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import { presetOf, routeOf, type AgentProgram } from '../../domain/loop/model.ts';
import { composeProjectName } from '../../domain/worktree/naming.ts';
import type { AttemptSpec, ResultRecord } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { keys } from '../../protocol/keys.ts';
import { LoopFault, type AgentEnvironmentRequest, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import { furtherServers } from './further-servers.ts';
import { containerFor } from './container-for.ts';
import { promptFor } from './prompt-for.ts';
import type { Workplace } from './workplace.ts';

/** What a repair round is started with. */
export interface Repair {
  readonly error: string;
  readonly sessionId: string | null;
  /** What the session had used, so that the repair's own usage can be told. */
  readonly before: Pick<ResultRecord, 'usage' | 'costUsd'>;
  readonly transcriptTail: string;
}

export interface Attempt {
  readonly effect: Effect & { kind: 'run-agent' };
  readonly folder: string;
  readonly place: Workplace;
  readonly repair: Repair | null;
}

const COMPLETION_MS = 10_000;
const KILL_GRACE_MS = 1_000;
const REPAIR_LIMIT_MS = 120_000;

/** Writes the attempt's files and its ledger entry, then starts its runner. */
export async function launchAttempt(
  scope: LoopScope,
  attempt: Attempt,
  context: EffectContext,
): Promise<void> {
  const { effect, folder, place } = attempt;
  const program = programOf(scope.config, effect.agentId);
  const runToken = scope.ids.token();
  const nonce = scope.ids.token().slice(0, 12);
  const servers = await furtherServers(scope, attempt);
  const container = await containerFor(scope, attempt, {
    runToken,
    program,
    start: context.state().current?.start ?? scope.config.baseCommit,
  });
  const spec = { ...specOf(scope, attempt, { program, runToken, nonce, container }), ...servers.spec };
  const env = await environmentOf(scope, attempt, spec);
  await scope.folders.prepare({
    folder,
    spec,
    prompt: await promptFor(scope, attempt, spec, context.state()),
    context: contextOf(scope, spec, env, {
      feedback: feedbackFor(context.state(), effect.agentId),
      attachmentFolder: copiesIn(folder),
    }),
  });
  await giveAttachments(scope, spec, folder);
  await servers.giveSecrets(scope.folders, folder);
  await scope.ledger.record({
    kind: 'attempt',
    id: `attempt:${folder}`,
    taskId: spec.taskId,
    folder,
    runToken,
  });
  const title = `cfn · ${effect.agentId} · it ${effect.iteration}`;
  const runtime = scope.runtimes[holdsKey(program) ? 'process' : scope.config.runtime];
  const launched = await runtime.launch({ spec, folder, env, title }, context.signal);
  if (!launched.ok)
    throw new LoopFault(`${effect.agentId} could not be started in ${place.path}: ${launched.error.message}`);
}

/** An editor keeps the environment of its terminals on disk, to bring them back; no key of a route is to lie there. */
const holdsKey = (program: AgentProgram): boolean => (routeOf(program)?.keyVariable ?? null) !== null;

async function giveAttachments(scope: LoopScope, spec: AttemptSpec, folder: string): Promise<void> {
  const { attachments, taskId } = scope.config;
  if (!attachments) return;
  const given = await scope.attachments.copyTo(taskId, attachments, copiesIn(folder));
  if (!given.ok) throw new LoopFault(`${spec.agentId} could not be started: ${given.error}`);
}

const copiesIn = (folder: string): string => `${folder}/${ATTEMPT_FILES.attachments}`;

/** The loop keeps what was attached; the copies of an attempt that has ended are of no use any more. */
export async function discardAttachments(scope: LoopScope, { folder, effect }: Attempt): Promise<void> {
  if (!scope.config.attachments) return;
  await scope.attachments.discard(copiesIn(folder)).catch((error: unknown) => {
    scope.logger.warn(`Copies of attached files of ${effect.agentId} are left: ${String(error)}`);
  });
}

export function programOf(config: LoopConfig, agentId: string): AgentProgram {
  const program = config.crew.find((member) => member.id === agentId)?.program;
  if (!program) throw new LoopFault(`${agentId} has no program.`);
  return program;
}

/** The total limit in force: an explicit one, else 300 s for scripted programs, else the mode's. */
export function totalLimitMs(config: LoopConfig, program: AgentProgram): number {
  const scripted = program.kind === 'exec' || program.preset === 'demo';
  return (
    config.totalLimitMs ?? (scripted ? SCRIPTED_TOTAL_LIMIT_MS : MODE_POLICIES[config.mode].totalLimitMs)
  );
}

function specOf(
  scope: LoopScope,
  attempt: Attempt,
  own: {
    readonly program: AgentProgram;
    readonly runToken: string;
    readonly nonce: string;
    readonly container: Pick<AttemptSpec, 'container'>;
  },
): AttemptSpec {
  const { config } = scope;
  const { effect, place, repair } = attempt;
  return {
    version: 1,
    taskId: config.taskId,
    agentId: effect.agentId,
    role: effect.role,
    iteration: effect.iteration,
    attempt: effect.attempt,
    runToken: own.runToken,
    nonce: own.nonce,
    program: own.program.kind === 'exec' ? { ...own.program, argv: [...own.program.argv] } : own.program,
    permission: config.permission,
    cwd: config.prefix ? `${place.path}/${config.prefix}` : place.path,
    worktree: place.path,
    limits: {
      idleMs: config.idleLimitMs,
      totalMs: repair ? REPAIR_LIMIT_MS : totalLimitMs(config, own.program),
      completionMs: COMPLETION_MS,
      killGraceMs: KILL_GRACE_MS,
    },
    ...own.container,
    ...imagesOf(config, attempt),
    ...withoutMcp(config),
    ...(effect.role === 'validator' ? { scoreThreshold: config.consensusThreshold } : {}),
    repair: repair ? { error: repair.error, sessionId: repair.sessionId, before: repair.before } : null,
  };
}

const withoutMcp = ({ agentMcp }: LoopConfig): Pick<AttemptSpec, 'mcp'> =>
  agentMcp === false ? { mcp: false } : {};

/** A session that is gone on with has them. */
function imagesOf(config: LoopConfig, { folder, repair }: Attempt): Pick<AttemptSpec, 'images'> {
  const images = (config.attachments ?? []).filter(({ kind }) => kind === 'image');
  return repair || images.length === 0
    ? {}
    : { images: images.map(({ file }) => `${copiesIn(folder)}/${file}`) };
}

async function environmentOf(
  scope: LoopScope,
  attempt: Attempt,
  spec: AttemptSpec,
): Promise<Record<string, string>> {
  const { folder, place } = attempt;
  return scope.agentEnvironment({
    program: spec.program,
    taskId: spec.taskId,
    agentId: spec.agentId,
    provider: routeOf(spec.program)?.provider ?? presetOf(spec.program),
    role: spec.role,
    iteration: spec.iteration,
    attempt: spec.attempt,
    runToken: spec.runToken,
    nonce: spec.nonce,
    promptFile: `${folder}/${ATTEMPT_FILES.prompt}`,
    contextFile: `${folder}/${ATTEMPT_FILES.context}`,
    resultFile: `${folder}/${ATTEMPT_FILES.result}`,
    redisUrl: await storeUrl(scope, spec),
    totalLimitMs: spec.limits.totalMs,
    worktree: place.branch ? await isolation(scope, place.branch) : null,
    repairError: attempt.repair?.error ?? null,
  });
}

/** Null without a store: an agent can do its work all the same. */
async function storeUrl(scope: LoopScope, { taskId, agentId }: AttemptSpec): Promise<string | null> {
  const credential = await scope.coordination.credential(taskId);
  if (credential.ok) return credential.value.url;
  scope.logger.warn(`No coordination store for ${agentId}: ${credential.error.message}`);
  return null;
}

/** What keeps services that an agent starts apart from those of other worktrees. */
async function isolation(scope: LoopScope, branch: string): Promise<AgentEnvironmentRequest['worktree']> {
  const ports = await scope.portLeases.lease(branch);
  return {
    branch,
    composeProjectName: composeProjectName(branch, scope.repository.facts.id),
    ports: ports.ok ? ports.value : null,
  };
}

function contextOf(
  scope: LoopScope,
  spec: AttemptSpec,
  env: Readonly<Record<string, string>>,
  {
    feedback,
    attachmentFolder,
  }: { readonly feedback: readonly FeedbackItem[]; readonly attachmentFolder: string },
) {
  const { config } = scope;
  const redis = env['CFN_REDIS_URL'] ? new URL(env['CFN_REDIS_URL']) : null;
  return agentContext({
    taskId: config.taskId,
    agentId: spec.agentId,
    role: spec.role,
    iteration: spec.iteration,
    workspace: spec.cwd,
    redis: redis ? { host: redis.hostname, port: Number(redis.port) } : null,
    channels: {
      complete: keys.complete(config.taskId).name,
      error: keys.error(config.taskId).name,
      signal: keys.signal(config.taskId, spec.agentId).name,
    },
    memoryLimit: null,
    totalLimitMs: spec.limits.totalMs,
    description: config.description,
    requirements: config.requirements,
    priority: config.priority,
    deliverables: config.deliverables,
    acceptance: config.acceptance,
    feedback: feedback.map((item) => item.text),
    nonce: spec.nonce,
    scoreThreshold: spec.scoreThreshold ?? null,
    continuesTask: config.continuesTask ?? null,
    attachments: config.attachments ?? [],
    attachmentFolder,
  });
}
