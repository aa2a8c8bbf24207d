import type { Rows } from '../../app/query-cache.ts';
import { loopCommand, parseArguments } from '../arguments.ts';
import { repositoryFolder } from '../config-files.ts';
import type { CliContext } from '../context.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { table } from '../loop-table.ts';
import { readLimited } from '../read-limited.ts';
import { FAILED } from './store-verb.ts';

const LONGEST_BYTES = 1024 * 1024;
const TABLES = `SELECT m.name AS "table", group_concat(c.name, ' ') AS columns
  FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
  WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' GROUP BY m.name ORDER BY m.name`;

interface QueryOptions {
  readonly repo?: string;
  readonly tables?: boolean;
  readonly json?: boolean;
}

/** `cfn query`: a question in SQL over all loops of the repository; nothing can be changed by it. */
export async function runQuery(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('query', 'Ask all loops of the repository in SQL (SQLite); nothing is changed.')
    .argument('[sql]', 'one statement, or - for standard input')
    .option('--tables', 'show the tables and their columns')
    .option('--json', 'one JSON object a line, a row each');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const options = command.opts<QueryOptions>();
  const folder = await repositoryFolder(io, options.repo);
  if (!folder.ok) return refuse(io, folder.error);
  const sql = options.tables ? TABLES : await statement(io, command.args[0]);
  if (sql === null)
    return refuse(
      io,
      'SQL is missing; it takes one statement of at most 1 MiB (cfn query --tables shows the tables).',
    );
  const core = await context.loadCore();
  try {
    const rows = await (await core.monitoring(folder.value)).query({ sql });
    if (rows.ok) {
      show(io, rows.value, options.json ?? false);
      return EXIT.proceed;
    }
    io.stderr.write(`${rows.error.message}\n`);
    return rows.error.kind === 'internal' ? EXIT.internal : rows.error.kind === 'state' ? EXIT.usage : FAILED;
  } finally {
    await core.dispose();
  }
}

async function statement(io: CliIo, given: string | undefined): Promise<string | null> {
  if (given !== undefined && given !== '-') return given.trim() === '' ? null : given;
  if (given === undefined && io.stdin.isTTY) return null;
  const text = await readLimited(io.stdin, LONGEST_BYTES);
  return text.ok && text.value.trim() !== '' ? text.value : null;
}

function show(io: CliIo, rows: Rows, json: boolean): void {
  const [first] = rows;
  const cells = (row: Rows[number]): readonly string[] =>
    Object.values(row).map((value) => (value === null ? '' : printable(String(value))));
  const lines = json
    ? rows.map((row) => JSON.stringify(row))
    : first === undefined
      ? ['No rows.']
      : table(
          [Object.keys(first).map(printable), ...rows.map(cells)],
          io.stdout.columns ?? Number.POSITIVE_INFINITY,
        );
  io.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
