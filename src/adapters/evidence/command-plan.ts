import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageManagerOf, readManifest, readScriptCall, type PackageManager } from './package-scripts.ts';
import { onlyPrints, splitShellLine, withoutAssignments, type Segment } from './shell-line.ts';

/** `jest` is also what vitest writes. */
export type ReportFormat = 'jest' | 'mocha' | 'node' | 'junit';

/** How a command is run so that we can read what it checked. */
export type CommandPlan =
  /** A package script that only prints or exits: no check at all. */
  | { readonly kind: 'no-check' }
  | { readonly kind: 'exit-code'; readonly command: string }
  | {
      readonly kind: 'report-file';
      readonly command: string;
      readonly env: Readonly<Record<string, string>>;
      readonly path: string;
      readonly format: ReportFormat;
    }
  | { readonly kind: 'output'; readonly command: string; readonly format: 'go' | 'cargo' };

export interface PlanRequest {
  readonly command: string;
  /** Where the command runs: its `package.json` says what `npm test` means. */
  readonly folder: string;
  /** Outside the checkout; holds the report and `NODE_REPORTER_FILE`. */
  readonly reportFolder: string;
  readonly env: Readonly<Record<string, string>>;
}

export const NODE_REPORTER_FILE = 'reporter.mjs';

type Runner = 'vitest' | 'jest' | 'mocha' | 'node' | 'pytest';
const MAX_DEPTH = 5;

/**
 * Adds the runner's own machine-readable reporter where the command is recognisably a runner, also behind
 * package scripts. The report is a file outside the checkout, so that nothing printed can pass for it; code
 * that runs inside the runner's process can still forge it, which the run with restored tests limits.
 */
export async function planCommand(request: PlanRequest): Promise<CommandPlan> {
  const { command } = request;
  const asItIs: CommandPlan = { kind: 'exit-code', command };
  const native = planNative(command);
  if (native) return native;
  const segments = splitShellLine(command);
  if (!segments) return asItIs;
  const found = await findRunner(request.folder, segments, 0);
  if (found === 'only-prints') return { kind: 'no-check' };
  return found ? withReporter(request, found) : asItIs;
}

function planNative(command: string): CommandPlan | null {
  const go = /^\s*go\s+test\b(?!\S)/.exec(command);
  const cargo = /^\s*cargo(?:\s+\+\S+)?\s+test\b(?!\S)/.exec(command);
  const start = go ?? cargo;
  if (!start || splitShellLine(command)?.length !== 1) return null;
  const rest = command.slice(start[0].length);
  if (go) return { kind: 'output', format: 'go', command: `${go[0]}${addFlag('-json', rest)}` };
  // Both streams in one, because the names of the test programs are on the other one.
  return { kind: 'output', format: 'cargo', command: `${start[0]}${addFlag('--no-fail-fast', rest)} 2>&1` };
}
const addFlag = (flag: string, rest: string): string =>
  rest.split(/\s+/).includes(flag) ? rest : ` ${flag}${rest}`;

interface Found {
  readonly runner: Runner;
  /** Its words as written, to see what it already sets. */
  readonly words: readonly string[];
  /** True when what is appended to the whole command reaches the runner. */
  readonly reachable: boolean;
  /** Package managers between the command and the runner, outermost first, that want `--` before arguments. */
  readonly separators: number;
}

async function findRunner(
  folder: string,
  segments: readonly Segment[],
  depth: number,
): Promise<Found | 'only-prints' | null> {
  if (depth > MAX_DEPTH || segments.some((segment) => segment.operator === '||')) return null;
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    const plain: Segment = { words: withoutAssignments(segment.words), operator: segment.operator };
    const called = await findBehindScript(folder, plain, depth);
    if (called === 'only-prints') {
      if (segments.length === 1) return called;
      continue;
    }
    if (called)
      return { ...called, words: [...segment.words, ...called.words], reachable: called.reachable && last };
    const runner = runnerOf(plain.words);
    if (runner) return { runner, words: segment.words, reachable: last, separators: 0 };
  }
  return null;
}

async function findBehindScript(
  folder: string,
  segment: Segment,
  depth: number,
): Promise<Found | 'only-prints' | null> {
  const call = readScriptCall(segment);
  if (!call) return null;
  const manifest = await readManifest(folder);
  const script = manifest?.scripts[call.script];
  if (script === undefined) return null;
  if (onlyPrints(script)) return 'only-prints';
  const inner = splitShellLine(script);
  const found = inner ? await findRunner(folder, inner, depth + 1) : null;
  if (!found || found === 'only-prints') return found;
  return { ...found, separators: found.separators + separators(call.manager, call.passesArguments) };
}
const separators = (manager: PackageManager, passesArguments: boolean): number =>
  manager === 'npm' && !passesArguments ? 1 : 0;

