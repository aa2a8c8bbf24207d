import { Command } from 'commander';
import type { McpServersService, ServerCheck, ServerStanding } from '../../app/mcp-servers/mcp-servers.ts';
import { shown } from '../../base/shown.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { watchInterruptions } from '../interruptions.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { table } from '../loop-table.ts';

const ACTS = ['list', 'check', 'install'] as const;

interface Flags {
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** `cfn mcp`: the MCP servers that agents may be given by their skills. */
export async function runMcp(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = new Command('cfn mcp')
    .description('Show the MCP servers that agents may be given, try them, or install one.')
    .argument('[act]', 'list (default), check [ID…] or install ID')
    .argument('[ids...]', 'servers, as list shows them')
    .option('--yes', 'install: fetch it; without it is said what would be fetched')
    .option('--json', 'one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const [given = 'list', ...ids] = command.args;
  const act = ACTS.find((one) => one === given);
  if (act === undefined) return refuse(io, `cfn mcp is given ${shown(given)}; it takes ${ACTS.join(', ')}.`);
  const flags = command.opts<Flags>();
  if (flags.yes && act !== 'install') return refuse(io, '--yes goes with install.');
  if (act === 'list' && ids.length > 0) return refuse(io, `cfn mcp list is given ${shown(ids[0])} too much.`);
  const core = await context.loadCore();
  const interruptions = watchInterruptions(context);
  try {
    const asked = { io, servers: core.mcpServers, ids, flags, signal: interruptions.signal };
    if (act === 'list') return await list(asked);
    return await (act === 'check' ? check(asked) : install(asked));
  } finally {
    interruptions.dispose();
    await core.dispose();
  }
}

interface Asked {
  readonly io: CliIo;
  readonly servers: McpServersService;
  readonly ids: readonly string[];
  readonly flags: Flags;
  readonly signal: AbortSignal;
}

async function list({ io, servers, flags }: Asked): Promise<Exit> {
  const found = await servers.standings();
  if (!found.ok) return refuse(io, found.error);
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ servers: found.value })}\n`);
    return EXIT.proceed;
  }
  // What is missing says how it comes, so no line is cut.
  for (const line of table(found.value.map(row), Number.MAX_SAFE_INTEGER)) io.stdout.write(`${line}\n`);
  return EXIT.proceed;
}

const row = ({ server, skills, ready, message }: ServerStanding): readonly string[] => [
  ready ? 'ok' : '-',
  server.id,
  skills.join(', '),
  server.verified === null ? `${ORIGINS[server.origin]}, not verified` : `verified ${server.verified.day}`,
  printable(message),
];

const ORIGINS = { catalogue: 'catalogue', yours: 'yours' } as const;

const MARKS: Readonly<Record<ServerCheck['status'], string>> = {
  answers: 'ok  ',
  fails: 'FAIL',
  absent: '-   ',
};

/** Ends with 1 where a server that is there does not answer. */
async function check({ io, servers, ids, flags, signal }: Asked): Promise<Exit> {
  const checks = await servers.check(ids, signal);
  if (!checks.ok) return refuse(io, checks.error);
  if (flags.json) io.stdout.write(`${JSON.stringify({ servers: checks.value })}\n`);
  else
    for (const { status, message } of checks.value)
      io.stdout.write(`${MARKS[status]} ${printable(message)}\n`);
  return checks.value.some(({ status }) => status === 'fails') ? EXIT.abort : EXIT.proceed;
}

async function install({ io, servers, ids, flags, signal }: Asked): Promise<Exit> {
  const [id, ...more] = ids;
  if (id === undefined || more.length > 0) return refuse(io, 'cfn mcp install takes one server.');
  const plan = await servers.installPlan(id);
  if (!plan.ok) return refuse(io, plan.error);
  const { wanted, folder, installed } = plan.value;
  if (installed) {
    io.stdout.write(`${wanted} is installed in ${folder}.\n`);
    return EXIT.proceed;
  }
  if (!flags.yes) {
    io.stdout.write(
      `npm would fetch ${wanted} with what it depends on into ${folder}, and run no script of it. Do it with: cfn mcp install ${id} --yes\n`,
    );
    return EXIT.proceed;
  }
  const done = await servers.install(plan.value, signal);
  if (!done.ok) {
    io.stderr.write(`${printable(done.error)}\n`);
    return EXIT.abort;
  }
  io.stdout.write(`${wanted} is installed in ${folder}.\n`);
  return EXIT.proceed;
}
