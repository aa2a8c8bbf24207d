import { parseNumber } from '../../protocol/settings.ts';
import type { Thresholds } from '../../domain/loop/events.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import type { Command } from 'commander';
import type { HandOver, HandOverAddress, HandOverPart } from '../../app/hand-overs.ts';
import { parseArguments } from '../arguments.ts';
import { failed, withRepository, type CliContext } from '../context.ts';
import { EXIT, refuse, type Exit } from '../io.ts';
import { loopIdCommand, pickLoop, readLoopArguments } from '../pick-loop.ts';
import { control } from './control.ts';

/** The words after the loop's name; with `--task-id` all of them. */
export function wordsOf(command: Command): {
  readonly taskId: string | undefined;
  readonly words: readonly string[];
} {
  const named = command.opts<{ taskId?: string }>().taskId !== undefined;
  return { taskId: named ? undefined : command.args[0], words: command.args.slice(named ? 0 : 1) };
}

/** `cfn breakpoint TASK_ID 1 5`, `--clear`: what the loop is held before. */
export function runBreakpoint(argv: readonly string[], context: CliContext): Promise<Exit> {
  const command = loopIdCommand(
    'breakpoint',
    'Hold a loop before transfer points; cfn release lets it go on.',
  )
    .argument('[points...]', 'transfer points, 1 to 7; they replace those set before')
    .option('--clear', 'hold it nowhere');
  const clear = () => command.opts<{ clear?: boolean }>().clear ?? false;
  const points = () => wordsOf(command).words.map(Number);
  return control(command, argv, context, {
    positional: () => wordsOf(command).taskId,
    check: () => {
      const { words } = wordsOf(command);
      if (clear())
        return words.length > 0 ? 'Points and --clear are both given; it takes one of them.' : null;
      const wrong = words.find((word) => !/^[1-7]$/.test(word));
      if (wrong !== undefined)
        return `The breakpoint is ${shown(wrong)}; it takes transfer points from 1 to 7.`;
      return words.length > 0
        ? null
        : 'No transfer point is named; it takes numbers from 1 to 7, or --clear.';
    },
    act: (service, taskId) => service.setBreakpoints(taskId, clear() ? [] : points()),
    done: (taskId) =>
      clear()
        ? `${taskId} is held nowhere; what is held now goes on with: cfn release ${taskId}`
        : `${taskId} is held before transfer point ${points().join(', ')}.`,
  });
}

const THRESHOLD_FLAGS = {
  gate: '--gate',
  consensus: '--consensus',
  maxIterations: '--max-iterations',
} as const;

/** `cfn thresholds`: for the iterations that follow. */
export function runThresholds(argv: readonly string[], context: CliContext): Promise<Exit> {
  const command = loopIdCommand('thresholds', "Change a loop's thresholds from its next iteration on.")
    .option('--gate <n>', 'least confidence, 0 to 1')
    .option('--consensus <n>', 'least mean score of the validators, 0 to 1')
    .option('--max-iterations <n>', 'most iterations, at once');
  const read = () => readThresholds(command.opts<Record<keyof Thresholds, string | undefined>>());
  return control(command, argv, context, {
    check: () => {
      const thresholds = read();
      return thresholds.ok ? null : thresholds.error;
    },
    act: (service, taskId) => {
      const thresholds = read();
      return service.changeThresholds(taskId, thresholds.ok ? thresholds.value : {});
    },
    done: (taskId) => `${taskId} has other thresholds from its next iteration on.`,
  });
}

function readThresholds(
  flags: Readonly<Record<keyof Thresholds, string | undefined>>,
): Result<Thresholds, string> {
  const read: { -readonly [K in keyof Thresholds]: number } = {};
  for (const name of ['gate', 'consensus', 'maxIterations'] as const) {
    const word = flags[name];
    if (word === undefined) continue;
    const value = parseNumber(word);
    if (value === undefined || value === null)
      return err(`${THRESHOLD_FLAGS[name]} is ${shown(word)}; it takes a number.`);
    read[name] = value;
  }
  return ok(read);
}

