import { containersFor } from './container-plan.ts';
import { defaultRate } from '../domain/adversarial/probe.ts';
import { chooseModel, modelNames } from '../domain/agents/offered-model.ts';
import { checkId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import type { ProviderRoutes } from '../domain/agents/provider-route.ts';
import type { AttachmentSource } from '../domain/loop/attachment.ts';
import type { Continuation } from '../domain/loop/config.ts';
import type { CrewMember, Part, Strategy } from '../domain/loop/model.ts';
import { DEFAULT_BUDGET_WARNING } from '../domain/loop/budget.ts';
import { DEFAULT_MODE, defaultMaxAgentRuns, IDLE_LIMIT_MS, MODE_POLICIES } from '../domain/loop/policy.ts';
import type { ListedProfile } from '../ports/agent-profiles.ts';
import { parseAgentSpec, type Crew } from '../protocol/agent-spec.ts';
import type { Settings } from '../protocol/settings.ts';
import { ALWAYS_THERE } from './presets.ts';
import { ableToAsk, isRouting, leavesRole, resolveCrew, ROLE_SETTINGS, routedCrew } from './resolve-crew.ts';
import { find, type SettingsLayer } from './settings-layers.ts';
import type { StartRequest } from './start-request.ts';

export { isRouting, wantsOtherFamily } from './resolve-crew.ts';
export type { SettingsLayer } from './settings-layers.ts';

export interface StartInput {
  /** Any folder in the repository, absolute. */
  readonly folder: string;
  readonly taskId: string | null;
  readonly description: string;
  readonly requirements: readonly string[];
  readonly acceptance: readonly string[];
  /** The strongest first: flags, front matter, the repository's configuration, the user's settings. */
  readonly layers: readonly SettingsLayer[];
  /** Presets that were found on this machine, preferred ones first; asked for only if some role names no agent. */
  readonly foundPresets: readonly string[];
  /** Presets whose CLI is here and shows traces of being signed in; looked for where validators are to be of another model family. */
  readonly signedInPresets?: readonly string[];
  /** Transfer points to be held before. */
  readonly breakpoints?: readonly number[];
  /** Files that agents get along with the task. */
  readonly attach?: readonly AttachmentSource[];
  /** It waits for its turn among the loops of this machine. */
  readonly queued?: boolean;
  /** The profiles that SPECs may name; without them any profile's id is taken, to check everything else. */
  readonly profiles?: readonly ListedProfile[];
  /** The table of providers; without it any provider is taken, to check everything else. */
  readonly routes?: ProviderRoutes;
  /** The finished loop at whose result this one begins. */
  readonly continuesTask?: Continuation;
}

/** True when some agent may be left to the default preset, so that the machine has to be searched for one. */
export function needsDefaultPreset(layers: readonly SettingsLayer[]): boolean {
  if (isRouting(layers)) return false;
  return (leavesRole(layers) || namesProfiles(layers)) && find(layers, 'preset') === null;
}

/** True when some SPEC names a profile, so that their folders have to be read. */
export function namesProfiles(layers: readonly SettingsLayer[]): boolean {
  const specs = ROLE_SETTINGS.flatMap((name) => find(layers, name)?.value ?? []);
  return specs.some((text) => {
    const spec = parseAgentSpec('', 'product-owner', text);
    return spec.ok && spec.value.program?.kind === 'profile';
  });
}

/** True when some agent's CLI may not be on this machine. */
export function needsAgentClis(crew: readonly CrewMember[]): boolean {
  return crew.some(({ program }) => program?.kind === 'preset' && program.preset !== ALWAYS_THERE);
}

/** Names the first agent whose CLI is unknown or not installed, in one sentence; null when all can start. */
export function findMissingCli(crew: readonly CrewMember[], agents: readonly DetectedAgent[]): string | null {
  for (const { id, program } of crew) {
    if (program?.kind !== 'preset' || program.preset === ALWAYS_THERE) continue;
    const agent = agents.find((one) => one.id === program.preset);
    if (!agent) {
      const presets = agents.map((one) => one.id).join(', ');
      return `The agent ${id} has the preset ${shown(program.preset)}, which does not exist; the presets are ${presets}.`;
    }
    if (agent.path === null && agent.missing !== undefined) {
      return `The agent ${id} cannot be started: ${agent.missing}`;
    }
    if (agent.path === null) {
      return `The agent ${id} needs ${agent.title}, which was not found on PATH; install it, or choose another preset such as demo.`;
    }
    if (agent.models && program.model !== undefined && !chooseModel(agent.models, program.model)) {
      return `The agent ${id} names the model ${shown(program.model)}, which VS Code does not offer; it offers ${modelNames(agent.models).join(', ')}.`;
    }
  }
  return null;
}

/** Merges and checks everything a loop is started with. Errors are one sentence that names the field. */
export function resolveStartRequest(input: StartInput): Result<StartRequest, string> {
  const { layers } = input;
  const checked = checkTask(input);
  if (!checked.ok) return checked;
  const { description } = checked.value;
  const said = merge(layers);
  const policy = MODE_POLICIES[said.mode];
  const crew = ableToAsk(said.permission, routedCrew(input, said, resolveCrew(input, policy.crew)));
  if (!crew.ok) return crew;
  const { note: crewNote } = crew.value;
  const votes = resolveVotes(layers, crew.value.members);
  if (!votes.ok) return votes;
  const work = resolveStrategy(layers, crew.value, description);
  if (!work.ok) return work;
  const means = resolveMeans(layers);
  if (!means.ok) return means;
  const running = crew.value.members.filter((member) => member.program !== null).length;
  const maxIterations = said.iterations ?? policy.maxIterations;
  return ok({
    folder: input.folder,
    taskId: input.taskId,
    requirements: input.requirements,
    acceptance: input.acceptance,
    deliverables: said.deliverables,
    priority: said.priority,
    mode: said.mode,
    gateThreshold: said.gate ?? policy.gateThreshold,
    consensusThreshold: said.consensus ?? policy.consensusThreshold,
    ...votes.value,
    ...(crewNote === undefined ? {} : { crewNote }),
    runsProofs: true,
    ...lookedAt(said),
    maxIterations,
    ...work.value,
    decidedBy: crew.value.decidedBy,
    evidence: said.evidence ?? null,
    includeDirty: said.includeDirty,
    totalLimitMs: said.timeout === undefined ? null : said.timeout * 1000,
    idleLimitMs: said.idleTimeout * 1000,
    maxAgentRuns: said.maxAgentRuns ?? defaultMaxAgentRuns(running, maxIterations),
    maxParallelAgents: said.maxParallelAgents ?? null,
    ...moneyOf(said),
    ...policiesOf(said),
    ...adversarialChecks(said, votes.value.crew),
    ...means.value,
    containers: containersFor(said),
    permission: said.permission,
    worktreeRoot: said.worktreeRoot ?? null,
    archiveAfterDays: said.archiveAfterDays,
    ...partial(said.sparse),
    ...skilled(said.skills),
    ...asAsked(input),
    ...checked.value,
  });
}

const lookedAt = ({
  coverage,
  mutationSample = 0,
  mutationScore,
}: Settings): Pick<StartRequest, 'inspects' | 'coverageThreshold' | 'mutationSample' | 'mutationScore'> => ({
  inspects: true,
  ...(coverage === undefined ? {} : { coverageThreshold: coverage }),
  ...(mutationSample > 0 ? { mutationSample } : {}),
  ...(mutationSample > 0 && mutationScore !== undefined ? { mutationScore } : {}),
});

/** How many reviews are looked into, where any are. */
function adversarialChecks(
  { adversarialRate, mode }: ReturnType<typeof merge>,
  crew: readonly CrewMember[],
): Pick<StartRequest, 'adversarialRate'> {
  const rate = adversarialRate ?? defaultRate(crew, MODE_POLICIES[mode].adversarialRate);
  return rate > 0 ? { adversarialRate: rate } : {};
}

/** Only what differs from the defaults, as loops of earlier versions had none of it. */
const policiesOf = ({
  onStall,
  proceedPolicy,
}: ReturnType<typeof merge>): Pick<StartRequest, 'onStall' | 'proceedPolicy'> => ({
  ...(onStall === 'go-on' ? {} : { onStall }),
  ...(proceedPolicy === '0/0' ? { proceedPolicy } : {}),
});

const moneyOf = (
  said: ReturnType<typeof merge>,
): Pick<StartRequest, 'budgetUsd' | 'onBudget' | 'budgetWarning'> => ({
  budgetUsd: said.budget ?? null,
  onBudget: said.onBudget,
  budgetWarning: said.budgetWarning,
});

/** Without folders, worktrees contain everything. */
const partial = (sparse: readonly string[] = []): Pick<StartRequest, 'sparse'> =>
  sparse.length > 0 ? { sparse } : {};

const skilled = (skills: readonly string[] = []): Pick<StartRequest, 'skills'> =>
  skills.length > 0 ? { skills: [...new Set(skills)] } : {};

/** What no setting says. */
const asAsked = ({
  breakpoints,
  queued = false,
  attach = [],
}: StartInput): Pick<StartRequest, 'attach' | 'breakpoints' | 'queued'> => ({
  attach,
  ...(breakpoints ? { breakpoints } : {}),
  ...(queued ? { queued } : {}),
});

function checkBase({
  continuesTask,
  layers,
}: StartInput): Result<Pick<StartRequest, 'continuesTask'>, string> {
  if (!continuesTask) return ok({});
  const dirty = find(layers, 'includeDirty');
  return dirty?.value === true
    ? err(`${dirty.label} cannot be used here: the loop begins at the result of ${continuesTask.taskId}.`)
    : ok({ continuesTask });
}

/** Agents with an empty task build something, and are sure of it; so there is none. */
function checkTask(input: StartInput): Result<Pick<StartRequest, 'description' | 'continuesTask'>, string> {
  const description = input.description.trim();
  if (description === '') return err('The task is empty; it takes a description of what is to be done.');
  const id = input.taskId === null ? ok('') : checkId('--task-id', input.taskId);
  if (!id.ok) return id;
  const base = checkBase(input);
  return base.ok ? ok({ description, ...base.value }) : base;
}

/** A finished loop's journal is its transaction log: active for 30 days, then archived. */
const ARCHIVE_AFTER_DAYS = 30;

const DEFAULTS = {
  mode: DEFAULT_MODE,
  deliverables: [],
  priority: 'normal',
  includeDirty: false,
  idleTimeout: IDLE_LIMIT_MS / 1000,
  onBudget: 'pause',
  budgetWarning: DEFAULT_BUDGET_WARNING,
  onStall: 'go-on',
  permission: 'edits',
  archiveAfterDays: ARCHIVE_AFTER_DAYS,
} as const satisfies Settings;

type Stated<S> = { [K in keyof S]-?: NonNullable<S[K]> };

function merge(layers: readonly SettingsLayer[]): Settings & Stated<Pick<Settings, keyof typeof DEFAULTS>> {
  const stated = (settings: Settings) =>
    Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return Object.assign({}, DEFAULTS, ...layers.map((layer) => stated(layer.settings)).reverse());
}

function resolveRuntime(layers: readonly SettingsLayer[]): Result<StartRequest['runtime'], string> {
  const { value, label } = find(layers, 'runtime') ?? { value: 'process', label: '' };
  if (value !== 'queue') return ok(value);
  return err(`${label} ${value} is not built yet; it takes process or container.`);
}

/** By what agents run and report. */
function resolveMeans(
  layers: readonly SettingsLayer[],
): Result<Pick<StartRequest, 'runtime' | 'reportBy' | 'agentMcp'>, string> {
  const runtime = resolveRuntime(layers);
  if (!runtime.ok) return runtime;
  const reporting = resolveReporting(layers);
  return reporting.ok ? ok({ runtime: runtime.value, ...reporting.value }) : reporting;
}

function resolveReporting(
  layers: readonly SettingsLayer[],
): Result<Pick<StartRequest, 'reportBy' | 'agentMcp'>, string> {
  const way = find(layers, 'reportBy') ?? { value: 'auto', label: '' };
  const mcp = find(layers, 'agentMcp');
  if (way.value === 'mcp' && mcp?.value === false)
    return err(`${way.label} is mcp, of which ${mcp.label} leaves agents none; leave out one of them.`);
  return ok({
    ...(way.value === 'auto' ? {} : { reportBy: way.value }),
    ...(mcp?.value === false ? { agentMcp: false } : {}),
  });
}

/** Weights without a rule mean the rule that they are for. */
function resolveVotes(
  layers: readonly SettingsLayer[],
  members: readonly CrewMember[],
): Result<Pick<StartRequest, 'consensusRule' | 'crew'>, string> {
  const given = find(layers, 'weights');
  const rule = find(layers, 'consensusRule');
  if (given === null) return ok({ crew: members, ...(rule ? { consensusRule: rule.value } : {}) });
  const weighing = weighed(members);
  const names = Object.keys(given.value);
  const stranger = names.find((name) => !weighing.some(({ id }) => id === name));
  if (stranger !== undefined) {
    const takes = weighing.map(({ id }) => id).join(', ');
    return err(`${given.label} names ${shown(stranger)}, whose vote has no weight; it takes ${takes}.`);
  }
  const ofScores = weighing.some(({ id, role }) => role === 'validator' && names.includes(id));
  if (ofScores && rule && rule.value !== 'weighted') {
    return err(`${given.label} counts under the rule weighted alone; ${rule.label} is ${rule.value}.`);
  }
  const weights = new Map(Object.entries(given.value));
  const crew = members.map((member) => {
    const weight = weighing.includes(member) ? weights.get(member.id) : undefined;
    return weight === undefined ? member : { ...member, weight };
  });
  if (ofScores) return ok({ consensusRule: 'weighted', crew });
  return ok({ crew, ...(rule ? { consensusRule: rule.value } : {}) });
}

/** All validators, and product owners where there are several. */
function weighed(members: readonly CrewMember[]): readonly CrewMember[] {
  const owners = members.filter(({ role }) => role === 'product-owner');
  return [...members.filter(({ role }) => role === 'validator'), ...(owners.length > 1 ? owners : [])];
}

function resolveStrategy(
  layers: readonly SettingsLayer[],
  crew: Crew,
  description: string,
): Result<{ readonly strategy: Strategy; readonly parts: readonly Part[] }, string> {
  const given = find(layers, 'parts');
  const strategy = find(layers, 'strategy')?.value ?? (given ? 'split' : 'race');
  const implementers = crew.members.filter((member) => member.role === 'implementer').length;
  const parts = (given?.value ?? []).map((part) => ({ task: part.task, files: part.files ?? [] }));
  if (given && parts.length !== implementers) {
    return err(
      `${given.label} has ${parts.length} entries for ${implementers} implementers; it takes one for each, so name the implementers in \`agents\` or by --implementer.`,
    );
  }
  if (strategy === 'race') return ok({ strategy, parts: [] });
  // Without parts of their own, all implementers of a split get the whole task and all of it is merged.
  const whole = Array.from({ length: implementers }, () => ({ task: description, files: [] }));
  return ok({ strategy, parts: given ? parts : whole });
}
