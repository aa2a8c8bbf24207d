import type { CleanUpItem, CleanUpLoop, CleanUpReport } from '../../app/clean-up.ts';
import { bytesText } from '../../base/bytes.ts';
import { checkId } from '../../base/ids.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import { loopCommand, parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { readLoopArguments } from '../pick-loop.ts';
import { removeAgentsWorktree, restoreAgentsWorktree } from './gc-agent.ts';
import { itemLine } from './gc-item.ts';

const DEFAULT_AGE = '7d';
const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

interface GcOptions {
  readonly yes?: boolean;
  readonly olderThan?: string;
  readonly taskId?: string;
  readonly agent?: string;
  readonly restore?: boolean;
  readonly json?: boolean;
}

/** `cfn gc`: shows what loops that are over left behind; with `--yes` archives and removes it. */
export async function runGc(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand(
    'gc',
    'Show what loops that are over left behind; with --yes archive and remove it.',
  )
    .option('--yes', 'do it')
    .option(
      '--older-than <age>',
      `only loops that ended longer ago, such as 12h, 7d or 2w (default: ${DEFAULT_AGE}, with --task-id 0d)`,
    )
    .option('--task-id <id>', 'only this loop')
    .option('--agent <id>', 'only the worktree of this agent of the loop; the loop may go on')
    .option('--restore', 'make that worktree again')
    .option('--json', 'one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = await readLoopArguments(command, io, undefined);
  if (!asked.ok) return refuse(io, asked.error);
  const options = command.opts<GcOptions>();
  const { folder, taskId } = asked.value;
  if (options.agent !== undefined || options.restore) {
    const wanted = readAgent(options, taskId);
    if (!wanted.ok) return refuse(io, wanted.error);
    const act = options.restore ? restoreAgentsWorktree : removeAgentsWorktree;
    return withRepository(context, folder, (service) => act(service, io, { ...options, ...wanted.value }));
  }
  const age = readAge(options.olderThan ?? (taskId === null ? DEFAULT_AGE : '0d'));
  if (!age.ok) return refuse(io, age.error);
  return withRepository(context, folder, async (service) => {
    const report = await service.cleanUp({ taskId, olderThanMs: age.value, remove: options.yes === true });
    if (!report.ok) return failed(io, report.error);
    if (options.json) io.stdout.write(`${JSON.stringify(report.value)}\n`);
    else show(io, report.value);
    return EXIT.proceed;
  });
}

function readAgent(
  { agent, yes, restore, olderThan }: GcOptions,
  taskId: string | null,
): Result<{ readonly taskId: string; readonly agentId: string }, string> {
  if (agent === undefined)
    return err('--restore has no meaning without --agent, which takes the id of an agent.');
  if (taskId === null)
    return err('--agent needs --task-id, which takes the id of its loop (cfn status lists them).');
  if (olderThan !== undefined) return err('--older-than has no meaning with --agent; leave it out.');
  if (restore && yes) return err('--yes has no meaning with --restore; leave it out.');
  const agentId = checkId('--agent', agent);
  return agentId.ok ? ok({ taskId, agentId: agentId.value }) : agentId;
}

function readAge(text: string): Result<number, string> {
  const match = /^(\d{1,5})([smhdw])$/.exec(text);
  const unit = UNIT_MS[match?.[2] ?? ''];
  if (!match || unit === undefined) {
    return err(`--older-than is ${shown(text)}; it takes a number and s, m, h, d or w, such as 7d.`);
  }
  return ok(Number(match[1]) * unit);
}

function show(io: CliIo, report: CleanUpReport): void {
  const write = (line: string) => io.stdout.write(`${printable(line)}\n`);
  const verb = report.removed ? 'removed' : 'would go';
  for (const loop of report.loops) showLoop(write, loop, verb);
  if (report.artifacts.length > 0) {
    write(`.artifacts: ${report.artifacts.length} old files ${report.removed ? 'removed' : 'would go'}`);
    for (const path of report.artifacts) write(`  ${verb}  ${path}`);
  }
  if (report.containers.length > 0) {
    write('container engine:');
    for (const item of report.containers) write(itemLine(item, verb));
  }
  const going = [
    ...report.loops.flatMap((loop) => (loop.kept === null ? loop.items.filter(goes) : [])),
    ...report.containers.filter(goes),
  ];
  const freed = going.reduce((sum, item) => sum + (item.bytes ?? 0), 0);
  if (going.length + report.artifacts.length === 0) return void write('There is nothing to remove.');
  if (report.removed) return void write(`Archived and removed ${bytesText(freed)}.`);
  write(
    `${bytesText(freed)} of ${bytesText(report.bytes)} would be archived or removed; do it with: cfn gc --yes`,
  );
}

const goes = (item: CleanUpItem): boolean => item.kept === null;

function showLoop(write: (line: string) => void, loop: CleanUpLoop, verb: string): void {
  const kept = loop.kept === null ? '' : `, kept: ${loop.kept}`;
  write(`${loop.taskId}  ${loop.state}, ${bytesText(loop.bytes)}${kept}`);
  if (loop.kept !== null) return;
  for (const item of loop.items) write(itemLine(item, verb));
  for (const rescued of loop.rescued) write(`  rescued first: ${rescued}`);
  for (const path of loop.ignored) write(`  ignored by git, gone with its worktree: ${path}`);
}
