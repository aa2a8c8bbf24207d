import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { crewLines } from '../../app/crew-lines.ts';
import { profileNotes } from '../../app/crew-profiles.ts';
import type { LoopError, LoopService, StartPlan } from '../../app/loop-service.ts';
import { PREFERRED_PRESETS } from '../../app/presets.ts';
import {
  isRouting,
  namesProfiles,
  resolveStartRequest,
  wantsOtherFamily,
  type SettingsLayer,
  type StartInput,
} from '../../app/resolve-start.ts';
import { routeNotes } from '../../app/routing/route-words.ts';
import { routingOfEnvironment } from '../../app/routing/routing-settings.ts';
import { chosenPlace } from '../../domain/code-place.ts';
import type { AttachmentSource } from '../../domain/loop/attachment.ts';
import type { Continuation } from '../../domain/loop/config.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Command, Front } from '../front.ts';
import { isActive, visible } from '../words.ts';
import { readRepositorySettings, readUserSettings } from '../settings.ts';
import { agreeToModels } from './agree-to-models.ts';
import { agreeToStart } from './agree-to-start.ts';
import { withCodePlace } from './code-place.ts';
import { withChosenSetUp } from './set-up.ts';
import { askCrew, askMode, askTask } from './start-questions.ts';

/** What a start says itself; repository and user settings fill the rest. */
export interface StartWish {
  readonly description: string;
  readonly requirements: readonly string[];
  readonly acceptance: readonly string[];
  /** The strongest first. */
  readonly layers: readonly SettingsLayer[];
  /** The finished loop at whose result this one begins; its settings are the last of the layers. */
  readonly continuesTask?: Continuation;
  /** Files that agents get along with the task. */
  readonly attach?: readonly AttachmentSource[];
  /** The whole file that it comes from. */
  readonly epic?: string;
}

/** What was typed into the empty panel. */
const typed = z.object({ description: z.string().check(z.minLength(1)) });

/** What somebody has put already, to be looked over by the person. */
const proposed = z.object({ proposed: z.string() });

export const startLoop: Command = async (front, argument) => {
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const given = typed.safeParse(argument);
  const draft = proposed.safeParse(argument);
  const description = given.success
    ? given.data.description
    : await askTask(draft.success ? draft.data.proposed : '');
  if (description === undefined) return;
  await startTask(front, { description, acceptance: [] });
};

/** Asks for everything but the task. */
export async function startTask(
  front: Front,
  task: Pick<StartWish, 'description' | 'acceptance'>,
): Promise<void> {
  const mode = await askMode(front.memory);
  if (!mode) return;
  const crew = await askCrew(front, mode, isRoutingOn(front));
  if (!crew) return;
  const label = (name: string) => `the chosen ${name}`;
  const layers = [{ settings: { mode, ...crew }, label }];
  await startWith(front, { ...task, requirements: [], layers });
}

/** Whether agents that nobody names a program for ask a provider; what is wrong with the settings is told with the plan. */
function isRoutingOn({ loops }: Front): boolean {
  const user = loops.folder ? readUserSettings(loops.folder) : null;
  const environment = routingOfEnvironment(process.env);
  const layers = [environment, user].flatMap((read) => (read?.ok && read.value ? [read.value] : []));
  return isRouting(layers);
}

/** Scripted agents for every role, in the mode with the smallest crew. */
export const watchDemo: Command = (front) => startDemo(front, { ask: true });

export async function startDemo(front: Front, options: { readonly ask: boolean }): Promise<void> {
  const label = (name: string) => `the demo's ${name}`;
  const wish = {
    description: 'Make every test of this repository pass.',
    requirements: [],
    acceptance: [],
    layers: [{ settings: { mode: 'mvp', preset: 'demo', customRouting: false }, label }],
  } as const;
  await startWith(front, wish, options);
}

