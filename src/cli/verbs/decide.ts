import type { DecideRequest } from '../../app/loop-service.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import { DECISIONS } from '../../domain/loop/model.ts';
import { collect, loopCommand, parseArguments } from '../arguments.ts';
import { withRepository, type CliContext } from '../context.ts';
import { followSteered } from '../follow-steered.ts';
import { refuse, type Exit } from '../io.ts';
import { readLoopArguments } from '../pick-loop.ts';

interface DecideFlags {
  taskId?: string;
  reason?: string;
  feedback?: readonly string[];
  confirm?: readonly string[];
  json?: boolean;
}

/** `cfn decide`: answers a waiting loop; goes on with it unless another process already does. */
export async function runDecide(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopCommand('decide', 'Decide for a loop that waits for a person.')
    .argument('[taskId]', 'the loop')
    .argument('[decision]', 'PROCEED, ITERATE or ABORT')
    .option('--task-id <id>', 'the loop, instead of TASK_ID')
    .option('--reason <text>', 'why')
    .option('--feedback <text>', 'what has to change (ITERATE); once for each item', collect)
    .option(
      '--confirm <path>',
      'a changed protected file that is right, or a commit without evidence; once for each',
      collect,
    )
    .option('--json', 'one JSON object a line on standard output');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const flags = command.opts<DecideFlags>();
  const words = [...command.args];
  const taskId = flags.taskId !== undefined && words.length < 2 ? flags.taskId : words.shift();
  if (taskId === undefined) return refuse(io, 'No loop is named; cfn decide takes TASK_ID and a decision.');
  const asked = await readLoopArguments(command, io, taskId);
  if (!asked.ok) return refuse(io, asked.error);
  const request = readRequest(words[0], flags);
  if (!request.ok) return refuse(io, request.error);
  return withRepository(context, asked.value.folder, (service) =>
    followSteered({ context, service, json: flags.json ?? false }, () =>
      service.decide(taskId, request.value),
    ),
  );
}

function readRequest(word: string | undefined, flags: DecideFlags): Result<DecideRequest, string> {
  const decision = DECISIONS.find((one) => one === word);
  if (!decision) return err(`The decision is ${shown(word)}; it takes PROCEED, ITERATE or ABORT.`);
  const { reason, feedback = [], confirm = [] } = flags;
  for (const [flag, values] of Object.entries({
    feedback,
    confirm,
    reason: reason === undefined ? [] : [reason],
  })) {
    if (values.some((value) => value.trim() === '')) return err(`--${flag} is empty; it takes a text.`);
  }
  // Without any, a review or feedback that was sent before says what has to change; the loop knows.
  const items = decision === 'ITERATE' && feedback.length === 0 && reason !== undefined ? [reason] : feedback;
  return ok({ decision, ...(reason === undefined ? {} : { reason }), feedback: items, confirm });
}
