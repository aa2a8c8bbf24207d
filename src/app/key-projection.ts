import type { LoopConfig } from '../domain/loop/config.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Logger } from '../base/logger.ts';
import type { Coordination } from '../ports/coordination.ts';
import { keys } from '../protocol/keys.ts';
import { completionOf, eventEntry, keyWrites, type KeyWrite } from './projections/coordination-keys.ts';

export interface KeyProjectionDeps {
  readonly coordination: Coordination;
  readonly config: LoopConfig;
  readonly logger: Logger;
  /** All events of the loop so far, oldest first; it grows. */
  readonly events: readonly LoopEvent[];
  /**
   * Writes again what the events name but do not hold, where the store has lost it or never took it. `false`: the
   * store is not there.
   */
  readonly rewriteHandOvers: () => Promise<boolean>;
}

export interface KeyProjection {
  /** Writes what the store lacks. Never fails: what a store did not take is written when it is back. */
  catchUp(): Promise<void>;
  /** The store may have lost keys. */
  restored(emptied: boolean): Promise<void>;
}

/**
 * How many events the store has. Keys may have been lost unseen and events pushed since, so a list that does not begin
 * at the first event tells nothing, and is taken away. Null: the store is not there.
 */
async function seenBy({ coordination, config, events }: KeyProjectionDeps): Promise<number | null> {
  const name = keys.events(config.taskId).name;
  const list = await coordination.list(name);
  if (!list.ok) return null;
  const there = list.value.toReversed().slice(0, events.length);
  if (events.slice(0, there.length).every((event, at) => there[at] === eventEntry(event)))
    return there.length;
  return (await coordination.drop(name)).ok ? 0 : null;
}

/**
 * Keeps the coordination keys equal to the journal, also after a store was away, wiped, or restarted together with
 * the orchestrator: the list of events says which the store has seen, and the others follow in their order.
 */
export function createKeyProjection(deps: KeyProjectionDeps): KeyProjection {
  const { coordination, config, events, logger } = deps;
  const { taskId } = config;
  /** Of a new loop the store has seen nothing. */
  let seen: number | null = events.length === 0 ? 0 : null;
  let lost = events.length > 0;
  /** So many events have their hand-overs in the store; the loop itself writes them. */
  let handedOver = 0;
  let told = false;
  let queue: Promise<void> = Promise.resolve();

  /** `false`: the store is not there. */
  const locate = async (): Promise<boolean> => {
    seen ??= await seenBy(deps);
    return seen !== null;
  };

  /** The event's own entry comes last: what stands in the list has all its keys. */
  const write = async (event: LoopEvent): Promise<boolean> => {
    const writes = keyWrites(event, config);
    const entry = keys.events(taskId).name;
    for (const each of writes.filter(({ key }) => key !== entry)) if (!(await writeOne(each))) return false;
    const completion = completionOf(event);
    if (completion && !taken(await coordination.complete(completion), completion.agentId)) return false;
    for (const each of writes.filter(({ key }) => key === entry)) if (!(await writeOne(each))) return false;
    return true;
  };

  const writeOne = async ({ kind, key, value, ttlSeconds }: KeyWrite): Promise<boolean> =>
    taken(await coordination[kind](key, value, ttlSeconds), key);

  /** A refusal is told and passed over: something else stands under that key, and would every time. */
  const taken = (result: Awaited<ReturnType<Coordination['put' | 'complete']>>, key: string): boolean => {
    if (result.ok) return true;
    if (result.error.kind === 'unavailable') return false;
    logger.warn(`The store did not take ${key}: ${result.error.message}`, { taskId });
    return true;
  };

  const advance = async (): Promise<Result<void, string>> => {
    if (!(await locate()) || seen === null) return err('the store does not answer');
    const behind = seen < events.length;
    for (; seen < events.length; seen += 1) {
      const event = events[seen];
      if (event && (await write(event))) continue;
      seen = null;
      return err('the store went away');
    }
    const unconfirmed = events
      .slice(handedOver)
      .some((event) => event.type === 'TransferPointWritten' && !event.verified);
    const upTo = events.length;
    if (((lost && behind) || unconfirmed) && !(await deps.rewriteHandOvers())) {
      seen = null;
      return err('the store went away');
    }
    handedOver = upTo;
    lost = false;
    return ok(undefined);
  };

  const later = (work: () => void): Promise<void> => {
    queue = queue.then(async () => {
      work();
      const advanced = await advance();
      if (advanced.ok) told = false;
      else if (!told) {
        told = true;
        logger.warn(`Coordination keys wait: ${advanced.error}. The loop goes on from result records.`, {
          taskId,
        });
      }
    });
    return queue;
  };

  return {
    catchUp: () => later(() => undefined),
    restored: (emptied) =>
      later(() => {
        if (!emptied) return;
        seen = null;
        lost = true;
      }),
  };
}
