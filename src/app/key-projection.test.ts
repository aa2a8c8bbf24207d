import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { silentLogger } from '../base/logger.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import { passing, startedLoop, testConfig } from '../domain/loop/test-loop.ts';
import type { Coordination, CoordinationError } from '../ports/coordination.ts';
import { keys } from '../protocol/keys.ts';
import { createKeyProjection } from './key-projection.ts';

const loop = startedLoop();
loop.run({ agent: passing });
const ALL: readonly LoopEvent[] = loop.events;

/** What may happen to a call: it works, never arrives, or arrives while its answer is lost. */
type Fate = 'works' | 'lost' | 'answer-lost';

function memoryStore(fate: () => Fate) {
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const done = new Map<string, string>();
  const call = async <T>(run: () => T): Promise<Result<T, CoordinationError>> => {
    const now = fate();
    const down = err({ kind: 'unavailable', message: 'down' } as const);
    if (now === 'lost') return down;
    const value = run();
    return now === 'works' ? ok(value) : down;
  };
  const coordination = {
    put: (key: string, value: string) => call(() => void values.set(key, value)),
    push: (key: string, value: string) => call(() => void lists.set(key, [value, ...(lists.get(key) ?? [])])),
    list: (key: string) => call(() => lists.get(key) ?? []),
    drop: (key: string) => call(() => void lists.delete(key)),
    complete: ({ iteration, agentId, result }: Parameters<Coordination['complete']>[0]) =>
      call(() => {
        done.set(`${iteration}:${agentId}`, result);
        return { first: true };
      }),
  } as unknown as Coordination;
  const wipe = (): void => [values, lists, done].forEach((part) => part.clear());
  return { coordination, values, lists, done, wipe };
}

function project(
  store: ReturnType<typeof memoryStore>,
  events: readonly LoopEvent[],
  rewriteHandOvers: () => Promise<boolean> = () => Promise.resolve(true),
) {
  return createKeyProjection({
    coordination: store.coordination,
    config: testConfig,
    logger: silentLogger,
    events,
    rewriteHandOvers,
  });
}

async function undisturbed() {
  const store = memoryStore(() => 'works');
  await project(store, ALL).restored(true);
  return store;
}

const eventList = keys.events(testConfig.taskId).name;
/** Without what may stand twice after an answer was lost. */
const sets = (lists: ReadonlyMap<string, readonly string[]>) =>
  new Map(Array.from(lists, ([key, items]) => [key, new Set(items)]));

const fates = fc.array(
  fc.constantFrom<Fate>('works', 'works', 'works', 'works', 'works', 'works', 'lost', 'answer-lost'),
  { maxLength: 120 },
);
const steps = fc.array(fc.constantFrom('event', 'event', 'event', 'back', 'wipe', 'unseen wipe', 'restart'), {
  maxLength: 60,
});

it('[DP-111] after any losses, wipes and restarts the keys are those of a loop that met none', async () => {
  const expected = await undisturbed();
  await fc.assert(
    fc.asyncProperty(fates, steps, async (allFates, allSteps) => {
      const rest = [...allFates];
      const store = memoryStore(() => rest.shift() ?? 'works');
      let events: LoopEvent[] = [];
      let projection = project(store, events);
      let next = 0;
      let wiped = false;
      for (const step of allSteps) {
        const event = ALL[next];
        if (step === 'event' && event) {
          next += 1;
          events.push(event);
          await projection.catchUp();
        } else if (step === 'back') {
          await projection.restored(wiped);
          wiped = false;
        } else if (step === 'wipe') {
          store.wipe();
          await projection.restored(true);
          wiped = false;
        } else if (step === 'unseen wipe') {
          store.wipe();
          wiped = true;
        } else if (step === 'restart') {
          // The orchestrator is another one, which knows of the store what the store says itself.
          events = ALL.slice(0, next);
          projection = project(store, events);
        }
      }
      rest.length = 0;
      events.push(...ALL.slice(next));
      await projection.restored(wiped);
      expect(store.values).toEqual(expected.values);
      expect(store.done).toEqual(expected.done);
      expect(sets(store.lists)).toEqual(sets(expected.lists));
      expect(store.lists.get(eventList)).toEqual(expected.lists.get(eventList));
    }),
    { numRuns: 300 },
  );
});

it('writes everything of a resumed loop to a store that has nothing, and nothing to one that has it all', async () => {
  const store = await undisturbed();
  const before = Array.from(store.lists.get(eventList) ?? []);
  await project(store, ALL).catchUp();
  expect(store.lists.get(eventList)).toEqual(before);
  store.wipe();
  await project(store, ALL).catchUp();
  expect(store.lists.get(eventList)).toEqual(before);
});

it('has the hand-overs looked at again that the store did not confirm, until it was there for that', async () => {
  const store = memoryStore(() => 'works');
  const answers = [false, true];
  let calls = 0;
  const events: LoopEvent[] = [];
  const projection = project(store, events, () => {
    calls += 1;
    return Promise.resolve(answers.shift() ?? true);
  });
  const unconfirmed = (event: LoopEvent, index: number): LoopEvent =>
    event.type === 'TransferPointWritten' && index === firstPoint ? { ...event, verified: false } : event;
  const firstPoint = ALL.findIndex(({ type }) => type === 'TransferPointWritten');
  const callsAfter: number[] = [];
  for (const event of ALL.map(unconfirmed).slice(0, firstPoint + 4)) {
    events.push(event);
    await projection.catchUp();
    callsAfter.push(calls);
  }
  expect(callsAfter.slice(firstPoint - 1)).toEqual([0, 1, 2, 2, 2]);
  expect(store.lists.get(eventList)).toHaveLength(events.length);

  // Whoever takes the loop up later does not know what became of it.
  const later = async (all: readonly LoopEvent[]): Promise<number> => {
    let looked = 0;
    await project(store, all, () => Promise.resolve(Boolean((looked += 1)))).catchUp();
    return looked;
  };
  await later(ALL);
  expect([await later(ALL.map(unconfirmed)), await later(ALL)]).toEqual([1, 0]);
});

it('passes over a key that the store refuses', async () => {
  const store = memoryStore(() => 'works');
  const push = store.coordination.push.bind(store.coordination);
  const refused = keys.decision(testConfig.taskId).name;
  const coordination: Coordination = {
    ...store.coordination,
    push: (key, value, ttl) =>
      key === refused
        ? Promise.resolve(err({ kind: 'rejected', message: 'WRONGTYPE' }))
        : push(key, value, ttl),
  };
  await project({ ...store, coordination }, ALL).catchUp();
  expect(store.lists.get(eventList)).toHaveLength(ALL.length);
  expect(store.lists.has(refused)).toBe(false);
});
