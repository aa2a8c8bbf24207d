/**
 * What a loop can be set to, by whichever way it is said. Flags, an epic's front matter, `.cfn/config.json`
 * and the user's own settings are all read by these fields, so that a value is right everywhere or nowhere.
 */
import { parseEgressRule } from '../domain/containers/egress.ts';
import { NETWORK_POLICIES } from '../domain/containers/networks.ts';
import { PLACES } from '../domain/containers/placement.ts';
import { parseMemory } from '../domain/containers/plan.ts';
import { parseJson } from './own-file.ts';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { REPORT_WAYS } from '../domain/agents/report-by.ts';
import {
  COMPLEXITIES,
  CONSENSUS_RULES,
  MODES,
  PROCEED_POLICIES,
  STALL_POLICIES,
  STRATEGIES,
  VALIDATOR_FAMILIES,
} from '../domain/loop/model.ts';
import { readFolders } from '../domain/worktree/cone.ts';
import { SKILL_NAME } from '../domain/mcp-servers/server.ts';
import { PERMISSION_MODES } from './attempt.ts';

const WEEK_SECONDS = 604_800;
const MOST_DAYS = 3650;
const line = z.string().check(z.refine((text) => text.trim() !== ''));
const lines = z.array(line);
const score = z.number().check(z.minimum(0), z.maximum(1));
const weight = z.number().check(z.gt(0), z.maximum(100));
const wholeNumber = (most: number) => z.int().check(z.minimum(1), z.maximum(most));

const partSchema = z.strictObject({ task: line, files: z.optional(z.array(line)) });

/** A sensible spelling of `evidence`: one command, several, or `none`. */
const evidenceSchema = z.pipe(
  z
    .union([
      z.pipe(
        line,
        z.transform((command) => [command]),
      ),
      lines.check(z.minLength(1)),
    ])
    .check(z.refine((commands) => commands.length === 1 || !commands.includes('none'))),
  z.transform((commands) => (commands[0] === 'none' ? [] : commands)),
);

/** `src, packages/a`, or a list of folders; empty for everything. */
const sparseSchema = z.pipe(
  z.pipe(
    z.union([z.string(), z.array(z.string())]),
    z.transform((given) => readFolders(typeof given === 'string' ? given.split(',') : given)),
  ),
  z.array(z.string()),
);

const runtimes = ['process', 'terminal', 'container', 'queue'] as const;