/** From wish to running loop: checks, shows what would run, asks, starts. */
export async function startWith(
  front: Front,
  wish: StartWish,
  options: { readonly ask: boolean } = { ask: true },
): Promise<void> {
  const planned = await planShown(front, wish);
  if (!planned.ok) return front.messages.failed(planned.error);
  const { service, plan } = planned.value;
  if (!options.ask) return run(front, service, plan);
  const placed = await withCodePlace(front, service, plan);
  const chosen = placed && (await withChosenSetUp(front, service, placed));
  if (chosen) await agreeAndRun(front, service, { wish, plan: chosen });
}

const planShown = (front: Front, wish: StartWish) =>
  vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: l10n.t('CFN: looking at the repository') },
    () => planWish(front, wish),
  );

/** Attaching files changes the plan, which is asked about again. */
async function agreeAndRun(
  front: Front,
  service: LoopService,
  { wish, plan }: { readonly wish: StartWish; readonly plan: StartPlan },
): Promise<void> {
  const busy = front.loops.views().some(isActive) || (await service.queue()).length > 0;
  switch (await agreeToStart(front, plan, { detail: planText(plan), busy })) {
    case 'start':
      return run(front, service, plan);
    case 'queue':
      return run(front, service, { ...plan, request: { ...plan.request, queued: true } });
    case 'attach': {
      const { chooseAttachments } = await import('../loop-tools/loop-tools.ts');
      const more = { ...wish, attach: [...(wish.attach ?? []), ...(await chooseAttachments(front))] };
      const planned = await planShown(front, more);
      if (planned.ok) return agreeAndRun(front, service, { wish: more, plan: planned.value.plan });
      front.messages.failed(planned.error);
      return agreeAndRun(front, service, { wish, plan });
    }
    case 'propose':
      return proposeInstead(front, service, { wish, plan });
    case null:
  }
}

/** The plan is a document to be read and started, so nothing is started now. */
async function proposeInstead(
  front: Front,
  service: LoopService,
  { wish, plan }: { readonly wish: StartWish; readonly plan: StartPlan },
): Promise<void> {
  const { proposeParts, sourceOfWish } = await import('../loop-tools/loop-tools.ts');
  const { crew, mode } = plan.request;
  const implementers = crew.filter(({ role }) => role === 'implementer').length;
  await proposeParts(front, service, {
    source: await sourceOfWish(wish, mode),
    suggested: implementers > 1 ? implementers : 0,
  });
}

interface Planned {
  readonly service: LoopService;
  readonly plan: StartPlan;
}

/** Checks a wish against the settings and the repository; nothing is created. */
export async function planWish(front: Front, wish: StartWish): Promise<Result<Planned, LoopError>> {
  const opened = await front.loops.service();
  if (!opened.ok) return opened;
  const input = await startInput(front, wish);
  if (typeof input === 'string') return err({ kind: 'input', message: input });
  const request = resolveStartRequest(input);
  if (!request.ok) return err({ kind: 'input', message: request.error });
  const plan = await opened.value.plan(request.value);
  return plan.ok ? ok({ service: opened.value, plan: plan.value }) : plan;
}

async function startInput(front: Front, wish: StartWish): Promise<StartInput | string> {
  const folder = front.loops.folder;
  if (!folder) return l10n.t('Open a folder with a git repository first.');
  const user = readUserSettings(folder);
  if (!user.ok) return user.error;
  const repository = await readRepositorySettings(folder);
  if (!repository.ok) return repository.error;
  const core = await front.loops.core();
  const found = await core.agents();
  const environment = routingOfEnvironment(process.env);
  if (!environment.ok) return environment.error;
  const layers = [
    ...wish.layers,
    ...[environment.value, repository.value].filter((layer) => layer !== null),
    user.value,
  ];
  const routes = isRouting(layers) ? await core.routing.routes() : ok(null);
  if (!routes.ok) return routes.error;
  const paths = new Set(found.filter((agent) => agent.path !== null).map((agent) => agent.id));
  return {
    folder: folder.fsPath,
    taskId: null,
    description: wish.description,
    requirements: wish.requirements,
    acceptance: wish.acceptance,
    layers,
    foundPresets: PREFERRED_PRESETS.filter((preset) => paths.has(preset)),
    ...(wantsOtherFamily(layers) ? { signedInPresets: await core.signedIn() } : {}),
    profiles: namesProfiles(layers) ? await core.profiles({ repository: folder.fsPath }) : [],
    ...(routes.value === null ? {} : { routes: routes.value }),
    ...(wish.continuesTask ? { continuesTask: wish.continuesTask } : {}),
    ...(wish.attach ? { attach: wish.attach } : {}),
  };
}

