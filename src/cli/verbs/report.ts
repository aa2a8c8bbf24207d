import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { err, ok, type Result } from '../../base/result.ts';
import { DECISIONS } from '../../domain/loop/model.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { EXIT, refuse } from '../io.ts';
import { readText } from '../read-text.ts';
import { writeWhole } from '../write-whole.ts';

/** `cfn report [FILE|-]`: hands the result over to the runner, which checks the rest of it. */
export async function runReport(argv: readonly string[], context: CliContext): Promise<number> {
  const { io } = context;
  const command = new Command('cfn report')
    .description("Report the agent's result as JSON, from a file or standard input.")
    .argument('[file]', 'a file, or - for standard input', '-');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const target = io.env['CFN_RESULT_FILE'];
  if (target === undefined || target === '') {
    return refuse(io, '[ERROR] CFN_RESULT_FILE is not set; cfn report works within an agent of the loop.');
  }
  const file = command.processedArgs[0] as string;
  const text = await readText('The result', file === '-' ? io.stdin : resolve(io.cwd, file));
  if (!text.ok) return refuse(io, `[ERROR] ${text.error}`);
  const result = checkResult(text.value, io.env['CFN_ROLE']);
  if (!result.ok) return refuse(io, `[ERROR] ${result.error}`);
  const nonce = io.env['CFN_NONCE'];
  const whole = nonce && result.value['nonce'] === undefined ? { nonce, ...result.value } : result.value;
  const written = await writeWhole(
    'The result',
    join(dirname(target), REPORTED),
    `${JSON.stringify(whole)}\n`,
  );
  if (!written.ok) return refuse(io, `[ERROR] ${written.error}`);
  io.stdout.write('[INFO] Result reported\n');
  return EXIT.proceed;
}

const REPORTED = ATTEMPT_FILES.reported.slice(ATTEMPT_FILES.outFolder.length + 1);

type Fields = Readonly<Record<string, unknown>>;

const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;
const isDecision = (value: unknown): boolean => DECISIONS.some((decision) => decision === value);

/** The one field that each role can not do without. */
const REQUIRED: Readonly<
  Record<string, { field: string; takes: string; test: (value: unknown) => boolean }>
> = {
  implementer: { field: 'confidence', takes: 'a number from 0 to 1', test: isShare },
  validator: { field: 'score', takes: 'a number from 0 to 1', test: isShare },
  'product-owner': { field: 'decision', takes: DECISIONS.join(', '), test: isDecision },
};

export function checkResult(text: string, role: string | undefined): Result<Fields, string> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return err(`The result is no JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return err('The result takes one JSON object.');
  }
  const fields: Fields = { ...value };
  const wanted =
    role === undefined ? Object.values(REQUIRED) : [REQUIRED[role]].filter((rule) => rule !== undefined);
  if (wanted.length === 0 || wanted.some((rule) => rule.test(fields[rule.field]))) return ok(fields);
  const takes = wanted.map((rule) => `${rule.field} takes ${rule.takes}`).join('; ');
  const found = wanted.map((rule) => JSON.stringify(fields[rule.field]) ?? 'nothing').join(', ');
  return err(`The result is not complete: ${takes}; found ${found.slice(0, 200)}.`);
}
