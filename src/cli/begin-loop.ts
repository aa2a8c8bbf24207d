import type { Inheritance } from '../app/continuation.ts';
import type { Core } from '../app/core.ts';
import { dryRunText } from '../app/dry-run-text.ts';
import type { LoopHandle, LoopService, StartPlan } from '../app/loop-service.ts';
import { PREFERRED_PRESETS } from '../app/presets.ts';
import {
  findMissingCli,
  isRouting,
  namesProfiles,
  needsAgentClis,
  needsDefaultPreset,
  resolveStartRequest,
  wantsOtherFamily,
} from '../app/resolve-start.ts';
import { profileNotes } from '../app/crew-profiles.ts';
import type { StartRequest } from '../app/start-request.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { CodePlace, SetUp } from '../domain/loop/model.ts';
import { chooseCodePlace } from './code-place.ts';
import { failed, foundClis, type CliContext } from './context.ts';
import { follow } from './follow.ts';
import type { Interruptions } from './interruptions.ts';
import { EXIT, printable, refuse, type Exit } from './io.ts';
import { createReporter } from './reporter.ts';
import { chooseSetUp } from './set-up.ts';
import type { RunInput } from './start-input.ts';

export interface Step {
  readonly context: CliContext;
  readonly service: LoopService;
  readonly input: RunInput;
  readonly interruptions: Interruptions;
}

export interface Begin extends Step {
  /** The flag; null where it was not given. */
  readonly setUp: SetUp | null;
  /** The same of `--code`. */
  readonly codePlace: CodePlace | null;
}

/** Starts a loop as it was asked for, and follows it to its end. */
export async function beginLoop(step: Begin, core: Core): Promise<Exit> {
  const { context, service, input, interruptions } = step;
  const { io } = context;
  const request = await resolveHere(input, core);
  if (!request.ok) return refuse(io, request.error);
  const plan = await service.plan(request.value);
  if (!plan.ok) return failed(io, plan.error);
  if (interruptions.cancelled) return EXIT.cancelled;
  if (interruptions.detachedBy) return interruptions.detachedBy;
  if (input.dryRun) return showDryRun(step, plan.value);
  const told = input.json ? io.stderr : io.stdout;
  for (const line of profileLines(request.value)) told.write(`${line}\n`);
  told.write(`${plan.value.summary}\n`);
  const chosen = await askOnce(step, plan.value);
  if (!chosen.ok) return typeof chosen.error === 'number' ? chosen.error : failed(io, chosen.error);
  if (interruptions.detachedBy) return interruptions.detachedBy;
  const handle = await service.start(chosen.value);
  if (!handle.ok) return failed(io, handle.error);
  return followLoop(step, { handle: handle.value, since: 0 });
}

/** What a person is asked once for each repository. */
async function askOnce(step: Begin, plan: StartPlan): ReturnType<typeof chooseSetUp> {
  const question = { ...step, json: step.input.json, io: step.context.io };
  const placed = await chooseCodePlace({ ...question, plan });
  return placed.ok ? chooseSetUp({ ...question, plan: placed.value }) : placed;
}

/** Nobody is asked anything, and what was chosen is not remembered. */
async function showDryRun(
  { context, service, input, setUp, codePlace }: Begin,
  plan: StartPlan,
): Promise<Exit> {
  const { io } = context;
  const installs = plan.installs && { ...plan.installs, chosen: setUp ?? plan.installs.chosen };
  const shown = await service.dryRun({
    ...plan,
    installs,
    codePlace: { ...plan.codePlace, flag: codePlace ?? plan.codePlace.flag },
  });
  if (!shown.ok) return failed(io, shown.error);
  if (input.json)
    io.stdout.write(`${JSON.stringify({ type: 'DryRun', ...shown.value })}
`);
  else io.stdout.write(dryRunText(shown.value).split('\n').map(printable).join('\n'));
  return EXIT.proceed;
}

/** With the agent CLIs of this machine, which are looked for only if some agent may need one. */
async function resolveHere(input: RunInput, core: Core): Promise<Result<StartRequest, string>> {
  const { start } = input;
  const found = needsDefaultPreset(start.layers) ? await foundClis(core) : [];
  const foundPresets = PREFERRED_PRESETS.filter((id) => found.some((agent) => agent.id === id));
  const profiles = namesProfiles(start.layers) ? await core.profiles({ repository: start.folder }) : [];
  const signedIn = wantsOtherFamily(start.layers) ? { signedInPresets: await core.signedIn() } : {};
  const routes = isRouting(start.layers) ? await core.routing.routes() : ok(null);
  if (!routes.ok) return routes;
  const table = routes.value === null ? {} : { routes: routes.value };
  const request = resolveStartRequest({ ...start, ...table, foundPresets, ...signedIn, profiles });
  if (!request.ok || !needsAgentClis(request.value.crew)) return request;
  const missing = findMissingCli(request.value.crew, await core.agents());
  return missing === null ? request : err(missing);
}

const SHOWN_LINES = 12;

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

/** With what a finished loop hands on, below what was said for the new one. */
export function withInherited(input: RunInput, { layer, continuesTask, attach }: Inheritance): RunInput {
  const { layers } = input.start;
  const own = layers.slice(0, input.ownLayers);
  return {
    ...input,
    start: {
      ...input.start,
      continuesTask,
      attach: [...attach, ...(input.start.attach ?? [])],
      layers: [...own, layer, ...layers.slice(own.length)],
    },
  };
}

export interface Running {
  readonly handle: LoopHandle;
  /** Events before this time (epoch ms) were told by an earlier command. */
  readonly since: number;
}

export async function followLoop(step: Step, { handle, since }: Running): Promise<Exit> {
  const { context, service, input, interruptions } = step;
  const reporter = await createReporter(context.io, { json: input.json });
  return follow({ context, service, handle, reporter, interruptions, json: input.json, since });
}
