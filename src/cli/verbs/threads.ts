import { plural } from '../../app/health/health-report.ts';
import { randomUUID } from 'node:crypto';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { quoteOf } from '../../app/review/review-draft.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import type { ReviewItem } from '../../domain/review/review.ts';
import { takenFiles } from '../../domain/review/taken.ts';
import type { Thread } from '../../domain/review/thread.ts';
import { collect, parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { moveResult, readTake, resultLines, resultOf, takeIntoResult, takenItems } from './review-result.ts';
import { loopIdCommand, pickLoop, readLoopArguments } from '../pick-loop.ts';

interface ReviewFlags {
  json?: boolean;
  /** Pairs, one word after the other. */
  comment?: readonly string[];
  dismiss?: readonly string[];
  accept?: readonly string[];
  resolve?: readonly string[];
  take?: readonly string[];
  from?: string;
  undo?: boolean;
  leaveOut?: boolean;
}

/** `cfn review`: shows what was found and said, or says something of it to the next iteration. */
export async function runReview(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopIdCommand('review', 'Show the threads of a review, or send one.')
    .option('--comment <words...>', 'FILE:LINE TEXT, a comment on a line; once for each')
    .option('--dismiss <words...>', 'ID REASON, a finding that is none; once for each')
    .option('--accept <id>', 'a finding that you agree with; once for each', collect)
    .option('--resolve <id>', 'a thread that is done; once for each', collect)
    .option(
      '--take <file>',
      'a file as --from has it: into the result, or the next iteration; once for each',
      collect,
    )
    .option('--from <iteration>', 'ITERATION or ITERATION/AGENT that files are taken from')
    .option('--undo', 'moves the result of an ended loop back by the last step of a review')
    .option('--leave-out', 'makes the result of an ended loop as reviews that were sent wanted it')
    .option('--json', 'the threads as one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = await readLoopArguments(command, io, command.args[0]);
  if (!asked.ok) return refuse(io, asked.error);
  const flags = command.opts<ReviewFlags>();
  const said = readItems(flags);
  if (!said.ok) return refuse(io, said.error);
  const take = readTake(flags.take, flags.from);
  if (!take.ok) return refuse(io, take.error);
  const step = readStep(flags, said.value.length > 0 || take.value !== null);
  if (!step.ok) return refuse(io, step.error);
  return withRepository(context, asked.value.folder, async (service) => {
    const view = await pickLoop(service, asked.value.taskId);
    if (!view.ok) return failed(io, view.error);
    const { taskId } = view.value;
    if (said.value.length === 0 && take.value === null && step.value === null)
      return show(io, service, taskId, flags.json ?? false);
    if (!service.review) return refuse(io, 'Commits of loops cannot be read here.');
    if (step.value !== null) return moveResult(io, service.review, taskId, step.value);
    const taken = take.value === null ? ok([]) : await takenItems(service.review, taskId, take.value);
    if (!taken.ok) return failed(io, taken.error);
    return view.value.outcome !== null && said.value.length === 0
      ? takeIntoResult(io, service.review, view.value, taken.value)
      : send(io, service, view.value, [...said.value, ...taken.value]);
  });
}

function readStep(
  { undo, leaveOut }: ReviewFlags,
  says: boolean,
): Result<'undo' | 'leave-out' | null, string> {
  if (!undo && !leaveOut) return ok(null);
  if ((undo && leaveOut) || says) {
    return err(
      `${undo ? '--undo' : '--leave-out'} stands alone; it takes no other flag of a review beside it.`,
    );
  }
  return ok(undo ? 'undo' : 'leave-out');
}

const NOTHING = { file: null, line: null, endLine: null, quote: '' };

function readItems(flags: ReviewFlags): Result<readonly ReviewItem[], string> {
  const comments = pairs('--comment', 'FILE:LINE TEXT', flags.comment);
  if (!comments.ok) return comments;
  const dismissed = pairs('--dismiss', 'ID REASON', flags.dismiss);
  if (!dismissed.ok) return dismissed;
  const items: ReviewItem[] = [];
  for (const [place, text] of comments.value) {
    const [, file, line] = /^(.+):([1-9]\d{0,8})$/.exec(place) ?? [];
    if (file === undefined) return err(`--comment is ${shown(place)}; it takes FILE:LINE, then the text.`);
    const at = { file: file.replace(/^\.\//, ''), line: Number(line), endLine: null, quote: '' };
    items.push({ id: randomUUID(), kind: 'comment', ...at, text });
  }
  const judged = (kind: ReviewItem['kind'], ids: readonly string[] = []) =>
    ids.map((id): ReviewItem => ({ id, kind, ...NOTHING, text: '' }));
  return ok([
    ...items,
    ...dismissed.value.map(([id, text]): ReviewItem => ({ id, kind: 'finding-dismissed', ...NOTHING, text })),
    ...judged('finding-accepted', flags.accept),
    ...judged('resolved', flags.resolve),
  ]);
}

function pairs(
  flag: string,
  takes: string,
  words: readonly string[] = [],
): Result<readonly (readonly [string, string])[], string> {
  if (words.length % 2 === 1) {
    return err(`${flag} has ${words.length} values; it takes ${takes} (quote a text of several words).`);
  }
  return ok(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? ''] as const] : [])));
}

