import { ok, type Result } from '../base/result.ts';
import { presetOf, routeOf, type AgentProgram, type Role } from '../domain/loop/model.ts';
import type { LoopConfig } from '../domain/loop/config.ts';
import { ATTEMPT_FILES } from '../protocol/attempt-folder.ts';
import { estimateCost, type CostEstimate } from './cost-estimate.ts';
import { earlierRuns } from './earlier-runs.ts';
import { totalLimitMs } from './effects/launch.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import type { LoopError, StartPlan } from './loop-service.ts';
import { implementerPrompt, reviewPrompt } from './prompts.ts';
import { checkSparse } from './sparse.ts';
import { configFor, placeAt } from './start-loop.ts';

export interface DryRunDeps extends Pick<LoopDeps, 'repository' | 'folders' | 'readModel' | 'logger'> {
  /** What an agent's CLI would be started with; `out` stands for the folder of its result. */
  readonly agentCommand: (program: AgentProgram, permission: LoopConfig['permission']) => readonly string[];
}

export interface DryRunAgent {
  readonly agentId: string;
  readonly role: Role;
  /** `claude`, `exec`; `human` for a person. */
  readonly preset: string;
  /** The provider of a route; null: the one that its CLI is set up for. */
  readonly provider: string | null;
  /** Empty for a person. */
  readonly command: readonly string[];
  readonly totalLimitMs: number | null;
  /** Exactly what it is told in iteration 1, but for the stand-ins; null for a person. */
  readonly prompt: string | null;
}

/** What a start would do, with nothing of it done. */
export interface DryRun {
  readonly plan: StartPlan;
  readonly config: LoopConfig;
  readonly agents: readonly DryRunAgent[];
  /** Values in the prompts that only a real run has. */
  readonly standIns: readonly { readonly value: string; readonly standsFor: string }[];
  readonly cost: CostEstimate;
}

const NONCE = 'NONCE';
const DIFF = 'STAND-IN: the difference between the base and what the implementers made';
const EVIDENCE = 'STAND-IN: what each evidence command said';

/** Makes no loop, journal, worktree, branch or ref, and starts no agent. */
export async function dryRun(deps: DryRunDeps, plan: StartPlan): Promise<Result<DryRun, LoopError>> {
  const { continuesTask } = plan.request;
  // A snapshot of a dirty checkout would be a commit, so HEAD stands for it.
  const base = await deps.repository.resolve(continuesTask?.commit ?? 'HEAD');
  if (!base.ok) return fail(base.error.kind === 'refused' ? 'input' : 'internal', base.error.message);
  const place = await placeAt(deps.repository, base.value);
  if (!place.ok) return fail('internal', place.error.message);
  const checked = await checkSparse(deps.repository, configFor(plan, place.value, null));
  if (!checked.ok) return checked;
  const config = checked.value;
  return ok({
    plan,
    config,
    agents: config.crew.map(({ id, role, program }) => ({
      agentId: id,
      role,
      preset: presetOf(program),
      provider: routeOf(program)?.provider ?? null,
      command: program === null ? [] : deps.agentCommand(program, config.permission),
      totalLimitMs: program === null ? null : totalLimitMs(config, program),
      prompt: program === null ? null : promptOf(deps, config, { agentId: id, role }),
    })),
    standIns: standIns(plan, config),
    cost: estimateCost(config, await earlierRuns(deps)),
  });
}

function promptOf(
  { folders }: Pick<DryRunDeps, 'folders'>,
  config: LoopConfig,
  { agentId, role }: { readonly agentId: string; readonly role: Role },
): string {
  const attempt = { taskId: config.taskId, iteration: 1, agentId, attempt: 1, repair: false };
  const resultFile = `${folders.folder(attempt)}/${ATTEMPT_FILES.result}`;
  const attachmentFolder = `${folders.folder(attempt)}/${ATTEMPT_FILES.attachments}`;
  const prompt = { config, agentId, iteration: 1, nonce: NONCE, resultFile, attachmentFolder };
  if (role === 'implementer') {
    const index = config.crew.filter((each) => each.role === role).findIndex(({ id }) => id === agentId);
    return implementerPrompt({ ...prompt, part: config.parts[index] ?? null, feedback: [], ownDiff: null });
  }
  return reviewPrompt({
    ...prompt,
    role,
    code: { text: DIFF, truncated: false, command: '' },
    feedback: [],
    confidence: config.gateThreshold,
    evidence: config.evidence.length > 0 ? [EVIDENCE] : ['No command was run.'],
    unconfirmedFiles: [],
    consensus: role === 'product-owner' ? { score: config.consensusThreshold, findings: [] } : null,
  });
}

function standIns({ request }: StartPlan, config: LoopConfig): DryRun['standIns'] {
  return [
    { value: NONCE, standsFor: 'a random word of each attempt' },
    { value: DIFF, standsFor: 'the diff, up to 64 kB of it' },
    ...(config.evidence.length > 0
      ? [{ value: EVIDENCE, standsFor: 'status and counts of each command' }]
      : []),
    {
      value: `Original confidence: ${config.gateThreshold.toFixed(2)}`,
      standsFor: 'what the implementers claim; the gate lets nothing below this through',
    },
    {
      value: `Consensus ${config.consensusThreshold.toFixed(2)}, No findings.`,
      standsFor: 'what the validators say',
    },
    { value: 'nothing was reported', standsFor: 'issues that implementers name themselves' },
    ...(request.includeDirty
      ? [{ value: config.baseCommit, standsFor: 'a snapshot of the checkout with its uncommitted changes' }]
      : []),
  ];
}
