import { defaultRate } from '../domain/adversarial/probe.ts';
import { chooseModel, modelNames } from '../domain/agents/offered-model.ts';
import { checkId } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import type { AttachmentSource } from '../domain/loop/attachment.ts';
import type { Continuation } from '../domain/loop/config.ts';
import type { CrewMember, Part, Role, Strategy } from '../domain/loop/model.ts';
import { DEFAULT_BUDGET_WARNING } from '../domain/loop/budget.ts';
import { DEFAULT_MODE, defaultMaxAgentRuns, IDLE_LIMIT_MS, MODE_POLICIES } from '../domain/loop/policy.ts';
import type { ListedProfile } from '../ports/agent-profiles.ts';
import {
  editsNothing,
  parseAgentSpec,
  parseCrew,
  type Crew,
  type RoleSpecs,
} from '../protocol/agent-spec.ts';
import type { SettingName, Settings } from '../protocol/settings.ts';
import { findProfileIn } from './crew-profiles.ts';
import { ofOtherFamily, type NotedCrew } from './other-family.ts';
import type { StartRequest } from './start-request.ts';

/** Settings from one place, with the way its fields are called in errors. */
export interface SettingsLayer {
  readonly settings: Settings;
  readonly label: (name: SettingName) => string;
  /** All roles, already read; stands where SPECs of each role would. */
  readonly crew?: Crew;
}

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
  /** The finished loop at whose result this one begins. */
  readonly continuesTask?: Continuation;
}

const BY_ACP = '+acp';

/** Agent CLIs in the order in which one is chosen when nobody names one. */
export const PREFERRED_PRESETS = ['claude', 'codex', 'gemini', 'qwen', 'opencode', 'pi', 'copilot'] as const;
/** Every preset that a SPEC may name; the experimental ones and the scripted one are never chosen by themselves. */
export const KNOWN_PRESETS: readonly string[] = [
  ...PREFERRED_PRESETS,
  'cline',
  'aider',
  ...['claude', 'codex', 'gemini', 'qwen', 'opencode'].map((preset) => `${preset}${BY_ACP}`),
  'vscode',
  'demo',
];
export const NONE_FOUND = `No agent CLI was found (${PREFERRED_PRESETS.join(', ')})`;

const NO_AGENT_CLI = `${NONE_FOUND}; install one, name agents by --implementer, --validator and --product-owner, or try the scripted preset demo, which needs no model.`;

type Found<K extends SettingName> = {
  readonly value: NonNullable<Settings[K]>;
  readonly label: string;
};

/** Only the highest layer that says something about a field counts. */
function find<K extends SettingName>(layers: readonly SettingsLayer[], name: K): Found<K> | null {
  for (const layer of layers) {
    const value = layer.settings[name];
    if (value !== undefined && value !== null) return { value, label: layer.label(name) };
  }
  return null;
}

const ROLE_SETTINGS = ['agents', 'validators', 'productOwner'] as const;

/** True when some agent may be left to the default preset, so that the machine has to be searched for one. */
export function needsDefaultPreset(layers: readonly SettingsLayer[]): boolean {
  return (leavesRole(layers) || namesProfiles(layers)) && find(layers, 'preset') === null;
}

const leavesRole = (layers: readonly SettingsLayer[]): boolean =>
  !layers.some((layer) => layer.crew) && !ROLE_SETTINGS.every((name) => find(layers, name));

/** True when some SPEC names a profile, so that their folders have to be read. */
export function namesProfiles(layers: readonly SettingsLayer[]): boolean {
  const specs = ROLE_SETTINGS.flatMap((name) => find(layers, name)?.value ?? []);
  return specs.some((text) => {
    const spec = parseAgentSpec('', 'product-owner', text);
    return spec.ok && spec.value.program?.kind === 'profile';
  });
}

/** True when validators are to be of another model family, so that it has to be known what is signed in. */
export const wantsOtherFamily = (layers: readonly SettingsLayer[]): boolean =>
  find(layers, 'validatorFamily')?.value === 'other';

/** The scripted agents come with the loop, so they need not be looked for. */
const ALWAYS_THERE = 'demo';

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

