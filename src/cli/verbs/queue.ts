import type { LoopError, LoopHandle, LoopService, QueueEntry } from '../../app/loop-service.ts';
import { checkId } from '../../base/ids.ts';
import { ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import { loopCommand, parseArguments } from '../arguments.ts';
import { repositoryFolder } from '../config-files.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { follow } from '../follow.ts';
import { watchInterruptions } from '../interruptions.ts';
import { EXIT, printable, refuse, type CliIo, type Exit } from '../io.ts';
import { table } from '../loop-table.ts';
import { createReporter } from '../reporter.ts';

const ACTS = ['list', 'move', 'remove', 'start'] as const;
type Act = (typeof ACTS)[number];

interface Asked {
  readonly act: Act;
  readonly taskId: string;
  /** Of `move`. */
  readonly position: number;
}

/** `cfn queue`: the loops that wait for their turn on this machine. */
export async function runQueue(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('queue', 'Show the queued loops of this machine; move, remove or start one.')
    .argument('[act]', 'list (default), move TASK_ID POSITION, remove TASK_ID or start TASK_ID')
    .argument('[taskId]', 'a queued loop of this repository')
    .argument('[position]', 'where it shall stand; 1 is the next one')
    .option('--json', 'list: one JSON object a line; start: one for each event');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const asked = readAsked(command.args);
  if (!asked.ok) return refuse(io, asked.error);
  const { json = false, repo } = command.opts<{ json?: boolean; repo?: string }>();
  const folder = await repositoryFolder(io, repo);
  if (!folder.ok) return refuse(io, folder.error);
  return withRepository(context, folder.value, async (service) => {
    if (asked.value.act === 'list') return show(io, await service.queue(), json);
    return act(context, service, { ...asked.value, json });
  });
}

function readAsked([given = 'list', taskId, place, ...more]: readonly string[]): Result<Asked, string> {
  const name = ACTS.find((one) => one === given);
  const wrong = (error: string) => ({ ok: false, error }) as const;
  if (!name) return wrong(`cfn queue is given ${shown(given)}; it takes ${ACTS.join(', ')}.`);
  const rest = [taskId, place, ...more].filter((word) => word !== undefined);
  if (rest.length > { list: 0, move: 2, remove: 1, start: 1 }[name])
    return wrong(`cfn queue ${name} is given ${shown(rest.at(-1) ?? '')} too much.`);
  if (name === 'list') return ok({ act: name, taskId: '', position: 0 });
  if (taskId === undefined)
    return wrong('TASK_ID is missing; it takes the id of a queued loop (cfn queue lists them).');
  const id = checkId('TASK_ID', taskId);
  if (!id.ok) return id;
  if (name !== 'move') return ok({ act: name, taskId, position: 0 });
  if (place === undefined || !/^[1-9]\d{0,5}$/.test(place))
    return wrong(`POSITION is ${shown(place ?? '')}; it takes a whole number from 1, which is the next one.`);
  return ok({ act: name, taskId, position: Number(place) });
}

async function act(
  context: CliContext,
  service: LoopService,
  { act: name, taskId, position, json }: Asked & { readonly json: boolean },
): Promise<Exit> {
  const { io } = context;
  const view = await service.view(taskId);
  if (!view.ok) return failed(io, view.error);
  if (view.value.queuedSince === null) return refuse(io, `The loop ${taskId} is not queued.`);
  if (name === 'start') {
    const since = Date.now();
    return followed(context, service, { handle: await service.startNow(taskId), since, json });
  }
  const done = name === 'move' ? await service.moveInQueue(taskId, position) : await service.stop(taskId);
  if (!done.ok) return failed(io, done.error);
  if (name === 'move') return show(io, await service.queue(), json);
  io.stdout.write(`${taskId} is out of the queue and cancelled; nothing of it had begun.\n`);
  return EXIT.proceed;
}

/** A loop that another process holds begins there; this command tells of it all the same. */
async function followed(
  context: CliContext,
  service: LoopService,
  started: {
    readonly handle: Result<LoopHandle, LoopError>;
    readonly since: number;
    readonly json: boolean;
  },
): Promise<Exit> {
  const { handle, since, json } = started;
  if (!handle.ok) return failed(context.io, handle.error);
  const interruptions = watchInterruptions(context);
  try {
    const reporter = await createReporter(context.io, { json });
    return await follow({ context, service, handle: handle.value, reporter, interruptions, json, since });
  } finally {
    interruptions.dispose();
  }
}

function show(io: CliIo, line: readonly QueueEntry[], json: boolean): Exit {
  const now = Date.now();
  const lines = json
    ? line.map((loop, index) => JSON.stringify({ position: index + 1, ...loop }))
    : table(
        line.map((loop, index) => row(loop, index + 1, now)),
        io.stdout.columns ?? 160,
      );
  if (line.length === 0 && !json) io.stdout.write('No loop is queued on this machine.\n');
  else io.stdout.write(lines.map((text) => `${text}\n`).join(''));
  return EXIT.proceed;
}

function row({ taskId, repository, since, attended }: QueueEntry, position: number, now: number) {
  const minutes = Math.max(0, Math.round((now - since) / 60_000));
  return [
    String(position),
    taskId,
    `queued ${minutes} min`,
    attended ? '' : `nobody waits for it: cfn resume ${taskId}`,
    printable(repository.root),
  ];
}
