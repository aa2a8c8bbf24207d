import { ok, type Result } from '../base/result.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import type { Commit } from '../domain/loop/model.ts';
import { iterations, type LoopState } from '../domain/loop/state.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import { readLoop, type StoredLoop } from './stored-loop.ts';

export interface ExportRequest {
  /** Null: the result or, with an agent, its newest iteration. */
  readonly iteration: number | null;
  /** This agent's newest attempt, against where it began; null: what was integrated, against the loop's base. */
  readonly agentId: string | null;
  /** Against the base of the first loop of those that it goes on from. */
  readonly sinceFirstBase?: boolean;
}

export interface ExportedPatch {
  readonly bytes: Uint8Array;
  /** `fix-login-2-backend-1.patch` */
  readonly fileName: string;
  readonly from: Commit;
  readonly to: Commit;
}

/** What a patch holds: everything but its bytes. */
interface Difference {
  readonly from: Commit;
  readonly to: Commit;
  readonly iteration: number | null;
  readonly agent: { readonly id: string; readonly attempt: number } | null;
}

/** A difference that a loop made, in the form that `git am` and `git apply` take. */
export async function exportPatch(
  deps: Pick<LoopDeps, 'store' | 'repository'>,
  taskId: string,
  request: ExportRequest,
): Promise<Result<ExportedPatch, LoopError>> {
  const stored = await readLoop(deps.store, taskId);
  if (!stored.ok) return stored;
  const found = request.agentId === null ? integrated(stored.value, request) : attempt(stored.value, request);
  if (!found.ok) return found;
  const { from, to } = found.value;
  const changes = await deps.repository.changes(from, to);
  if (!changes.ok) return fail('state', `The commit ${to.slice(0, 12)} of ${taskId} is no longer there.`);
  if (changes.value.length === 0) {
    return fail('state', `There is nothing to export: ${to.slice(0, 12)} does not differ from its base.`);
  }
  const { config, updatedAt } = stored.value.state;
  const message = `${subjectOf(config.description)}\n\n${describe(config.taskId, found.value)}\n`;
  const bytes = await deps.repository.patch({ from, to, message, at: updatedAt });
  if (!bytes.ok) return fail('internal', bytes.error.message);
  return ok({ bytes: bytes.value, fileName: `${nameOf(config.taskId, found.value)}.patch`, from, to });
}

function integrated(
  { state }: StoredLoop,
  { iteration, sinceFirstBase = false }: ExportRequest,
): Result<Difference, LoopError> {
  const { taskId, baseCommit, continuesTask } = state.config;
  if (iteration !== null && iterations(state).every((each) => each.number !== iteration))
    return noIteration(taskId, iteration);
  const to = integratedCommit(state, iteration);
  if (to === null) {
    const where = iteration === null ? taskId : `Iteration ${iteration} of ${taskId}`;
    return fail('state', `${where} has no integrated result; name an agent to export its attempt.`);
  }
  const from = sinceFirstBase ? (continuesTask?.firstBase ?? baseCommit) : baseCommit;
  return ok({ from, to, iteration, agent: null });
}

/** Of an iteration; null: the result, while there is none the newest. */
function integratedCommit(state: LoopState, iteration: number | null): Commit | null {
  const result = iteration === null && state.phase.kind === 'finished' ? state.phase.event.commit : null;
  const record = iterations(state).findLast(
    (each) => each.integrated && (iteration === null || each.number === iteration),
  );
  return result ?? record?.integrated?.commit ?? null;
}

function attempt(
  { state, events }: StoredLoop,
  { iteration, agentId }: ExportRequest,
): Result<Difference, LoopError> {
  const { taskId, crew } = state.config;
  const member = crew.find(({ id }) => id.toLowerCase() === agentId?.toLowerCase());
  if (!member) {
    const ids = crew.map(({ id }) => id).join(', ');
    return fail('input', `${taskId} has no agent ${JSON.stringify(agentId)}; it takes one of ${ids}.`);
  }
  const wanted = iterations(state).filter((each) => iteration === null || each.number === iteration);
  if (wanted.length === 0 && iteration !== null) return noIteration(taskId, iteration);
  for (const record of wanted.toReversed()) {
    const exit = newestCommit(events, record.number, member.id);
    if (!exit) continue;
    const agent = { id: member.id, attempt: exit.attempt };
    return ok({ from: record.start, to: exit.commit, iteration: record.number, agent });
  }
  const where = iteration === null ? taskId : `iteration ${iteration} of ${taskId}`;
  return fail('state', `${member.id} has no attempt with changes of its own in ${where}.`);
}

function newestCommit(events: readonly LoopEvent[], iteration: number, agentId: string) {
  for (const event of events.toReversed()) {
    if (event.type !== 'AgentExited' || event.iteration !== iteration) continue;
    const { exit } = event;
    if (exit.agentId === agentId && exit.commit !== null)
      return { attempt: exit.attempt, commit: exit.commit };
  }
  return null;
}

const noIteration = (taskId: string, iteration: number) =>
  fail('input', `${taskId} has no iteration ${iteration}.`);

const SUBJECT_LENGTH = 72;

function subjectOf(description: string): string {
  const line = description
    .split(/\r?\n/)
    .map((each) => each.replaceAll(/\p{Cc}/gu, ' ').trim())
    .find((each) => each !== '');
  const characters = Array.from(line ?? 'Result of a loop');
  return characters.length > SUBJECT_LENGTH
    ? `${characters.slice(0, SUBJECT_LENGTH - 1).join('')}…`
    : characters.join('');
}

function describe(taskId: string, { iteration, agent }: Difference): string {
  if (agent)
    return `Attempt ${agent.attempt} of ${agent.id} in iteration ${iteration} of the loop ${taskId}.`;
  return iteration === null
    ? `Result of the loop ${taskId}.`
    : `Iteration ${iteration} of the loop ${taskId}.`;
}

const nameOf = (taskId: string, { iteration, agent }: Difference): string =>
  [taskId, iteration, agent?.id].filter((part) => part != null).join('-');

/** All that is durably known of a loop, as one JSON document. */
export interface LoopRecord {
  readonly version: 1;
  readonly taskId: string;
  /** SHA-256, in lower-case hex, of `JSON.stringify(events)` in UTF-8. */
  readonly eventsSha256: string;
  readonly transferPoints: readonly Record<string, unknown>[];
  readonly decisions: readonly Record<string, unknown>[];
  /** The journal, oldest first. */
  readonly events: readonly LoopEvent[];
}

export async function exportRecord(
  deps: Pick<LoopDeps, 'store' | 'hash'>,
  taskId: string,
): Promise<Result<LoopRecord, LoopError>> {
  const stored = await readLoop(deps.store, taskId);
  if (!stored.ok) return stored;
  const { events, state } = stored.value;
  return ok({
    version: 1,
    taskId: state.config.taskId,
    eventsSha256: deps.hash(JSON.stringify(events)),
    transferPoints: events.flatMap((event) => {
      if (event.type !== 'TransferPointWritten') return [];
      const { iteration, at, point, part, key, sha256, verified } = event;
      return [{ iteration, at, point, part, key, sha256, verified }];
    }),
    decisions: events.flatMap((event) => {
      if (event.type !== 'DecisionMade') return [];
      const { iteration, at, decision, by, reason, defaulted, feedback, deferred, board } = event;
      const made = { iteration, at, decision, by, reason, defaulted, feedback, deferred };
      return [board ? { ...made, board } : made];
    }),
    events,
  });
}