const settingsShape = {
  mode: z.optional(z.enum(MODES)),
  gate: z.optional(score),
  consensus: z.optional(score),
  consensusRule: z.optional(z.enum(CONSENSUS_RULES)),
  /** By validator, or product owner of a board. */
  weights: z.optional(z.record(z.string(), weight)),
  iterations: z.optional(wholeNumber(100)),
  strategy: z.optional(z.enum(STRATEGIES)),
  /** SPECs, checked when the crew is put together. */
  agents: z.optional(lines.check(z.minLength(1))),
  validators: z.optional(lines.check(z.minLength(1))),
  /** Several are a board. */
  productOwner: z.optional(z.union([line, lines.check(z.minLength(1))])),
  /** Commands; empty for `none`. */
  evidence: z.optional(evidenceSchema),
  /** The least share of changed lines that tests run; without it the share is only shown. */
  coverage: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
  /** Mutants of changed lines that are tried against tests that pass; 0: none. */
  mutationSample: z.optional(z.int().check(z.minimum(0), z.maximum(100))),
  /** The least share of them that tests notice; without it the share is only shown. */
  mutationScore: z.optional(score),
  /** Total limit of an attempt in seconds. */
  timeout: z.optional(wholeNumber(WEEK_SECONDS)),
  idleTimeout: z.optional(wholeNumber(WEEK_SECONDS)),
  /** US dollars for the whole loop. */
  budget: z.optional(z.number().check(z.minimum(0))),
  onBudget: z.optional(z.enum(['pause', 'stop'])),
  /** A share of the budget. */
  budgetWarning: z.optional(z.number().check(z.positive(), z.maximum(1))),
  onStall: z.optional(z.enum(STALL_POLICIES)),
  proceedPolicy: z.optional(z.enum(PROCEED_POLICIES)),
  /** The share of reviews that are looked into by a seeded fault. */
  adversarialRate: z.optional(score),
  validatorFamily: z.optional(z.enum(VALIDATOR_FAMILIES)),
  /** How agents are asked to report. */
  reportBy: z.optional(z.enum(REPORT_WAYS)),
  /** Whether agents are given the MCP server of their attempt. */
  agentMcp: z.optional(z.boolean()),
  priority: z.optional(line),
  deliverables: z.optional(lines),
  parts: z.optional(z.array(partSchema).check(z.minLength(1))),
  /** A task that is `high` goes to the provider for hard tasks, where providers are routed at all. */
  complexity: z.optional(z.enum(COMPLEXITIES)),
  /** A task that shall cost little. */
  costSensitive: z.optional(z.boolean()),
  /** Agents that nobody named a program for ask the provider that is chosen for them. */
  customRouting: z.optional(z.boolean()),
  /** Names of the table of providers. */
  highComplexityProvider: z.optional(line),
  costProvider: z.optional(line),
  defaultProvider: z.optional(line),
  /** The preset of every agent that nothing else was said about. */
  preset: z.optional(line),
  runtime: z.optional(z.enum(runtimes)),
  /** Of agents' containers. */
  image: z.optional(line),
  memory: z.optional(z.string().check(z.refine((text) => parseMemory(text) !== null))),
  cpus: z.optional(z.number().check(z.positive(), z.maximum(1024))),
  network: z.optional(z.enum(NETWORK_POLICIES)),
  allow: z.optional(z.array(z.string().check(z.refine((text) => parseEgressRule(text).ok)))),
  place: z.optional(z.enum(PLACES)),
  includeDirty: z.optional(z.boolean()),
  maxAgentRuns: z.optional(wholeNumber(10_000)),
  maxParallelAgents: z.optional(wholeNumber(256)),
  /** US dollars a calendar day over all loops of the user on this machine. */
  budgetPerDay: z.optional(z.number().check(z.minimum(0))),
  /** Agents at the same time over all loops of the user on this machine. */
  maxAgentsOnMachine: z.optional(wholeNumber(256)),
  permission: z.optional(z.enum(PERMISSION_MODES)),
  worktreeRoot: z.optional(line),
  /** Folders that agents' worktrees contain; empty for everything. */
  sparse: z.optional(sparseSchema),
  /** By which agents are given MCP servers. */
  skills: z.optional(z.array(z.string().check(z.regex(SKILL_NAME))).check(z.maxLength(32))),
  /** Days after their end in which loops keep plain journals and transcripts. */
  archiveAfterDays: z.optional(wholeNumber(MOST_DAYS)),
  /** Days for which rows stay in the index before they move into its archive. */
  auditDays: z.optional(wholeNumber(MOST_DAYS)),
  transactionDays: z.optional(wholeNumber(MOST_DAYS)),
};