async function send(
  io: CliIo,
  service: LoopService,
  view: LoopView,
  items: readonly ReviewItem[],
): Promise<Exit> {
  const { taskId, commit } = view;
  if (commit === null) {
    return refuse(io, `${taskId} has integrated nothing yet; cfn feedback says something without a line.`);
  }
  const quoted: ReviewItem[] = [];
  for (const item of items) {
    const quote = await withQuote(service, commit, item);
    if (!quote.ok) return failed(io, quote.error);
    quoted.push(quote.value);
  }
  const taken = takenFiles(quoted);
  const revised = (await service.review?.revise(taskId, { commit, rejected: [], taken })) ?? ok(null);
  if (!revised.ok) return failed(io, revised.error);
  const sent = await service.sendReview(taskId, { commit, revised: revised.value, items: quoted });
  if (!sent.ok) return failed(io, sent.error);
  const byAgents =
    taken.length > 0 && revised.value === null
      ? ' Agents have begun on another commit, so the next ones take the files over themselves.'
      : '';
  io.stdout.write(
    `${taskId} gets ${plural(items.length, 'item')} of review in iteration ${sent.value.toldIn}.${byAgents}\n`,
  );
  return EXIT.proceed;
}

async function withQuote(
  service: LoopService,
  commit: string,
  item: ReviewItem,
): Promise<Result<ReviewItem, LoopError>> {
  const { kind, file, line } = item;
  if (kind !== 'comment' || file === null || line === null || !service.review) return ok(item);
  const read = await service.review.read(commit, file);
  if (!read.ok) return read;
  const quote =
    read.value === null ? null : quoteOf(new TextDecoder().decode(read.value), { line, endLine: line });
  if (quote === null) {
    const message =
      read.value === null
        ? `--comment names ${shown(file)}, which is not in the newest result ${commit.slice(0, 10)}.`
        : `--comment names line ${line} of ${shown(file)}, which has fewer lines.`;
    return err({ kind: 'input', message });
  }
  return ok({ ...item, quote });
}

async function show(io: CliIo, service: LoopService, taskId: string, json: boolean): Promise<Exit> {
  const threads = await service.threads(taskId);
  if (!threads.ok) return failed(io, threads.error);
  const result = await resultOf(service, taskId);
  if (json) {
    const { commit, standing, held } = result ?? {};
    const now = result && { commit, standing, held };
    io.stdout.write(`${JSON.stringify({ taskId, threads: threads.value, result: now })}\n`);
    return EXIT.proceed;
  }
  for (const line of result ? resultLines(taskId, result) : []) io.stdout.write(`${line}\n`);
  if (threads.value.length === 0) io.stdout.write('Nothing was found or said yet.\n');
  for (const thread of threads.value) io.stdout.write(`${threadLine(thread)}\n`);
  return EXIT.proceed;
}

/** `1.security-1.2  reopened in 3  warning  src/auth.ts:12  security-1, person: The refresh token survives` */
function threadLine(thread: Thread): string {
  const { id, severity, file, line, remarks } = thread;
  const who = Array.from(new Set(remarks.map(({ by }) => by))).join(', ');
  const [first] = remarks;
  const said = first?.finding?.text ?? first?.item?.text ?? '';
  const place = file === null ? '' : `${file}${line === null ? '' : `:${line}`}`;
  return [id, stateWords(thread), severity ?? 'comment', place, `${who}: ${said.slice(0, 200)}`]
    .filter((part) => part !== '')
    .map(printable)
    .join('  ');
}

function stateWords({ state }: Thread): string {
  switch (state.kind) {
    case 'open':
      return 'open';
    case 'claimed-fixed':
      return `claimed fixed in ${state.in}`;
    case 'reopened':
      return `reopened in ${state.in}`;
    case 'verified':
      return `verified in ${state.in} by ${state.by.join(', ')}`;
    case 'dismissed':
      return `dismissed: ${state.reason}`;
  }
}
