import { checkId } from '../base/ids.ts';
import type { CodePlace } from '../domain/loop/model.ts';
import { ok, type Result } from '../base/result.ts';
import type { DetectedAgent } from '../ports/agent-provider.ts';
import type { LoopServiceDeps } from './create-loop-service.ts';
import { fail } from './loop-error.ts';
import type { LoopError, ProposedInstalls, StartPlan } from './loop-service.ts';
import { containerPlan, containerLines, placementLines } from './container-plan.ts';
import { crewLines } from './crew-lines.ts';
import { findMute } from './report-by.ts';
import { findMissingCli } from './resolve-start.ts';
import { findMissingKey } from './routing/missing-key.ts';
import { routeNotes } from './routing/route-words.ts';
import type { StartRequest } from './start-request.ts';

/** Checks a start against the repository and says what it would do. Creates nothing. */
export async function planStart(
  deps: LoopServiceDeps,
  request: StartRequest,
): Promise<Result<StartPlan, LoopError>> {
  const taskId = request.taskId ?? deps.ids.taskId(request.description);
  const checked = checkId('task id', taskId);
  if (!checked.ok) return fail('input', checked.error);
  if (await deps.store.exists(taskId)) {
    return fail('state', `There is a loop "${taskId}" already; choose another task id, or resume that one.`);
  }
  const missing = await missingFor(deps, request);
  if (missing) return fail('input', missing);
  const codePlace = { flag: saidBy(request), remembered: (await deps.choices.read()).codePlace };
  const container = await containerPlan(deps.containers, request, { flag: codePlace.flag, remembered: null });
  if (!container.ok) return container;
  const attachments = await deps.attachments.look(request.attach);
  if (!attachments.ok) return fail('input', attachments.error);
  const commands = await evidenceCommands(deps, request);
  if (!commands.ok) return commands;
  const servers = await serverSentences(deps, request);
  const maxParallelAgents = atOnce(deps, request);
  const { maxAgentRuns } = request;
  return ok({
    request,
    taskId,
    evidenceCommands: commands.value,
    installs: await proposedInstalls(deps),
    codePlace,
    attachments: attachments.value,
    maxAgentRuns,
    maxParallelAgents,
    summary: [
      `At most ${maxAgentRuns} agent runs, ${maxParallelAgents} at a time.`,
      evidenceSentence(commands.value),
      ...crewLines(request),
      ...containerLines(container.value),
      ...(await placementLines(deps.containers, container.value)),
      ...further(request),
      ...routeNotes(request.crew),
      ...servers,
      ...besides(request, attachments.value.length),
      'Nothing is merged into your branch.',
    ].join(' '),
  });
}

/** Whoever cannot be started, or cannot report as it would be asked to. */
const findUnable = (request: StartRequest, agents: readonly DetectedAgent[]): string | null =>
  findMissingCli(request.crew, agents) ?? findMute(request, agents);

/** Whoever asks for containers says where code runs. */
const saidBy = ({ runtime }: StartRequest): CodePlace | null =>
  runtime === 'container' ? 'container' : null;

/** What would be installed in each agent's worktree; null where there is nothing to ask about. */
export async function proposedInstalls(
  deps: Pick<LoopServiceDeps, 'discoverInstalls' | 'choices' | 'repository'>,
): Promise<ProposedInstalls | null> {
  const commands = await deps.discoverInstalls(deps.repository.facts.root);
  return commands.length > 0 ? { commands, chosen: (await deps.choices.read()).setUp } : null;
}

/** What keeps the crew from being started, in one sentence; null where nothing does. */
const missingFor = async (
  { detectAgents, hasProviderKey, mcpServers }: LoopServiceDeps,
  request: StartRequest,
): Promise<string | null> => {
  const { crew, skills } = request;
  const missing = findUnable(request, await detectAgents()) ?? (await findMissingKey(crew, hasProviderKey));
  if (missing !== null || !skills) return missing;
  const servers = await mcpServers.forSkills(skills);
  return servers.ok ? null : servers.error;
};

const atOnce = (deps: LoopServiceDeps, { maxParallelAgents }: StartRequest): number =>
  deps.sequential ? 1 : (maxParallelAgents ?? deps.parallelAgents());

/** Which MCP servers agents will see, and what of them is missing. */
async function serverSentences(
  { mcpServers }: LoopServiceDeps,
  { skills }: StartRequest,
): Promise<readonly string[]> {
  const found = skills ? await mcpServers.forSkills(skills) : null;
  if (!found?.ok) return [];
  const { launches, missing } = found.value;
  const titles = launches.map(({ title }) => title).join(', ');
  return [...(titles === '' ? [] : [`Agents see the MCP servers ${titles}.`]), ...missing];
}

/** What only some starts have. */
const besides = ({ queued, sparse }: StartRequest, files: number): readonly string[] => [
  ...(sparse ? [`Worktrees contain ${sparse.join(', ')} alone.`] : []),
  ...(files > 0 ? [`${files === 1 ? '1 file is' : `${files} files are`} attached.`] : []),
  ...(queued ? ['It begins once no other loop is at work on this machine.'] : []),
];

/** What is run beyond agents and evidence. */
const further = ({ adversarialRate = 0, mutationSample = 0 }: StartRequest): readonly string[] => [
  ...(mutationSample > 0
    ? [
        `Where tests pass, up to ${mutationSample} faults in changed lines are run against them, one test run each.`,
      ]
    : []),
  ...(adversarialRate > 0
    ? [
        `${Math.round(adversarialRate * 100)} % of reviews are looked into by a seeded fault, one run more each.`,
      ]
    : []),
];

function evidenceSentence(commands: readonly string[]): string {
  return commands.length > 0
    ? `Evidence: ${commands.map((command) => `\`${command}\``).join(', ')}.`
    : 'No evidence is collected, so PROCEED needs you.';
}

async function evidenceCommands(
  deps: LoopServiceDeps,
  request: StartRequest,
): Promise<Result<readonly string[], LoopError>> {
  if (request.evidence) return ok(request.evidence);
  const found = await deps.discoverEvidence(deps.repository.facts.root);
  return found.length > 0
    ? ok(found.map((command) => command.command))
    : fail(
        'input',
        'No test command was found in the repository; name one with --evidence CMD, or use --evidence none.',
      );
}