const DAYS = `a whole number of days from 1 to ${MOST_DAYS}`;
/** What each field takes, as errors say it. */
const TAKES: Readonly<Record<SettingName, string>> = {
  mode: 'mvp, standard or enterprise',
  gate: 'a number from 0 to 1',
  consensus: 'a number from 0 to 1',
  consensusRule: 'mean, min or weighted',
  weights: 'a number above 0 and up to 100 for each validator or product owner, such as { security: 2 }',
  iterations: 'a whole number from 1 to 100',
  strategy: 'split or race',
  agents: 'a list of SPECs such as claude or api=claude',
  validators: 'a list of SPECs such as claude or reviewer=claude',
  productOwner: 'a SPEC, human or PRESET+human, or a list of them',
  evidence: 'a command, a list of commands, or none alone',
  coverage: 'a number from 0 to 1',
  mutationSample: 'a whole number from 0 to 100',
  mutationScore: 'a number from 0 to 1',
  timeout: 'whole seconds from 1 to 604800',
  idleTimeout: 'whole seconds from 1 to 604800',
  budget: 'US dollars, a number of at least 0',
  onBudget: 'pause or stop',
  budgetWarning: 'a number above 0 and up to 1',
  onStall: 'go-on, pause or stop',
  proceedPolicy: 'judged or 0/0',
  adversarialRate: 'a number from 0 to 1',
  validatorFamily: 'any or other',
  reportBy: 'auto, mcp, command, file or message',
  agentMcp: 'true or false',
  priority: 'a word such as high',
  deliverables: 'a list of texts',
  parts: 'a list of { task: TEXT, files: [GLOB] }',
  complexity: 'low, medium or high',
  costSensitive: 'true or false',
  customRouting: 'true or false',
  highComplexityProvider: 'the name of a provider such as anthropic',
  costProvider: 'the name of a provider such as zai',
  defaultProvider: 'the name of a provider such as kimi',
  preset: 'the name of a preset such as claude',
  runtime: 'process, container or queue',
  image: 'the name of an image such as cfn-agent:latest',
  memory: 'an amount such as 512m or 2g',
  cpus: 'cores, a number above 0 such as 1.5',
  network: 'none, internal, allowlist or open',
  allow: 'a list of hosts such as api.example.com, *.example.com or host.example.com:8443',
  place: 'engine or swarm',
  includeDirty: 'true or false',
  maxAgentRuns: 'a whole number from 1 to 10000',
  maxParallelAgents: 'a whole number from 1 to 256',
  budgetPerDay: 'US dollars, a number of at least 0',
  maxAgentsOnMachine: 'a whole number from 1 to 256',
  permission: 'edits, ask or full',
  worktreeRoot: 'a folder',
  sparse:
    'folders such as src or packages/a, from the root of the repository and without .. or *, or . for all',
  skills: 'a list of skills such as browser-automation',
  archiveAfterDays: DAYS,
  auditDays: DAYS,
  transactionDays: DAYS,
};

/** What a field takes, as errors and hovers say it. */
export const takes = (name: SettingName): string => TAKES[name];

const settingsSchema = z.strictObject(settingsShape);
export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof typeof settingsShape;
export const SETTING_NAMES = Object.keys(settingsShape).filter(isSettingName);

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settingsShape, name);
}

export interface SettingsProblem {
  /** The path of what is wrong, from the outermost field; empty when the whole is no mapping. */
  readonly path: readonly (string | number)[];
  /** One sentence; begins with the field's name. */
  readonly message: string;
}

export interface ParseOptions {
  readonly allowed: readonly SettingName[];
  /** How a field is called where it was given: `--max-iterations` for `iterations`. */
  readonly label?: (name: SettingName) => string;
  /** What is read, for a value that is no mapping: `The front matter`. */
  readonly whole?: string;
}

/** Only the first problem is told, so that it can be one sentence. */
export function parseSettings(raw: unknown, options: ParseOptions): Result<Settings, SettingsProblem> {
  const names = options.allowed;
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    return err({
      path: [],
      message: `${options.whole ?? 'The settings'} must be a mapping of names to values.`,
    });
  }
  const stranger = Object.keys(raw).find((key) => !isSettingName(key) || !names.includes(key));
  if (stranger !== undefined) {
    return err({
      path: [stranger],
      message: `${JSON.stringify(stranger.slice(0, 80))} is not known here; the names are ${names.join(', ')}.`,
    });
  }
  const parsed = settingsSchema.safeParse(raw);
  if (parsed.success) return ok(parsed.data);

  const path = (parsed.error.issues[0]?.path ?? []).map((step) =>
    typeof step === 'number' ? step : String(step),
  );
  const name = String(path[0]);
  if (!isSettingName(name)) return err({ path, message: 'The settings could not be read.' });
  const given = Object.entries(raw).find(([key]) => key === name)?.[1];
  const label = options.label?.(name) ?? name;
  return err({ path, message: `${label} is ${shown(given)}; it takes ${TAKES[name]}.` });
}

