import type { Core } from '../../app/core.ts';
import {
  findMissingCli,
  needsAgentClis,
  namesProfiles,
  needsDefaultPreset,
  PREFERRED_PRESETS,
  resolveStartRequest,
} from '../../app/resolve-start.ts';
import { profileNotes } from '../../app/crew-profiles.ts';
import type { StartRequest } from '../../app/start-request.ts';
import type { LoopError, LoopHandle, LoopService } from '../../app/loop-service.ts';
import { checkId } from '../../base/ids.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { SetUp } from '../../domain/loop/model.ts';
import { parseArguments } from '../arguments.ts';
import { failed, foundClis, withRepository, type CliContext } from '../context.ts';
import { follow } from '../follow.ts';
import { watchInterruptions, type Interruptions } from '../interruptions.ts';
import { EXIT, printable, refuse, type Exit } from '../io.ts';
import { createReporter } from '../reporter.ts';
import { chooseSetUp, parseSetUp } from '../set-up.ts';
import { readRunInput, runCommand, type RunInput } from '../start-input.ts';

/** `cfn run`: starts a loop, or follows the one of that id, and ends with its outcome. */
export async function runRun(argv: readonly string[], context: CliContext): Promise<Exit> {
  const { io } = context;
  const command = runCommand();
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const setUp = parseSetUp(command.opts<{ setUp?: string }>().setUp);
  if (!setUp.ok) return refuse(io, setUp.error);
  const input = await readRunInput(command, io);
  if (!input.ok) return refuse(io, input.error);
  const { start, warnings } = input.value;
  const wrong = checkBeforeLoading(start);
  if (wrong !== null) return refuse(io, wrong);
  for (const warning of warnings) io.stderr.write(`${warning}\n`);
  return withRepository(context, start.folder, async (service, core) => {
    const interruptions = watchInterruptions(context);
    try {
      const running = await findRunning(service, start.taskId);
      if (!running.ok) return failed(io, running.error);
      if (running.value) {
        return await followLoop({ context, service, input: input.value, interruptions, ...running.value });
      }
      return await startLoop(
        { context, service, input: input.value, interruptions, setUp: setUp.value },
        core,
      );
    } finally {
      interruptions.dispose();
    }
  });
}

const SHOWN_LINES = 12;

/** What is wrong on its face is told before the core is loaded and the repository is opened. */
function checkBeforeLoading(start: RunInput['start']): string | null {
  if (start.taskId !== null) {
    const id = checkId('--task-id', start.taskId);
    if (!id.ok) return id.error;
  }
  if (start.description === '') return null;
  const request = resolveStartRequest({ ...start, foundPresets: ['demo'] });
  return request.ok ? null : request.error;
}

type Running = { readonly handle: LoopHandle; readonly since: number };

async function findRunning(
  service: LoopService,
  taskId: string | null,
): Promise<Result<Running | null, LoopError>> {
  if (taskId === null) return ok(null);
  const view = await service.view(taskId);
  if (!view.ok) return view.error.kind === 'internal' ? view : ok(null);
  if (view.value.outcome !== null) {
    return err({
      kind: 'input',
      message: `The loop ${taskId} is finished (${view.value.outcome}); choose another --task-id.`,
    });
  }
  const since = Date.now();
  const handle = await service.resume(taskId);
  return handle.ok ? ok({ handle: handle.value, since }) : handle;
}

interface Step {
  readonly context: CliContext;
  readonly service: LoopService;
  readonly input: RunInput;
  readonly interruptions: Interruptions;
}

async function startLoop(step: Step & { readonly setUp: SetUp | null }, core: Core): Promise<Exit> {
  const { context, service, input, interruptions } = step;
  const { io } = context;
  if (input.start.description === '') {
    return refuse(
      io,
      `There is no loop ${input.start.taskId} in progress; to start it, give an epic file (*.cfn.md) or --task TEXT.`,
    );
  }
  const request = await resolveHere(input, core);
  if (!request.ok) return refuse(io, request.error);
  const plan = await service.plan(request.value);
  if (!plan.ok) return failed(io, plan.error);
  if (interruptions.cancelled) return EXIT.cancelled;
  if (interruptions.detachedBy) return interruptions.detachedBy;
  const told = input.json ? io.stderr : io.stdout;
  for (const line of profileLines(request.value)) told.write(`${line}\n`);
  told.write(`${plan.value.summary}\n`);
  const chosen = await chooseSetUp({ ...step, ...input, io, plan: plan.value });
  if (!chosen.ok) return typeof chosen.error === 'number' ? chosen.error : failed(io, chosen.error);
  if (interruptions.detachedBy) return interruptions.detachedBy;
  const handle = await service.start(chosen.value);
  if (!handle.ok) return failed(io, handle.error);
  return followLoop({ ...step, handle: handle.value, since: 0 });
}

/** With the agent CLIs of this machine, which are looked for only if some agent may need one. */
async function resolveHere(input: RunInput, core: Core): Promise<Result<StartRequest, string>> {
  const { start } = input;
  const found = needsDefaultPreset(start.layers) ? await foundClis(core) : [];
  const foundPresets = PREFERRED_PRESETS.filter((id) => found.some((agent) => agent.id === id));
  const profiles = namesProfiles(start.layers) ? await core.profiles({ repository: start.folder }) : [];
  const request = resolveStartRequest({ ...start, foundPresets, profiles });
  if (!request.ok || !needsAgentClis(request.value.crew)) return request;
  const missing = findMissingCli(request.value.crew, await core.agents());
  return missing === null ? request : err(missing);
}

/** What a repository says to agents is shown before any of them starts: it came with the code. */
function profileLines({ crew }: StartRequest): readonly string[] {
  const texts = new Map(crew.flatMap(({ profile }) => (profile ? [[profile.path, profile] as const] : [])));
  return profileNotes(crew).flatMap(({ text, path }) => {
    const profile = texts.get(path);
    if (profile?.origin !== 'repository') return [text];
    const lines = profile.instructions.split('\n');
    const rest = lines.length - SHOWN_LINES;
    return [
      text,
      ...lines.slice(0, SHOWN_LINES).map((line) => `  | ${printable(line)}`),
      ...(rest > 0 ? [`  | … ${rest} more lines in ${printable(profile.path)}`] : []),
    ];
  });
}

async function followLoop(step: Step & Running): Promise<Exit> {
  const { context, service, input, interruptions, handle, since } = step;
  const reporter = await createReporter(context.io, { json: input.json });
  return follow({ context, service, handle, reporter, interruptions, json: input.json, since });
}
