import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import type { Deferred } from '../../domain/backlog.ts';
import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { loopIdCommand, readLoopArguments } from '../pick-loop.ts';
import { writeWhole } from '../write-whole.ts';

interface BacklogFlags {
  readonly all?: boolean;
  readonly write?: string;
  readonly json?: boolean;
}

type Item = Deferred & { readonly taskId: string };

/** `cfn backlog`: what product owners left for later. A file of it is written only where one is named. */
export async function runBacklog(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopIdCommand('backlog', 'Show what product owners left for later, of all loops or of one.')
    .option('--all', 'archived loops too')
    .option('--write <file>', 'write it as a Markdown file: a new one, or one that this command wrote before')
    .option('--json', 'one JSON object a line, an item each');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = await readLoopArguments(command, io, command.args[0]);
  if (!asked.ok) return refuse(io, asked.error);
  const { folder, taskId } = asked.value;
  const { all = false, write, json = false } = command.opts<BacklogFlags>();
  return withRepository(context, folder, async (service) => {
    const found = taskId === null ? ok(await service.list()) : await one(service.view(taskId));
    if (!found.ok) return failed(io, found.error);
    const views = found.value.filter((view) => all || taskId !== null || !view.archived);
    if (write !== undefined) {
      const written = await writeBacklog(io, write, views);
      if (!written.ok) return refuse(io, written.error);
    }
    if (json || write === undefined) show(io, itemsOf(views), json);
    return EXIT.proceed;
  });
}

async function one<E>(found: Promise<Result<LoopView, E>>): Promise<Result<readonly LoopView[], E>> {
  const view = await found;
  return view.ok ? ok([view.value]) : view;
}

const itemsOf = (views: readonly LoopView[]): readonly Item[] =>
  views.flatMap(({ taskId, deferred }) => deferred.map((item) => ({ taskId, ...item })));

function show(io: CliIo, items: readonly Item[], json: boolean): void {
  const lines = json
    ? items.map((item) => JSON.stringify(item))
    : items.length === 0
      ? ['Nothing was left for later.']
      : items.map(
          ({ taskId, iteration, by, text }) => `${taskId}  it ${iteration}  ${by}  ${printable(text)}`,
        );
  io.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

const FIRST_LINE = '<!-- Written by cfn backlog --write, which writes it anew. -->';

/** A file that somebody else wrote is left as it is. */
async function writeBacklog(
  io: CliIo,
  given: string,
  views: readonly LoopView[],
): Promise<Result<void, string>> {
  const path = resolve(io.cwd, given);
  const before = await textOf(path);
  if (!before.ok) return err(`--write is ${shown(given)}, which can not be read: ${before.error}`);
  if (before.value !== null && !before.value.startsWith(FIRST_LINE)) {
    return err(`--write is ${shown(given)}, which this command did not write; it takes a new file.`);
  }
  return writeWhole('The backlog', path, markdown(views));
}

/** Null where there is no such file. */
async function textOf(path: string): Promise<Result<string | null, string>> {
  try {
    return ok(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ok(null);
    return err(error instanceof Error ? error.message : String(error));
  }
}

function markdown(views: readonly LoopView[]): string {
  const sections = views.flatMap(({ taskId, description, deferred }) => {
    if (deferred.length === 0) return [];
    const items = deferred.map(
      ({ text, by, iteration }) => `- ${oneLine(text)} (${by}, iteration ${iteration})`,
    );
    return [`## ${taskId}\n\n${oneLine(description)}\n\n${items.join('\n')}\n`];
  });
  return [
    FIRST_LINE,
    '',
    '# Backlog',
    '',
    ...(sections.length > 0 ? sections : ['Nothing was left for later.', '']),
  ].join('\n');
}

const oneLine = (text: string): string => printable(text).replaceAll(/\s+/g, ' ').trim();
