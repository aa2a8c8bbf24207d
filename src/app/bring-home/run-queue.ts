import { assertNever, ok, type Result } from '../../base/result.ts';
import {
  beginQueue,
  onStacked,
  onTested,
  stepOf,
  type QueueStep,
  type TestAnswer,
} from '../../domain/home/merge-queue.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { HomePreview, LandRequest, Stack, StackedLayer } from '../../ports/home-git.ts';
import type { LoopDeps } from '../loop-deps.ts';
import { gitFailure, told } from '../loop-error.ts';
import type { LoopError } from '../loop-service.ts';
import type { EndedLoop } from './ended-loop.ts';
import { mergeMessage } from './messages.ts';
import type { QueueChoice, QueueProgress, QueueReport } from './queue-report.ts';
import { placeBesideLoops } from '../code-places.ts';
import { reportOf, type Ended, type Found } from './report-queue.ts';
import { createStackEvidence, type StackEvidence, type StackEvidenceDeps } from './stack-evidence.ts';

export type QueueDeps = StackEvidenceDeps & Pick<LoopDeps, 'clock'> & Parameters<typeof placeBesideLoops>[0];

export interface QueueRequest {
  readonly loops: readonly EndedLoop[];
  readonly choice: QueueChoice;
  readonly progress: (progress: QueueProgress) => void;
  readonly signal: AbortSignal;
}

interface Queue extends QueueRequest {
  readonly deps: QueueDeps;
  readonly evidence: StackEvidence;
  /** Epoch milliseconds, of all commits of this queue. */
  readonly at: number;
}

/**
 * Brings the loops home that together keep what the branch's evidence says, and names why the others stay. Callers
 * hold the repository's lease. What lands is the commit that was tested.
 */
export async function runQueue(
  deps: QueueDeps,
  request: QueueRequest,
): Promise<Result<QueueReport, LoopError>> {
  const configs = request.loops.map(({ config }) => config);
  const place = await placeBesideLoops(deps, request.choice.containers);
  if (!place.ok) return place;
  const evidence = createStackEvidence(deps, configs, place.value);
  const queue: Queue = { ...request, deps, evidence, at: deps.clock.now() };
  try {
    const settled = await deps.repository.home.settle();
    if (!settled.ok) return gitFailure(settled.error);
    let ended = await tryOnce(queue);
    if (ended.ok && ended.value.outcome === 'moved') {
      const branch = ended.value.found?.stack.branch ?? null;
      request.progress({ kind: 'again', branch });
      // The branch that was meant, also where another one is checked out by now.
      ended = await tryOnce({ ...queue, choice: { ...queue.choice, into: queue.choice.into ?? branch } });
    }
    if (request.signal.aborted && !(ended.ok && ended.value.outcome === 'landed'))
      return ok(reportOf(queue, { outcome: 'cancelled', found: ended.ok ? ended.value.found : null }));
    return ended.ok ? ok(reportOf(queue, ended.value)) : ended;
  } finally {
    await evidence.dispose();
  }
}

/** What would be tried; nothing is run, and nothing moves. */
export async function previewQueue(
  deps: QueueDeps,
  request: Omit<QueueRequest, 'progress'>,
): Promise<Result<QueueReport, LoopError>> {
  const configs = request.loops.map(({ config }) => config);
  const evidence = createStackEvidence(deps, configs, null);
  const queue: Queue = { ...request, progress: () => undefined, deps, evidence, at: deps.clock.now() };
  const stack = await stackLoops(queue, { onto: null, loops: idsOf(request.loops) });
  if (!stack.ok) return stack;
  const found = { stack: stack.value, guilty: [] };
  const looked = await look(queue, stack.value);
  if (!looked.ok) return looked;
  return ok(reportOf(queue, { outcome: 'preview', found, preview: looked.value }));
}

type Tried = Result<Ended, LoopError>;

async function tryOnce(queue: Queue): Promise<Tried> {
  const judged = new Map<string, readonly string[]>();
  let machine = beginQueue(idsOf(queue.loops));
  let stack: Stack | null = null;
  const found = (): Found | null =>
    stack && {
      stack,
      guilty: machine.guilty.map((guilt) => ({ ...guilt, checks: judged.get(guilt.failing.join()) ?? [] })),
    };
  for (;;) {
    const step = stepOf(machine);
    if (queue.signal.aborted) return ok({ outcome: 'cancelled', found: found() });
    switch (step.kind) {
      case 'stack': {
        const stacked = await restack(queue, stack, step.loops);
        if (!stacked.ok) return stacked;
        const { preview } = stacked.value;
        stack = stacked.value.stack;
        machine = onStacked(machine, idsOfLayers(stack.layers));
        if (preview?.obstacle) return ok({ outcome: 'blocked', found: found(), preview });
        break;
      }
      case 'test': {
        if (stack === null) throw new Error('a test before anything was stacked');
        const tested = await test(queue, stack, step);
        if (!tested.ok) return tested;
        judged.set(step.loops.join(), tested.value.checks);
        machine = onTested(machine, tested.value.answer);
        break;
      }
      case 'land':
        if (stack === null) throw new Error('a landing before anything was stacked');
        return landTested(queue, { stack, guilty: found()?.guilty ?? [] });
      case 'end':
        return ok({ outcome: 'nothing', found: found() });
      default:
        return assertNever(step);
    }
  }
}

