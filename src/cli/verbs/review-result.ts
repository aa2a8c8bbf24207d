import { randomUUID } from 'node:crypto';
import type { LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { fail } from '../../app/loop-error.ts';
import type { LoopReview, MovedResult, Revision } from '../../app/review/loop-review.ts';
import { sourcesOf } from '../../app/review/revisions.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import type { LoopError } from '../../app/loop-service.ts';
import type { ReviewItem } from '../../domain/review/review.ts';
import { takenFiles, takenItem } from '../../domain/review/taken.ts';
import { failed } from '../context.ts';
import { EXIT, printable, type CliIo, type Exit } from '../io.ts';

/** Where files are taken from: an iteration's combined work, or what an agent made in it. */
export interface Source {
  readonly iteration: number;
  readonly agentId: string | null;
}

export interface Take {
  readonly files: readonly string[];
  readonly source: Source;
}

/** `--take` and `--from`, which need each other; null without them. */
export function readTake(take: readonly string[] = [], from?: string): Result<Take | null, string> {
  if (take.length === 0 && from === undefined) return ok(null);
  if (take.length === 0) return err('--take is missing; it takes the FILE that --from has.');
  if (from === undefined) return err('--from is missing; it takes ITERATION or ITERATION/AGENT.');
  const [, iteration, agentId] = /^([1-9]\d{0,2})(?:\/([\w-]+))?$/.exec(from) ?? [];
  if (iteration === undefined) {
    return err(`--from is ${shown(from)}; it takes ITERATION or ITERATION/AGENT, such as 2/backend-1.`);
  }
  const files = take.map((file) => file.replace(/^\.\//, ''));
  const empty = files.find((file) => file === '');
  if (empty !== undefined) return err("--take is empty; it takes a path relative to the repository's root.");
  return ok({ files, source: { iteration: Number(iteration), agentId: agentId ?? null } });
}

const sourceName = ({ iteration, agentId }: Source): string =>
  agentId === null ? `iteration ${iteration}` : `${agentId} in iteration ${iteration}`;

function findSource(
  revisions: readonly Revision[],
  taskId: string,
  source: Source,
): Result<Revision, LoopError> {
  const found = sourcesOf(revisions).find((each) =>
    source.agentId === null
      ? each.kind === 'integrated' && each.iteration === source.iteration
      : each.kind === 'attempt' && each.iteration === source.iteration && each.agentId === source.agentId,
  );
  return found
    ? ok(found)
    : fail('input', `--from names ${sourceName(source)}, which came to no commit in ${taskId}.`);
}

/** The files as items of a review, those that are named otherwise there with both names. */
export async function takenItems(
  review: LoopReview,
  taskId: string,
  { files, source }: Take,
): Promise<Result<readonly ReviewItem[], LoopError>> {
  const revisions = await review.revisions(taskId);
  if (!revisions.ok) return revisions;
  const from = findSource(revisions.value, taskId, source);
  if (!from.ok) return from;
  const into = revisions.value.findLast((each) => each.kind === 'result' || each.kind === 'integrated');
  if (!into) return fail('state', `${taskId} has integrated nothing yet that a file could be taken into.`);
  const taken = await review.wouldTake(files, { from: from.value.commit, to: into.commit });
  if (!taken.ok) return taken;
  const same = files.find((file) => !taken.value.some(({ path }) => path === file));
  if (same !== undefined) {
    return fail(
      'input',
      `--take names ${shown(same)}, which is the same in ${sourceName(source)}, or in neither.`,
    );
  }
  return ok(taken.value.map((file) => takenItem(randomUUID(), file)));
}

/** Of an ended loop no agent is told: its result is moved. */
export async function takeIntoResult(
  io: CliIo,
  review: LoopReview,
  { taskId }: Pick<LoopView, 'taskId'>,
  items: readonly ReviewItem[],
): Promise<Exit> {
  return moved(io, taskId, await review.take(taskId, takenFiles(items)));
}

function moved(io: CliIo, taskId: string, done: Result<MovedResult, LoopError>): Exit {
  if (!done.ok) return failed(io, done.error);
  const { branch, commit } = done.value;
  io.stdout.write(
    `${branch} is at ${commit.slice(0, 10)} now. No evidence ran on it; cfn review ${taskId} --undo takes it back.\n`,
  );
  return EXIT.proceed;
}

/** `--undo` and `--leave-out`. */
export async function moveResult(
  io: CliIo,
  review: LoopReview,
  taskId: string,
  step: 'undo' | 'leave-out',
): Promise<Exit> {
  if (step === 'leave-out') return moved(io, taskId, await review.leaveOutSent(taskId));
  const back = await review.takeBack(taskId);
  if (!back.ok) return failed(io, back.error);
  io.stdout.write(`${back.value.branch} is at ${back.value.commit.slice(0, 10)} again.\n`);
  return EXIT.proceed;
}

type ResultRevision = Extract<Revision, { readonly kind: 'result' }>;

/** Where the result of an ended loop is; null while there is none. */
export async function resultOf({ review }: LoopService, taskId: string): Promise<ResultRevision | null> {
  const revisions = await review?.revisions(taskId);
  const last = revisions?.ok ? revisions.value.at(-1) : undefined;
  return last?.kind === 'result' ? last : null;
}

/** One line for each thing that is otherwise than the loop's end says; none where all is as it was judged. */
export function resultLines(taskId: string, { commit, standing, iteration, held }: ResultRevision): string[] {
  const at = `The result is at ${commit.slice(0, 10)}`;
  const lines: string[] = [];
  if (standing === 'restored') lines.push(`${at}, restored to iteration ${iteration}.`);
  if (standing === 'revised') lines.push(`${at}, as a review changed it; no evidence ran on that.`);
  if (standing === 'foreign') lines.push(`${at}, with commits that no loop made.`);
  if (held) {
    const changes = [
      ...(held.rejected > 0 ? [`holds ${held.rejected} changes that you rejected`] : []),
      ...(held.taken > 0 ? [`is without ${held.taken} files that you took`] : []),
    ].join(' and ');
    lines.push(
      `The result ${changes}: the loop ended with an iteration as it was judged. cfn review ${taskId} --leave-out makes it as you wanted.`,
    );
  }
  return lines.map(printable);
}
