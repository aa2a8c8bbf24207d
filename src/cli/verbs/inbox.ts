import { inboxItems, type InboxItem } from '../../app/projections/inbox.ts';
import { ageText } from '../../app/projections/status-words.ts';
import { loopCommand, parseArguments } from '../arguments.ts';
import { repositoryFolder } from '../config-files.ts';
import { withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type Exit } from '../io.ts';
import { table } from '../loop-table.ts';

/** `cfn inbox`: what needs a person, longest wait first. */
export async function runInbox(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('inbox', 'Show what needs you in the loops of the repository.').option(
    '--json',
    'one JSON object a line, an item each',
  );
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const { repo, json } = command.opts<{ repo?: string; json?: boolean }>();
  const folder = await repositoryFolder(io, repo);
  if (!folder.ok) return refuse(io, folder.error);
  return withRepository(context, folder.value, async (service) => {
    const now = Date.now();
    const items = inboxItems(await service.list(), now);
    const lines = json
      ? items.map((item) => JSON.stringify(item))
      : asTable(items, now, io.stdout.columns ?? 160);
    io.stdout.write(lines.map((line) => `${line}\n`).join(''));
    return EXIT.proceed;
  });
}

function asTable(items: readonly InboxItem[], now: number, width: number): readonly string[] {
  if (items.length === 0) return ['Nothing needs you.'];
  const rows = items.map((item) => [
    item.taskId,
    `it ${item.iteration}`,
    ageText(now - item.since),
    printable(item.title),
    printable([item.detail, ...(item.facts ?? [])].join(' · ')),
  ]);
  return table(rows, width);
}