/** What stands in the way is looked at before any evidence runs. */
async function restack(
  queue: Queue,
  before: Stack | null,
  loops: readonly string[],
): Promise<Result<{ readonly stack: Stack; readonly preview: HomePreview | null }, LoopError>> {
  const stacked = await stackLoops(queue, { onto: before?.onto ?? null, loops });
  if (!stacked.ok) return stacked;
  const stack = stacked.value;
  if (before !== null) return ok({ stack, preview: null });
  const looked = await look(queue, stack);
  return looked.ok ? ok({ stack, preview: looked.value }) : looked;
}

interface Tested {
  readonly answer: TestAnswer;
  readonly checks: readonly string[];
}

async function test(
  queue: Queue,
  stack: Stack,
  { loops, why }: QueueStep & { readonly kind: 'test' },
): Promise<Result<Tested, LoopError>> {
  const commit = await commitOf(queue, stack, loops);
  if (!commit.ok) return commit;
  if (commit.value === null) return ok({ answer: 'unstackable', checks: [] });
  if (commit.value === stack.onto) return ok({ answer: 'green', checks: [] });
  const { branch, onto } = stack;
  const { evidence, progress, signal } = queue;
  const judged = await evidence.judge({ branch, onto, loops, commit: commit.value, why }, progress, signal);
  return judged.ok ? ok({ answer: judged.value.status, checks: judged.value.checks }) : judged;
}

/** Null: these loops cannot be stacked without the ones between them. */
async function commitOf(
  queue: Queue,
  stack: Stack,
  loops: readonly string[],
): Promise<Result<Commit | null, LoopError>> {
  const top = stack.layers[loops.length - 1];
  if (top && loops.every((loop, at) => stack.layers[at]?.taskId === loop)) return ok(top.tip);
  const other = await stackLoops(queue, { onto: stack.onto, loops });
  if (!other.ok) return other;
  return ok(other.value.conflicts.length > 0 ? null : (other.value.layers.at(-1)?.tip ?? stack.onto));
}

async function landTested(queue: Queue, found: Found): Promise<Tried> {
  const { evidence, progress, signal, choice, deps } = queue;
  const { branch, onto, layers } = found.stack;
  const [first, ...rest] = layers;
  const commit = layers.at(-1)?.tip;
  if (first === undefined || commit === undefined) return ok({ outcome: 'nothing', found });
  // It is known already; nothing is run for it.
  const stack = { branch, onto, loops: idsOfLayers(layers), commit, why: 'whole' } as const;
  const judged = await evidence.judge(stack, progress, signal);
  if (!judged.ok) return judged;
  const { proved, protectedFiles } = judged.value;
  if (!proved && !choice.withoutEvidence) return ok({ outcome: 'no-evidence', found });
  progress({ kind: 'landing', loops: layers.length, branch: choice.newBranch ?? branch });
  const landed = await deps.repository.home.land(landing(queue, found.stack, [first, ...rest]), signal);
  if (!landed.ok) return gitFailure(landed.error);
  switch (landed.value.kind) {
    case 'moved':
      return ok({ outcome: 'moved', found });
    case 'not-done':
      return ok({ outcome: 'blocked', found, preview: landed.value.preview, protectedFiles });
    case 'done': {
      const { integrations, preview } = landed.value;
      return ok({ outcome: 'landed', found, integrations, preview, protectedFiles });
    }
    default:
      return assertNever(landed.value);
  }
}

/** What landing it all would meet now; null where nothing is stacked, or where the branch has moved. */
async function look(queue: Queue, stack: Stack): Promise<Result<HomePreview | null, LoopError>> {
  const [first, ...rest] = stack.layers;
  if (first === undefined) return ok(null);
  const { home } = queue.deps.repository;
  const looked = await home.previewLanding(landing(queue, stack, [first, ...rest]), queue.signal);
  if (!looked.ok) return gitFailure(looked.error);
  return ok(looked.value.kind === 'moved' ? null : looked.value.preview);
}

/** To the branch that it was tested on, whatever is checked out when it lands. */
const landing = (
  { choice }: Queue,
  { branch, onto }: Stack,
  layers: readonly [StackedLayer, ...StackedLayer[]],
): LandRequest => {
  const { way, into, newBranch, rescueFirst } = choice;
  return { way, into: into ?? branch, newBranch, rescueFirst, onto, layers };
};

async function stackLoops(
  { deps, loops: all, choice, progress, signal, at }: Queue,
  { onto, loops }: { readonly onto: Commit | null; readonly loops: readonly string[] },
): Promise<Result<Stack, LoopError>> {
  const { way, into, newBranch } = choice;
  if (onto === null) progress({ kind: 'stacking', loops: loops.length, branch: into });
  const results = all
    .filter(({ config }) => loops.includes(config.taskId))
    .map(({ config, commit }) => ({
      taskId: config.taskId,
      commit,
      message: mergeMessage(config, way),
    }));
  const request = { way, into, newBranch, onto, loops: results, at };
  return told(await deps.repository.home.stack(request, signal));
}

const idsOf = (loops: readonly EndedLoop[]): readonly string[] => loops.map(({ config }) => config.taskId);
const idsOfLayers = (layers: readonly StackedLayer[]): readonly string[] =>
  layers.map(({ taskId }) => taskId);
