import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { SettingsLayer, StartInput } from '../app/resolve-start.ts';
import { routingOfEnvironment } from '../app/routing/routing-settings.ts';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { CODE_HELP } from './code-place.ts';
import { SET_UP_HELP } from './set-up.ts';
import { parseEpic } from '../protocol/epic-file.ts';
import { parseNumber, parseSettings, SETTING_NAMES, type SettingName } from '../protocol/settings.ts';
import { collect, loopCommand } from './arguments.ts';
import { readSettingsFiles, repositoryFolder } from './config-files.ts';
import type { MachineLimits } from './context.ts';
import type { CliIo } from './io.ts';

interface RunFlags {
  task?: string;
  epic?: string;
  repo?: string;
  taskId?: string;
  mode?: string;
  gate?: string;
  coverage?: string;
  mutationSample?: string;
  mutationScore?: string;
  consensus?: string;
  consensusRule?: string;
  weight?: readonly string[];
  maxIterations?: string;
  implementer?: readonly string[];
  validator?: readonly string[];
  productOwner?: readonly string[];
  strategy?: string;
  evidence?: readonly string[];
  runtime?: string;
  image?: string;
  memory?: string;
  cpus?: string;
  network?: string;
  allow?: readonly string[];
  place?: string;
  includeDirty?: boolean;
  onBudget?: string;
  budgetWarning?: string;
  onStall?: string;
  proceedPolicy?: string;
  adversarialRate?: string;
  validatorFamily?: string;
  reportBy?: string;
  agentMcp?: boolean;
  budget?: string;
  budgetPerDay?: string;
  timeout?: string;
  maxAgentRuns?: string;
  maxParallelAgents?: string;
  permission?: string;
  complexity?: string;
  costSensitive?: boolean;
  sparse?: readonly string[];
  skill?: readonly string[];
  breakpoint?: readonly string[];
  attach?: readonly string[];
  queue?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

const EPIC_FILE = '.cfn.md';

export function runCommand(): Command {
  return withStartOptions(
    loopCommand(
      'run',
      'Run the loop on an epic file or on a task in words, and follow it to its end.',
    ).argument('[epic]', 'an epic file, *.cfn.md'),
  );
}

export function continueCommand(): Command {
  return withStartOptions(
    loopCommand('continue', 'Go on from the result of a finished loop with one more wish, as a new loop.')
      .argument('<taskId>', 'the finished loop; its crew and settings count where no flag says otherwise')
      .argument('[epic]', 'an epic file, *.cfn.md'),
  );
}

function withContainerOptions(command: Command): Command {
  return command
    .option('--runtime <runtime>', 'process, or container: each agent in one (queue is not built yet)')
    .option('--image <image>', 'of the containers (default: cfn-agent:latest)')
    .option('--memory <amount>', 'of each container, such as 512m or 2g (default: 1g, in mvp 512m)')
    .option('--cpus <n>', 'cores of each container (default: 1)')
    .option(
      '--network <network>',
      'of the containers: open, allowlist (default in enterprise), internal or none',
    )
    .option('--allow <host>', 'that containers reach under allowlist, once for each', collect)
    .option('--place <place>', 'of agents: engine (default), or swarm: the nodes of its Swarm');
}

function withStartOptions(given: Command): Command {
  return withContainerOptions(given)
    .option('--task <text>', 'the task in words, instead of an epic file')
    .option('--epic <text>', 'the same as --task; a name that ends in .cfn.md is read as an epic file')
    .option('--mode <mode>', 'mvp, standard or enterprise (default: standard)')
    .option('--task-id <id>', 'names the loop; a loop in progress is followed')
    .option('--gate <n>', 'least confidence, 0 to 1')
    .option('--consensus <n>', 'least score of the validators together, 0 to 1')
    .option('--consensus-rule <rule>', 'mean (default), min (the lowest score counts) or weighted')
    .option(
      '--weight <name=n>',
      "how much a validator's score, or a product owner's vote on a board, weighs; once for each",
      collect,
    )
    .option('--max-iterations <n>', '1 to 100 (default: 10)')
    .option('--implementer <spec>', 'PRESET, NAME=PRESET or NAME=exec:COMMAND LINE; once for each', collect)
    .option('--validator <spec>', 'the same for validators', collect)
    .option('--product-owner <spec>', 'the same, or human, or PRESET+human; several are a board', collect)
    .option('--adversarial-rate <share>', 'of reviews that are looked into by a seeded fault, 0 to 1')
    .option(
      '--validator-family <family>',
      'any (default), or other: validators without a preset of their own get one of another model family',
    )
    .option('--proceed-policy <policy>', 'judged (default), or 0/0: with nothing open alone')
    .option('--strategy <strategy>', 'split (all parts are merged) or race (the best goes on)')
    .option('--coverage <n>', 'least share of changed lines that tests run, 0 to 1')
    .option(
      '--mutation-sample <n>',
      'changed lines made wrong, one at a time, to see whether tests notice (default: 0)',
    )
    .option('--mutation-score <n>', 'least share of those faults that tests notice, 0 to 1')
    .option('--evidence <command>', 'a command that tells good from bad, or none; once for each', collect)
    .option(
      '--report-by <way>',
      'mcp, command, file or message: the one way in which agents are asked to report',
    )
    .option('--no-agent-mcp', 'agents get no MCP server of their attempt')
    .option('--include-dirty', 'start from the checkout as it is, not from HEAD')
    .option('--budget <usd>', 'US dollars for the whole loop')
    .option(
      '--budget-per-day <usd>',
      'US dollars a calendar day over all loops of this machine, for what this command starts',
    )
    .option('--on-budget <what>', 'pause or stop (default: pause)')
    .option('--budget-warning <share>', 'share of the budget at which it is told (default: 0.8)')
    .option('--on-stall <what>', 'when iterations come no nearer: go-on, pause or stop (default: go-on)')
    .option('--timeout <seconds>', 'total limit of one attempt')
    .option('--max-agent-runs <n>', 'agents started at most (default: 40, or the crew times the iterations)')
    .option('--max-parallel-agents <n>', 'agents running at the same time')
    .option('--complexity <how>', 'low, medium or high: which provider is asked where routing is on')
    .option('--cost-sensitive', 'the task shall cost little: which provider is asked where routing is on')
    .option(
      '--permission <mode>',
      'edits (default), ask a person (agents by ACP only), or full: approvals bypassed',
    )
    .option(
      '--sparse <folders>',
      "the folders that agents' worktrees contain, separated by commas (default: everything)",
      collect,
    )
    .option('--skill <name>', 'by which agents are given MCP servers; once for each', collect)
    .option('--set-up <how>', SET_UP_HELP)
    .option('--code <where>', CODE_HELP)
    .option(
      '--breakpoint <point>',
      'hold the loop before this transfer point, 1 to 7; once for each',
      collect,
    )
    .option(
      '--attach <file>',
      'a file or picture that agents get along with the task; once for each',
      collect,
    )
    .option('--queue', 'wait until no other loop is at work on this machine, in the order of asking')
    .option('--dry-run', 'show every prompt and what it may cost; make nothing, start nothing')
    .option('--json', 'one JSON object a line on standard output');
}

export interface RunInput {
  /** All but the presets found on this machine. The description is empty when none was given. */
  readonly start: Omit<StartInput, 'foundPresets'>;
  /** So many of its layers, the strongest, were said for this loop alone: flags, environment, epic. */
  readonly ownLayers: number;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly warnings: readonly string[];
  /** What this command was given in place of the user's own settings of the machine. */
  readonly limits: MachineLimits;
}

/** Reads flags, the epic and the settings files. Nothing is created, and no core is needed for it. */
export async function readRunInput(
  command: Command,
  io: CliIo,
  epic: string | undefined,
): Promise<Result<RunInput, string>> {
  const flags = command.opts<RunFlags>();
  const asked = readFlags(flags, io.cwd);
  if (!asked.ok) return asked;
  const environment = environmentLayer(io);
  if (!environment.ok) return environment;
  const folder = await repositoryFolder(io, flags.repo);
  if (!folder.ok) return folder;
  const task = await readTask(flags, epic, io);
  if (!task.ok) return task;
  const files = await readSettingsFiles(io, folder.value);
  if (!files.ok) return files;
  const { warnings, layers, ...described } = task.value;
  const own = [asked.value.layer, ...environment.value, ...layers];
  return ok({
    start: {
      folder: folder.value,
      taskId: flags.taskId ?? null,
      ...described,
      ...asked.value.beside,
      layers: [...own, ...files.value],
    },
    ownLayers: own.length,
    dryRun: flags.dryRun === true,
    json: flags.json ?? false,
    warnings,
    limits: limitsOf(asked.value.layer),
  });
}

const limitsOf = ({ settings: { budgetPerDay } }: SettingsLayer): MachineLimits =>
  budgetPerDay === undefined ? {} : { budgetPerDay };

/** What flags say as settings, and what only they can say. */
function readFlags(
  flags: RunFlags,
  cwd: string,
): Result<{ readonly layer: SettingsLayer; readonly beside: Beside }, string> {
  const layer = flagLayer(flags);
  if (!layer.ok) return layer;
  const breakpoints = readBreakpoints(flags.breakpoint);
  if (!breakpoints.ok) return breakpoints;
  const { attach = [], queue: queued = false } = flags;
  const attached = attach.map((path) => ({ path: resolve(cwd, path) }));
  return ok({ layer: layer.value, beside: { ...breakpoints.value, attach: attached, queued } });
}

type Beside = Pick<StartInput, 'attach' | 'breakpoints' | 'queued'>;

function readBreakpoints(
  words: readonly string[] | undefined,
): Result<Pick<StartInput, 'breakpoints'>, string> {
  const wrong = words?.find((word) => !/^[1-7]$/.test(word));
  if (wrong !== undefined)
    return err(`--breakpoint is ${shown(wrong)}; it takes a transfer point from 1 to 7.`);
  return ok(words ? { breakpoints: words.map(Number) } : {});
}

const FLAG_NAMES: Partial<Record<SettingName, string>> = {
  iterations: '--max-iterations',
  agents: '--implementer',
  validators: '--validator',
  weights: '--weight',
  agentMcp: '--no-agent-mcp',
};

const flagName = (name: SettingName): string =>
  FLAG_NAMES[name] ?? `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** What is no NAME=NUMBER stays a text, so that the field itself says what it takes. */
function weightsOf(given: readonly string[] | undefined): unknown {
  const pairs = given?.map((text) => {
    const [name = '', figure = '', ...rest] = text.split('=');
    const weight = name === '' || rest.length > 0 ? null : parseNumber(figure);
    return weight === null ? null : ([name, weight] as const);
  });
  const named = pairs?.filter((pair) => pair !== null);
  return named?.length === pairs?.length ? named && Object.fromEntries(named) : given?.join(' ');
}

function flagLayer(flags: RunFlags): Result<SettingsLayer, string> {
  if (flags.runtime === 'terminal') {
    return err('--runtime is "terminal"; it takes process, container or queue.');
  }
  // What is no number stays a text, so that the field itself says what it takes.
  const number = (text: string | undefined) => (text === undefined ? text : (parseNumber(text) ?? text));
  const given: Partial<Record<SettingName, unknown>> = {
    mode: flags.mode,
    gate: number(flags.gate),
    coverage: number(flags.coverage),
    mutationSample: number(flags.mutationSample),
    mutationScore: number(flags.mutationScore),
    consensus: number(flags.consensus),
    consensusRule: flags.consensusRule,
    weights: weightsOf(flags.weight),
    iterations: number(flags.maxIterations),
    strategy: flags.strategy,
    agents: flags.implementer,
    validators: flags.validator,
    productOwner: flags.productOwner?.length === 1 ? flags.productOwner[0] : flags.productOwner,
    evidence: flags.evidence,
    runtime: flags.runtime,
    image: flags.image,
    memory: flags.memory,
    cpus: number(flags.cpus),
    network: flags.network,
    allow: flags.allow,
    place: flags.place,
    includeDirty: flags.includeDirty,
    budget: number(flags.budget),
    budgetPerDay: number(flags.budgetPerDay),
    onBudget: flags.onBudget,
    budgetWarning: number(flags.budgetWarning),
    onStall: flags.onStall,
    proceedPolicy: flags.proceedPolicy,
    adversarialRate: number(flags.adversarialRate),
    validatorFamily: flags.validatorFamily,
    reportBy: flags.reportBy,
    // Without the flag it is true, which nobody said.
    agentMcp: flags.agentMcp === false ? false : undefined,
    timeout: number(flags.timeout),
    maxAgentRuns: number(flags.maxAgentRuns),
    maxParallelAgents: number(flags.maxParallelAgents),
    permission: flags.permission,
    complexity: flags.complexity,
    costSensitive: flags.costSensitive,
    sparse: flags.sparse?.join(','),
    skills: flags.skill,
  };
  return layer(given, flagName);
}

/** As the seeds' scripts take them; the timeout in seconds. */
const OF_SCRIPTS = {
  timeout: 'AGENT_TIMEOUT',
  memory: 'AGENT_MEMORY_LIMIT',
  cpus: 'AGENT_CPU_LIMIT',
} as const;

/** What variables say of agents' limits, and of routing. */
function environmentLayer(io: CliIo): Result<readonly SettingsLayer[], string> {
  const routing = routingOfEnvironment(io.env);
  if (!routing.ok) return routing;
  const routed = routing.value === null ? [] : [routing.value];
  const given = Object.entries(OF_SCRIPTS).flatMap(([name, variable]) => {
    const text = io.env[variable];
    return text ? [[name, name === 'memory' ? text : (parseNumber(text) ?? text)]] : [];
  });
  if (given.length === 0) return ok(routed);
  const read = layer(Object.fromEntries(given), (name) => OF_SCRIPTS[name as keyof typeof OF_SCRIPTS]);
  return read.ok ? ok([read.value, ...routed]) : read;
}

function layer(
  given: Partial<Record<SettingName, unknown>>,
  label: (name: SettingName) => string,
): Result<SettingsLayer, string> {
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const settings = parseSettings(stated, { allowed: SETTING_NAMES, label });
  return settings.ok ? ok({ settings: settings.value, label }) : err(settings.error.message);
}

interface Task {
  readonly description: string;
  readonly requirements: readonly string[];
  readonly acceptance: readonly string[];
  readonly layers: readonly SettingsLayer[];
  readonly warnings: readonly string[];
}

async function readTask(flags: RunFlags, file: string | undefined, io: CliIo): Promise<Result<Task, string>> {
  const given = [file, flags.task, flags.epic].filter((one) => one !== undefined);
  if (given.length > 1) return err('The task is given twice; it takes an epic file or --task TEXT.');
  const [task] = given;
  if (task === undefined) {
    // A loop in progress is followed by its id alone.
    if (flags.taskId !== undefined) return ok(words(''));
    return err('No task is given; it takes an epic file (*.cfn.md) or --task TEXT.');
  }
  const isFile = file !== undefined || (flags.epic !== undefined && task.endsWith(EPIC_FILE));
  return isFile ? readEpic(task, io) : wordsOf(flags.epic === undefined ? '--task' : '--epic', task);
}

const wordsOf = (flag: string, task: string): Result<Task, string> =>
  task.trim() === '' ? err(`${flag} is empty; it takes a description of the task.`) : ok(words(task));

function words(description: string): Task {
  return { description, requirements: [], acceptance: [], layers: [], warnings: [] };
}

async function readEpic(file: string, io: CliIo): Promise<Result<Task, string>> {
  if (!file.endsWith(EPIC_FILE)) {
    return err(`The epic is ${shown(file)}; it takes a file whose name ends in .cfn.md, or --task TEXT.`);
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(resolve(io.cwd, file)));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it is not UTF-8';
    return err(`The epic ${shown(file)} could not be read (${reason}); it takes a text file.`);
  }
  const name = basename(file);
  const epic = parseEpic(text);
  if (!epic.ok) return err(`${name} line ${epic.error.line}: ${epic.error.message}`);
  const { settings, warnings, ...described } = epic.value;
  return ok({
    ...described,
    layers: [{ settings, label: (field) => `${name}: ${field}` }],
    warnings: warnings.map(({ line, message }) => `${name} line ${line}: ${message}`),
  });
}