/** Keys of an epic's front matter, exactly. */
export const FRONT_MATTER_NAMES = [
  'mode',
  'gate',
  'consensus',
  'iterations',
  'strategy',
  'agents',
  'validators',
  'productOwner',
  'evidence',
  'timeout',
  'budget',
  'priority',
  'deliverables',
  'parts',
  'sparse',
  'consensusRule',
  'weights',
  'coverage',
  'proceedPolicy',
  'adversarialRate',
  'validatorFamily',
  'mutationSample',
  'mutationScore',
  'complexity',
  'costSensitive',
  'reportBy',
  'skills',
] as const satisfies readonly SettingName[];
export type FrontMatterName = (typeof FRONT_MATTER_NAMES)[number];

/** A task's own matters stand in its epic alone. */
const OF_ONE_TASK: ReadonlySet<SettingName> = new Set([
  'complexity',
  'deliverables',
  'parts',
  'priority',
  'weights',
]);
export const USER_SETTING_NAMES: readonly SettingName[] = SETTING_NAMES.filter(
  (name) => !OF_ONE_TASK.has(name),
);
/**
 * A repository that was just cloned must not be able to switch approvals off, to load the whole machine, or to choose whom
 * code and keys are sent to, in what that code runs and what it reaches from there.
 */
const OF_A_PERSON: ReadonlySet<SettingName> = new Set([
  'permission',
  'maxAgentsOnMachine',
  'budgetPerDay',
  'customRouting',
  'highComplexityProvider',
  'costProvider',
  'defaultProvider',
  'image',
  'network',
  'allow',
  'place',
]);
export const REPOSITORY_SETTING_NAMES: readonly SettingName[] = USER_SETTING_NAMES.filter(
  (name) => !OF_A_PERSON.has(name),
);

/**
 * Reads `.cfn/config.json` or the user's settings file. `version` (1), `$schema` and `redis` may stand in both; the
 * last one is read by whoever starts the coordination store (`redis-settings.ts`).
 * `file` begins the error's sentence.
 */
export function parseSettingsFile(
  file: string,
  text: string,
  allowed: readonly SettingName[],
): Result<Settings, string> {
  const read = parseJson(file, text);
  if (!read.ok) return read;
  let raw = read.value;
  if (raw !== null && typeof raw === 'object' && !Array.isArray(raw)) {
    const { version = 1, $schema: _schema, redis: _redis, ...rest } = raw as Record<string, unknown>;
    if (version !== 1) return err(`${file}: version is ${shown(version)}; it takes 1.`);
    raw = rest;
  }
  const personal = ofAPerson(raw).find((name) => !allowed.includes(name));
  if (personal !== undefined) {
    const flag = personal === 'permission' ? '--permission or ' : '';
    return err(`${file}: ${personal} is yours to set, not the repository's; use ${flag}your own settings.`);
  }
  const parsed = parseSettings(raw, { allowed, whole: 'the file' });
  return parsed.ok ? parsed : err(`${file}: ${parsed.error.message}`);
}

const ofAPerson = (raw: unknown): readonly SettingName[] =>
  raw !== null && typeof raw === 'object' ? [...OF_A_PERSON].filter((name) => Object.hasOwn(raw, name)) : [];

/** A number as people type it; `0x1f`, `1e9`, `0.85x`, an empty text and `NaN` are none. */
export function parseNumber(text: string): number | null {
  return /^-?(?:\d+(?:\.\d+)?|\.\d+)$/.test(text) ? Number(text) : null;
}
