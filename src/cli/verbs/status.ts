import { listed, parseSearch, SEARCH_HELP } from '../../app/search-loops.ts';
import { standingWords, todayWords } from '../../app/agents/account-words.ts';
import { sameFamilyText } from '../../app/crew-lines.ts';
import type { Core } from '../../app/core.ts';
import { decisionFacts } from '../../app/projections/decision-facts.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { markLine } from '../../app/projections/mark-words.ts';
import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { agentRows, headLine, iterationCosts, table } from '../loop-table.ts';
import { openQuestionLines } from '../question-lines.ts';
import { loopIdCommand, readLoopArguments } from '../pick-loop.ts';

/** A store that hangs must not keep people from their loops. */
const HEALTH_MS = 5000;

/** `cfn status`: all loops of the repository, or one with its crew. */
export async function runStatus(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopIdCommand('status', 'Show the loops of the repository, or one of them.')
    .option('--search <text>', SEARCH_HELP)
    .option('--all', 'archived loops too')
    .option('--json', 'one JSON object a line, a loop each');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = await readLoopArguments(command, io, command.args[0]);
  if (!asked.ok) return refuse(io, asked.error);
  const { folder, taskId } = asked.value;
  const { json = false, all = false, search: text } = command.opts<StatusFlags>();
  const search = parseSearch(text ?? '');
  if (!search.ok) return refuse(io, `--search: ${search.error}`);
  if (taskId !== null && text !== undefined)
    return refuse(io, '--search looks through all loops; leave out TASK_ID.');
  return withRepository(context, folder, async (service, core) => {
    const health = await (await core.monitoring(folder)).summary(AbortSignal.timeout(HEALTH_MS));
    if (health.state === 'degraded') io.stderr.write(`${health.message}\n`);
    if (taskId === null) {
      const views = listed(await service.list(), search.value, all);
      show(io, views, { json, crew: false, none: text === undefined ? NO_LOOP : 'No loop matches.' });
      if (!json) await showAccounts(io, core);
      return EXIT.proceed;
    }
    // A loop is shown all the same where nothing can be said of its agents.
    await service.calibration();
    const view = await service.view(taskId);
    if (!view.ok) return failed(io, view.error);
    show(io, [view.value], { json, crew: true, none: NO_LOOP });
    if (!json) await showAccounts(io, core);
    return EXIT.proceed;
  });
}

/** What keeps agents of all loops of this machine. */
async function showAccounts(io: CliIo, core: Core): Promise<void> {
  const now = Date.now();
  const lines = (await core.accounts()).map((standing) => standingWords(standing, now));
  const today = await core.today();
  if (today !== null) io.stdout.write(`${todayWords(today)}\n`);
  io.stdout.write(lines.flatMap((line) => (line === null ? [] : [`${printable(line)}\n`])).join(''));
}

interface StatusFlags {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly search?: string;
}

const NO_LOOP = 'No loop has run in this repository.';

/** What it goes on from, and what goes on from it. */
function kinship({ continues, continuedBy, archived }: LoopView): readonly string[] {
  return [
    ...(continues
      ? [`continues ${continues.taskId}; the first base is ${continues.firstBase.slice(0, 10)}`]
      : []),
    ...(continuedBy.length > 0 ? [`continued by ${continuedBy.join(', ')}`] : []),
    ...(archived ? ['archived'] : []),
  ];
}

function show(
  io: CliIo,
  views: readonly LoopView[],
  options: { readonly json: boolean; readonly crew: boolean; readonly none: string },
): void {
  const write = (lines: readonly string[]) => io.stdout.write(lines.map((line) => `${line}\n`).join(''));
  if (options.json) return void write(views.map((view) => JSON.stringify(view)));
  const width = io.stdout.columns ?? 160;
  if (views.length === 0) write([options.none]);
  for (const view of views) {
    write(table([[headLine(view)]], width));
    const questions = openQuestionLines(view, Date.now());
    if (!options.crew) write(questions.map((line) => `  ${line}`));
    if (!options.crew) continue;
    write(
      table([[printable(view.description)], [`base ${view.baseCommit.slice(0, 10)}, ${view.branch}`]], width),
    );
    write(table(agentRows(view, Date.now()), width).map((line) => `  ${line}`));
    write(iterationCosts(view));
    const shared = sameFamilyText(view.sameFamily ?? []);
    if (shared !== null) write([shared]);
    write((view.consensus?.marked ?? []).map((review) => printable(markLine(review))));
    for (const line of kinship(view)) write([line]);
    write(questions);
    if (view.waiting) write([printable(view.waiting.message), printable(decisionFacts(view).join(' · '))]);
    for (const item of view.feedback) write([`feedback: ${printable(item)}`]);
  }
}