/** Programs that only start another one named after them. */
const STARTERS = new Set(
  'npx bunx c8 nyc dotenv uv poetry pipenv pdm hatch rye coverage python python3 py exec run time xvfb-run pnpm yarn -- react-scripts'.split(
    ' ',
  ),
);
const NOT_A_TEST_RUN = new Set([
  'bench',
  'list',
  'init',
  'typecheck',
  '--version',
  '--help',
  '--watch',
  '-w',
  '--ui',
]);

function runnerOf(words: readonly string[]): Runner | null {
  if (words.some((word) => NOT_A_TEST_RUN.has(word))) return null;
  const program = baseName(words[0] ?? '');
  if (program === 'node' || program === 'tsx') {
    if (words.includes('--test')) return 'node';
    return asRunner(baseName(words.slice(1).find((word) => !word.startsWith('-')) ?? ''));
  }
  if (program === 'react-scripts') return words[1] === 'test' ? 'jest' : null;
  for (const word of words) {
    const name = baseName(word);
    const runner = asRunner(name);
    if (runner) return runner;
    if (!STARTERS.has(name) && !word.startsWith('-')) return null;
  }
  return null;
}

const baseName = (word: string): string =>
  basename(word.replaceAll('\\', '/')).replace(/\.(?:cmd|exe|[cm]?js)$/, '');
function asRunner(name: string): Runner | null {
  if (name === 'vitest' || name === 'jest' || name === 'mocha' || name === 'pytest') return name;
  if (name === '_mocha') return 'mocha';
  return name === 'py.test' ? 'pytest' : null;
}

/** Options with which a command directs its report itself; adding ours would break one of the two. */
const OWN_REPORT: Readonly<Record<Runner, RegExp>> = {
  vitest: /^--outputFile/,
  jest: /^--(?:json|outputFile)/,
  mocha: /^(?:--reporter|-R$|--reporter-options?|-O$)/,
  node: /^(?:--test-reporter|NODE_OPTIONS=)/,
  pytest: /^(?:--junit|PYTEST_ADDOPTS=)/,
};

function withReporter(request: PlanRequest, found: Found): CommandPlan {
  const { command, reportFolder } = request;
  if (found.words.some((word) => OWN_REPORT[found.runner].test(word))) return { kind: 'exit-code', command };
  const file = (name: string) => join(reportFolder, name);
  switch (found.runner) {
    case 'node': {
      const reporter = pathToFileURL(file(NODE_REPORTER_FILE)).href;
      const path = file('report.ndjson');
      const options = [
        request.env['NODE_OPTIONS'] ?? '',
        `--test-reporter=${reporter}`,
        nodeOption('--test-reporter-destination', path),
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
      ];
      const env = { NODE_OPTIONS: options.join(' ').trim() };
      return { kind: 'report-file', command, env, path, format: 'node' };
    }
    case 'pytest': {
      const path = file('report.xml');
      const options = [request.env['PYTEST_ADDOPTS'] ?? '', posixQuoted(`--junitxml=${path}`)];
      const env = { PYTEST_ADDOPTS: options.join(' ').trim() };
      return { kind: 'report-file', command, env, path, format: 'junit' };
    }
    case 'vitest':
    case 'jest':
    case 'mocha': {
      if (!found.reachable) return { kind: 'exit-code', command };
      const path = file('report.json');
      const added = [
        '--'.concat(' ').repeat(found.separators).trim(),
        ...reporterArguments(found.runner, path),
      ];
      return {
        kind: 'report-file',
        command: [command.trimEnd(), ...added.filter((word) => word !== '')].join(' '),
        env: {},
        path,
        format: found.runner === 'mocha' ? 'mocha' : 'jest',
      };
    }
  }
}

function reporterArguments(runner: 'vitest' | 'jest' | 'mocha', path: string): string[] {
  const target = shellQuoted(path);
  // One output file for all reporters, because a name in the configuration would win over one per reporter.
  if (runner === 'vitest') return ['--reporter=default', '--reporter=json', `--outputFile=${target}`];
  if (runner === 'jest') return ['--json', `--outputFile=${target}`];
  return ['--reporter', 'json', '--reporter-option', `output=${target}`];
}

/** Node splits `NODE_OPTIONS` at spaces; double quotes hold a value together and a backslash escapes. */
const nodeOption = (name: string, value: string): string =>
  `"${`${name}=${value}`.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
const posixQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
function shellQuoted(path: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(path) && (process.platform === 'win32' || !path.includes('\\'))) return path;
  return process.platform === 'win32' ? `"${path}"` : posixQuoted(path);
}

/** The command that a package's `test` script is run by. */
export async function scriptTestCommand(folder: string): Promise<string | null> {
  const manifest = await readManifest(folder);
  const script = manifest?.scripts['test'];
  if (!manifest || script === undefined || onlyPrints(script)) return null;
  return `${packageManagerOf(folder, manifest)} test`;
}
