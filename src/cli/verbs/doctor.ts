import { FIXES, type FixId, type HealthReport } from '../../app/health/health-report.ts';
import type { Monitoring } from '../../app/monitoring.ts';
import { KEY_PATTERNS } from '../../protocol/keys.ts';
import { loopCommand, parseArguments } from '../arguments.ts';
import { repositoryFolder } from '../config-files.ts';
import { failed, type CliContext } from '../context.ts';
import { checkId } from '../../base/ids.ts';
import { complianceLines, healthLines, keyLines, seedLines } from '../health-text.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';

/** A look that takes longer says more about the machine than its answer would. */
const LIMIT_MS = 60_000;
const MOST_LOG_LINES = 1000;

interface Flags {
  readonly repo?: string;
  readonly json?: boolean;
  readonly fix?: boolean;
  readonly compliance?: string;
  readonly keys?: string | true;
  readonly log?: string | true;
}

/** `cfn doctor`: what is well, what is not, and what to do. Ends with 1 when anything is an error. */
export async function runDoctor(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('doctor', 'Check this machine and the loops of the repository.')
    .option('--fix', 'do what is safe to do: start the store, rebuild the index, release dead leases')
    .option('--compliance <taskId>', 'the boxes of the implementation checklist, measured on a loop')
    .option(
      '--keys [pattern]',
      `at most 20 keys of the coordination store (default: ${KEY_PATTERNS.coordination})`,
    )
    .option('--log [lines]', 'the end of the log file (default: 20 lines)')
    .option('--json', 'one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<Flags>();
  const problem = wrongFlags(flags);
  if (problem !== null) return refuse(io, problem);
  const folder = await repositoryFolder(io, flags.repo);
  if (!folder.ok) return refuse(io, folder.error);
  const core = await context.loadCore();
  try {
    return await answer(io, await core.monitoring(folder.value), flags);
  } finally {
    await core.dispose();
  }
}

function wrongFlags({ compliance, log, fix, keys }: Flags): string | null {
  const given = [compliance, log, fix, keys].filter((flag) => flag !== undefined).length;
  if (given > 1) return 'cfn doctor takes one of --fix, --compliance, --keys and --log at a time.';
  if (compliance !== undefined) {
    const id = checkId('--compliance', compliance);
    if (!id.ok) return id.error;
  }
  if (typeof log === 'string' && !(/^[1-9]\d{0,3}$/.test(log) && Number(log) <= MOST_LOG_LINES)) {
    return `--log is ${JSON.stringify(log.slice(0, 80))}; it takes a whole number from 1 to ${MOST_LOG_LINES}.`;
  }
  return null;
}

type Answer = (asked: Asked) => Promise<Exit>;

interface Asked {
  readonly io: CliIo;
  readonly monitoring: Monitoring;
  readonly flags: Flags;
  readonly signal: AbortSignal;
}

function answer(io: CliIo, monitoring: Monitoring, flags: Flags): Promise<Exit> {
  const asked = { io, monitoring, flags, signal: AbortSignal.timeout(LIMIT_MS) };
  const answers: readonly (readonly [unknown, Answer])[] = [
    [flags.compliance, answerCompliance],
    [flags.keys, answerKeys],
    [flags.log, answerLog],
  ];
  const special = answers.find(([flag]) => flag !== undefined);
  return (special?.[1] ?? answerHealth)(asked);
}

function write(io: CliIo, lines: readonly string[]): void {
  io.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
}

const answerCompliance: Answer = async ({ io, monitoring, flags, signal }) => {
  const report = await monitoring.compliance(flags.compliance ?? '', signal);
  if (!report.ok) return failed(io, report.error);
  if (flags.json) io.stdout.write(`${JSON.stringify(report.value)}\n`);
  else write(io, complianceLines(report.value));
  return EXIT.proceed;
};

const answerKeys: Answer = async ({ io, monitoring, flags, signal }) => {
  const keys = await monitoring.keys(
    typeof flags.keys === 'string' ? flags.keys : KEY_PATTERNS.coordination,
    signal,
  );
  if (!keys.ok) return failed(io, keys.error);
  if (flags.json) io.stdout.write(`${JSON.stringify({ keys: keys.value })}\n`);
  else write(io, keyLines(keys.value));
  return EXIT.proceed;
};

const answerLog: Answer = async ({ io, monitoring, flags }) => {
  write(io, await monitoring.logTail(typeof flags.log === 'string' ? Number(flags.log) : 20));
  return EXIT.proceed;
};

const answerHealth: Answer = async ({ io, monitoring, flags, signal }) => {
  const before = await monitoring.examine(signal);
  const fixes = flags.fix ? await fixAll(io, { monitoring, report: before, json: flags.json ?? false }) : [];
  const report = fixes.length > 0 ? await monitoring.examine(signal) : before;
  const health = await monitoring.summary(signal);
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ ...report, health, fixes })}\n`);
    for (const line of seedLines(report)) io.stderr.write(`${line}\n`);
  } else write(io, healthLines(report, health));
  return report.errors === 0 ? EXIT.proceed : 1;
};

interface DoneFix {
  readonly id: FixId;
  readonly ok: boolean;
  readonly message: string;
}

/** Each is named before it is done. */
async function fixAll(
  io: CliIo,
  work: { readonly monitoring: Monitoring; readonly report: HealthReport; readonly json: boolean },
): Promise<readonly DoneFix[]> {
  const out = work.json ? io.stderr : io.stdout;
  const ids = new Set(work.report.checks.flatMap((check) => check.fix ?? []));
  if (ids.size === 0) out.write('There is nothing that can be fixed from here.\n');
  const done: DoneFix[] = [];
  for (const id of ids) {
    out.write(`${FIXES[id]} …\n`);
    const fixed = await work.monitoring.fix(id, AbortSignal.timeout(LIMIT_MS));
    const message = fixed.ok ? fixed.value : fixed.error;
    done.push({ id, ok: fixed.ok, message });
    out.write(`  ${fixed.ok ? 'done' : 'failed'}: ${printable(message)}\n`);
  }
  return done;
}