/** `cfn retry TASK_ID AGENT_ID [--with SPEC]` */
export function runRetry(argv: readonly string[], context: CliContext): Promise<Exit> {
  const command = loopIdCommand('retry', 'Have an agent of the running step run again, as a new attempt.')
    .argument('[agentId]', 'the agent')
    .option('--with <spec>', 'PRESET or exec:COMMAND LINE that takes its place');
  const agentId = () => wordsOf(command).words[0];
  const spec = () => command.opts<{ with?: string }>().with;
  return control(command, argv, context, {
    positional: () => wordsOf(command).taskId,
    check: () =>
      agentId() === undefined ? 'No agent is named; cfn retry takes TASK_ID and AGENT_ID.' : null,
    act: (service, taskId) => {
      const other = spec();
      return service.retryAgent(taskId, agentId() ?? '', other === undefined ? {} : { spec: other });
    },
    done: (taskId) => `${agentId()} of ${taskId} runs again.`,
  });
}

/** `cfn transfer TASK_ID POINT`: what was handed over, and the prompts that carried it. */
export async function runTransfer(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = loopIdCommand('transfer', 'Show what was handed over, or is held, at a transfer point.')
    .argument('[point]', 'transfer point, 1 to 7')
    .option('--iteration <n>', 'counted from 1 (default: the newest)')
    .option('--prompts', 'also the prompts that carried it')
    .option('--json', 'one JSON object');
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const { taskId, words } = wordsOf(command);
  const flags = command.opts<{ iteration?: string; prompts?: boolean; json?: boolean }>();
  const numbers = readAddress(words[0], flags.iteration);
  if (!numbers.ok) return refuse(io, numbers.error);
  const asked = await readLoopArguments(command, io, taskId);
  if (!asked.ok) return refuse(io, asked.error);
  return withRepository(context, asked.value.folder, async (service) => {
    const view = await pickLoop(service, asked.value.taskId);
    if (!view.ok) return failed(io, view.error);
    const found = await service.handOver(view.value.taskId, numbers.value);
    if (!found.ok) return failed(io, found.error);
    io.stdout.write(
      flags.json ? `${JSON.stringify(found.value)}\n` : asText(found.value, flags.prompts ?? false),
    );
    return EXIT.proceed;
  });
}

function readAddress(
  point: string | undefined,
  iteration: string | undefined,
): Result<HandOverAddress, string> {
  if (point === undefined || !/^[1-7]$/.test(point)) {
    return err(`The transfer point is ${shown(point)}; it takes a number from 1 to 7.`);
  }
  if (iteration === undefined) return ok({ point: Number(point) });
  return /^[1-9]\d*$/.test(iteration)
    ? ok({ point: Number(point), iteration: Number(iteration) })
    : err(`--iteration is ${shown(iteration)}; it takes a whole number from 1 on.`);
}

const STANDING = (part: HandOverPart): string => {
  if (part.sha256 === null) return 'held';
  const hash = part.verified ? 'verified' : 'not verified';
  return `${hash}, sha256 ${part.sha256}${part.edited ? ', edited by a person' : ''}`;
};

function asText({ parts, prompts, point, iteration }: HandOver, withPrompts: boolean): string {
  if (parts.length === 0)
    return `Nothing was handed over at transfer point ${point} in iteration ${iteration}.\n`;
  const texts = parts.map(
    (part) =>
      `${part.key} (${part.part}; ${STANDING(part)})\n${JSON.stringify(JSON.parse(part.text), null, 2)}\n`,
  );
  const carried = withPrompts
    ? prompts.map(
        ({ agentId, attempt, text }) =>
          `\n── prompt of ${agentId}, attempt ${attempt}\n${text ?? 'archived or removed'}\n`,
      )
    : [];
  return [...texts, ...carried].join('');
}
