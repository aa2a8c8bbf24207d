import { ok, type Result } from '../base/result.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import { evolve } from '../domain/loop/evolve.ts';
import type { LoopState } from '../domain/loop/state.ts';
import type { JournalEntry, LoopStore } from '../ports/journal.ts';
import { storedEventSchema } from '../protocol/persisted.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';

export interface StoredLoop {
  readonly state: LoopState;
  readonly events: readonly LoopEvent[];
  readonly lastSeq: number;
}

/** Reads a loop from its journal; needs no lock. */
export async function readLoop(store: LoopStore, taskId: string): Promise<Result<StoredLoop, LoopError>> {
  if (!(await store.exists(taskId))) return fail('input', `There is no loop "${taskId}" in this repository.`);
  const entries = await store.read(taskId);
  if (!entries.ok) return fail('internal', entries.error.message);
  let state: LoopState | null = null;
  const events: LoopEvent[] = [];
  for (const entry of entries.value) {
    const event = eventOf(entry);
    if (!event.ok) return event;
    state = evolve(state, event.value);
    events.push(event.value);
  }
  if (!state) return fail('input', `The loop "${taskId}" was never started.`);
  return ok({ state, events, lastSeq: entries.value.at(-1)?.seq ?? 0 });
}

export function eventOf(entry: JournalEntry): Result<LoopEvent, LoopError> {
  const parsed = storedEventSchema.safeParse(entry.event);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return fail(
    'internal',
    `Event ${entry.seq} of the journal cannot be read: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
  );
}