/** Everything a person should know before anything is created. */
export function planText(plan: StartPlan): string {
  const { request } = plan;
  const crew = request.crew.map((member) => `${member.id} (${programName(member.program)})`).join(', ');
  const evidence =
    plan.evidenceCommands.length > 0
      ? l10n.t('Evidence: {0}', plan.evidenceCommands.join(', '))
      : l10n.t('Evidence: none, so PROCEED needs you');
  return [
    request.description.slice(0, 300),
    ...(request.continuesTask
      ? ['', l10n.t('Goes on from the loop {0}.', request.continuesTask.taskId)]
      : []),
    '',
    l10n.t(
      '{0} mode: gate {1}, consensus {2}, at most {3} iterations.',
      request.mode,
      request.gateThreshold.toFixed(2),
      request.consensusThreshold.toFixed(2),
      request.maxIterations,
    ),
    l10n.t('Crew: {0}', crew),
    ...crewLines(request),
    evidence,
    attachedText(plan),
    installText(plan),
    chosenPlace(plan.codePlace) === 'container'
      ? l10n.t('Agents, set-up and evidence run in containers alone.')
      : l10n.t('Agents, set-up and evidence run on this machine.'),
    ...profileNotes(request.crew).map(({ text }) => text),
    ...routeNotes(request.crew),
    l10n.t('At most {0} agent runs, {1} at a time.', plan.maxAgentRuns, plan.maxParallelAgents),
    request.budgetUsd === null ? '' : l10n.t('Budget: ${0}', request.budgetUsd.toFixed(2)),
    '',
    l10n.t('Agents work in their own worktrees. Your checkout is not touched and nothing is merged.'),
  ]
    .filter((line, index, all) => line !== '' || all[index - 1] !== '')
    .join('\n');
}

function attachedText({ attachments }: StartPlan): string {
  return attachments.length === 0
    ? ''
    : l10n.t('Attached: {0}', attachments.map(({ name }) => visible(name)).join(', '));
}

function installText({ installs }: StartPlan): string {
  if (!installs) return '';
  const commands = installs.commands.join(' and ');
  return installs.chosen === 'none'
    ? l10n.t('Not installed in the worktrees: {0}', commands)
    : l10n.t('Installed in each worktree: {0}', commands);
}

function programName(program: StartPlan['request']['crew'][number]['program']): string {
  if (program === null) return 'you';
  return program.kind === 'preset' ? program.preset : (program.argv[0] ?? l10n.t('a command'));
}

async function run(front: Front, service: LoopService, plan: StartPlan): Promise<void> {
  const refused = await agreeToModels(front, plan.request.crew);
  if (refused !== null) return front.messages.failed({ kind: 'input', message: refused });
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: l10n.t('Starting the loop'), cancellable: true },
    async (_progress, token) => {
      const started = service.start(plan);
      token.onCancellationRequested(() => {
        void started.then(() => service.stop(plan.taskId));
      });
      const handle = await started;
      if (!handle.ok) return front.messages.failed(handle.error);
      front.loops.adopt(handle.value);
      front.showPanel(plan.taskId);
    },
  );
}