/** Refuses an agent that could not ask a person; programs of the user decide for themselves. */
function ableToAsk<C extends Crew>(
  permission: StartRequest['permission'],
  crew: Result<C, string>,
): Result<C, string> {
  if (permission !== 'ask' || !crew.ok) return crew;
  for (const { id, program } of crew.value.members) {
    if (program?.kind !== 'preset' || program.preset === ALWAYS_THERE || editsNothing(program)) continue;
    const { preset } = program;
    if (preset.endsWith(BY_ACP)) continue;
    const other = `${preset}${BY_ACP}`;
    const instead = KNOWN_PRESETS.includes(other) ? other : `gemini${BY_ACP}`;
    return err(
      `permission is ask, and ${preset} of the agent ${id} cannot ask a person without a terminal; take ${instead}, which asks by the Agent Client Protocol (ACP), or the permission edits.`,
    );
  }
  return crew;
}

/** Merges and checks everything a loop is started with. Errors are one sentence that names the field. */
export function resolveStartRequest(input: StartInput): Result<StartRequest, string> {
  const { layers } = input;
  const checked = checkTask(input);
  if (!checked.ok) return checked;
  const { description } = checked.value;
  const said = merge(layers);
  const policy = MODE_POLICIES[said.mode];
  const crew = ableToAsk(said.permission, resolveCrew(input, policy.crew));
  if (!crew.ok) return crew;
  const { note: crewNote } = crew.value;
  const votes = resolveVotes(layers, crew.value.members);
  if (!votes.ok) return votes;
  const work = resolveStrategy(layers, crew.value, description);
  if (!work.ok) return work;
  const runtime = resolveRuntime(layers);
  if (!runtime.ok) return runtime;
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
    runtime: runtime.value,
    permission: said.permission,
    worktreeRoot: said.worktreeRoot ?? null,
    archiveAfterDays: said.archiveAfterDays,
    ...partial(said.sparse),
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
  if (value === 'process' || value === 'terminal') return ok(value);
  return err(`${label} ${value} is not built yet; it takes process.`);
}

function resolveCrew(
  input: StartInput,
  size: { readonly implementers: number; readonly validators: number },
): Result<NotedCrew, string> {
  // What is said below a whole crew says nothing about it.
  const crewAt = input.layers.findIndex((layer) => layer.crew);
  const layers = crewAt < 0 ? input.layers : input.layers.slice(0, crewAt);
  const stated = find(layers, 'preset');
  const kept = stated === null ? input.layers[crewAt]?.crew : undefined;
  const preset = stated?.value ?? input.foundPresets[0];
  if (preset === undefined && leavesRole(input.layers)) return err(NO_AGENT_CLI);
  const roleSpecs = (
    role: Role,
    name: 'agents' | 'validators' | 'productOwner',
    own: { readonly count: number; readonly preset: string | undefined },
  ): RoleSpecs => {
    const found = find(layers, name);
    if (found === null && kept) return keptSpecs(kept, role);
    if (found === null) {
      return {
        role,
        field: stated?.label ?? 'the default preset',
        specs: Array.from({ length: own.count }, () => own.preset ?? ''),
      };
    }
    return { role, field: found.label, specs: typeof found.value === 'string' ? [found.value] : found.value };
  };
  const profiles = input.profiles ?? null;
  const findFor = (fallback: string | undefined) =>
    findProfileIn({ profiles, fallback: fallback ?? null, noPreset: NO_AGENT_CLI });
  const crewWith = (forValidators: string | undefined): Result<Crew, string> => {
    const roles = [
      roleSpecs('implementer', 'agents', { count: size.implementers, preset }),
      roleSpecs('validator', 'validators', { count: size.validators, preset: forValidators }),
      roleSpecs('product-owner', 'productOwner', { count: 1, preset }),
    ];
    return parseCrew(roles, (field, reference, role) =>
      findFor(role === 'validator' ? forValidators : preset)(field, reference, role),
    );
  };
  const crew = crewWith(preset);
  return crew.ok && wantsOtherFamily(layers)
    ? ofOtherFamily(crew.value, { usable: usableIn(input), preset, crewWith })
    : crew;
}

/** The experimental ones are never chosen by themselves. */
const usableIn = ({ signedInPresets = [] }: StartInput): readonly string[] =>
  PREFERRED_PRESETS.filter((id) => signedInPresets.includes(id));

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

function keptSpecs(crew: Crew, role: Role): RoleSpecs {
  const members = crew.members.filter((member) => member.role === role);
  return {
    role,
    field: 'the crew',
    specs: members.map((member) => ({ member, decidedBy: crew.decidedBy })),
  };
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
