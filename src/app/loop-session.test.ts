import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { deferred } from '../base/deferred.ts';
import type { Logger } from '../base/logger.ts';
import { err, ok } from '../base/result.ts';
import type { Effect } from '../domain/loop/effects.ts';
import { replay } from '../domain/loop/evolve.ts';
import type { LoopEvent } from '../domain/loop/events.ts';
import { passing, startedLoop, testConfig } from '../domain/loop/test-loop.ts';
import type { Journal } from '../ports/journal.ts';
import { SUSPICION } from '../domain/agents/status.ts';
import { DETACHED, LoopFault } from './loop-deps.ts';
import { toLoopView } from './projections/to-loop-view.ts';
import { LoopSession, type EffectContext, type PerformEffect } from './loop-session.ts';

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silent,
};

function bench(perform: PerformEffect, options: { readonly full?: boolean } = {}) {
  const journaled: LoopEvent[] = [];
  const closed = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const journal: Journal = {
    get lastSeq() {
      return journaled.length;
    },
    append: (events) => {
      if (options.full && journaled.length > 0)
        return Promise.resolve(err({ kind: 'disk', message: 'no space left' } as const));
      journaled.push(...(events as LoopEvent[]));
      return Promise.resolve(ok(undefined));
    },
    close: closed,
  };
  const hasRoom = () => Promise.resolve(true);
  const deps = { taskId: 'task-001', clock: systemClock, logger: silent, journal, perform, hasRoom };
  return { journaled, closed, deps, session: new LoopSession(deps, null) };
}

/** Work that is noted and never comes to an end by itself, unless it is told to stop. */
function pendingWork() {
  const begun: { readonly effect: Effect; readonly context: EffectContext }[] = [];
  const waiters = new Set<() => void>();
  const perform: PerformEffect = (effect, context) => {
    begun.push({ effect, context });
    for (const look of waiters) look();
    return new Promise((_resolve, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason as Error), { once: true });
    });
  };
  /** Resolves with the work of this number, counted from 0, once it has begun. */
  const nth = (number: number) => {
    const found = deferred<(typeof begun)[number]>();
    const look = () => {
      const work = begun[number];
      if (work) found.resolve(work);
    };
    waiters.add(look);
    look();
    return found.promise;
  };
  return { begun, perform, nth };
}

const start = { kind: 'start', config: testConfig } as const;

describe('a live loop', () => {
  it('records commands before it is begun, and carries nothing out', async () => {
    const { begun, perform } = pendingWork();
    const { session, journaled } = bench(perform);
    await session.dispatch(start);
    await session.dispatch({ kind: 'pause', now: false });
    expect(journaled.map((event) => event.type)).toEqual(['LoopStarted', 'LoopPaused']);
    expect(begun).toEqual([]);
  });

  it('tells what it is busy with, until that work is over', async () => {
    const { session } = bench(async (effect, context) => {
      if (effect.kind !== 'establish-base') return;
      context.progress('npm test on the base');
      await context.report({ type: 'BaseEstablished', facts: [], outside: null });
    });
    const shown: (string | null)[] = [];
    const over = deferred<void>();
    session.onActivity((activity) => {
      shown.push(activity?.text ?? null);
      if (activity === null) over.resolve();
    });
    await session.dispatch(start);
    session.begin();
    await over.promise;
    expect(shown.slice(0, 2)).toEqual(['npm test on the base', null]);
    await session.detach();
  });

  it('knows which agents have to wait, until they wait no more or their work is over', async () => {
    const { begun, perform, nth } = pendingWork();
    const { session } = bench(perform);
    await session.dispatch(start);
    session.begin();
    await (await nth(0)).context.report({ type: 'BaseEstablished', facts: [], outside: null });
    await (await nth(1)).context.report({ type: 'WorktreesPrepared', iteration: 1, worktrees: [] });
    const written = { type: 'TransferPointWritten', key: 'k', sha256: 'a', verified: true } as const;
    await (await nth(2)).context.report({ ...written, iteration: 1, point: 1, part: 'main' });
    const { context } = await nth(3);
    let changes = 0;
    session.onActivity(() => (changes += 1));
    for (const why of ['waits for claude until 14:32', 'waits for claude until 14:32', null, null])
      context.hold('implementer-1', why);
    expect(changes).toBe(2);
    context.hold('implementer-1', 'waits for claude until 14:40');
    const live = { now: 0, limits: SUSPICION, signals: () => null, holds: session.holds };
    const rowOf = () => toLoopView(session.state, null, live).agents.find(({ id }) => id === 'implementer-1');
    expect(rowOf()).toMatchObject({ status: 'queued', facts: [{ text: 'waits for claude until 14:40' }] });
    await session.dispatch({ kind: 'stop' });
    await nth(4);
    expect(session.holds.size).toBe(0);
    expect(begun.at(-1)?.effect.kind).toBe('finish');
  });

  it('starts what is due, once, and calls off what is due no longer', async () => {
    const { begun, perform, nth } = pendingWork();
    const { session } = bench(perform);
    await session.dispatch(start);
    session.begin();
    const base = await nth(0);
    await session.dispatch({ kind: 'add-feedback', items: ['be brief'] });
    expect(begun).toHaveLength(1);
    await session.dispatch({ kind: 'stop' });
    expect(base.context.signal.aborted).toBe(true);
    expect(base.context.signal.reason).not.toBe(DETACHED);
    expect((await nth(1)).effect.kind).toBe('finish');
  });

  it('does not take work that was called off again and again for a fault', async () => {
    const { perform, nth } = pendingWork();
    const { session } = bench(perform);
    await session.dispatch(start);
    session.begin();
    const base = await nth(0);
    await base.context.report({ type: 'BaseEstablished', facts: [], outside: null });
    await (await nth(1)).context.report({ type: 'WorktreesPrepared', iteration: 1, worktrees: [] });
    const written = { type: 'TransferPointWritten', key: 'k', sha256: 'a', verified: true } as const;
    await (await nth(2)).context.report({ ...written, iteration: 1, point: 1, part: 'main' });
    for (let turn = 0; turn < 8; turn++) {
      const agent = await nth(3 + turn);
      expect(agent.effect).toMatchObject({ kind: 'run-agent', attempt: 1 });
      await session.dispatch({ kind: 'pause', now: true });
      await session.dispatch({ kind: 'unpause' });
    }
    expect(session.failure).toBeNull();
  });

  describe('with work that fails', () => {
    /** Time passes at once. */
    function fast(perform: PerformEffect) {
      const pauses: number[] = [];
      const sleep = (ms: number, signal?: AbortSignal) => {
        pauses.push(ms);
        return signal?.aborted ? Promise.reject(signal.reason as Error) : Promise.resolve();
      };
      const made = bench(perform);
      const session = new LoopSession({ ...made.deps, clock: { ...systemClock, sleep } }, null);
      return { ...made, pauses, session };
    }

    it('tries again after a pause that grows, and goes on as if nothing had been', async () => {
      let failures = 0;
      const { begun, perform, nth } = pendingWork();
      const { session, pauses, journaled } = fast((effect, context) => {
        if (effect.kind === 'establish-base' && failures < 2) {
          failures += 1;
          return Promise.reject(new LoopFault('git is busy'));
        }
        return perform(effect, context);
      });
      await session.dispatch(start);
      session.begin();
      await (await nth(0)).context.report({ type: 'BaseEstablished', facts: [], outside: null });
      expect(pauses).toEqual([500, 1000]);
      expect(session.failure).toBeNull();
      expect(begun).toHaveLength(2);
      expect(journaled.map((event) => event.type).slice(0, 2)).toEqual(['LoopStarted', 'BaseEstablished']);
    });

    it('is stopped by a fault that has a name and stands in the journal, with the agents left to their runners', async () => {
      const seen: AbortSignal[] = [];
      const { session, pauses, journaled } = fast((_effect, context) => {
        seen.push(context.signal);
        return Promise.reject(new LoopFault('git is broken'));
      });
      const fault = deferred<LoopFault>();
      session.onFault(fault.resolve);
      await session.dispatch(start);
      session.begin();
      const message = '"establish-base" failed 5 times, the last time with: git is broken';
      expect((await fault.promise).message).toBe(message);
      expect(pauses).toEqual([500, 1000, 2000, 4000]);
      expect(seen).toHaveLength(5);
      expect(journaled.at(-1)).toMatchObject({ type: 'LoopFaulted', work: 'establish-base', message });
      expect(session.state).toEqual(replay(journaled));
      expect(await session.dispatch({ kind: 'pause', now: false })).toMatchObject({
        ok: false,
        error: { kind: 'state', message },
      });
    });

    it('that is only to be ended does not spin either', async () => {
      const loop = startedLoop();
      let due = loop.effects[0];
      for (; due && due.kind !== 'run-agent'; due = loop.effects[0]) loop.answer(due, { agent: passing });
      if (due?.kind !== 'run-agent') throw new Error('No agent became due');
      const { role, agentId, attempt, iteration } = due;
      const where = { pid: 1, worktree: '/w', branch: null, folder: '/f' };
      loop.report({ type: 'AgentStarted', iteration, agentId, role, attempt, ...where });
      loop.send({ kind: 'retry-agent', agentId, program: null });
      let rounds = 0;
      const { deps } = fast((_effect, { signal }) => {
        rounds += 1;
        expect(signal.aborted).toBe(true);
        return Promise.reject(new Error('it cannot be ended'));
      });
      const pauses: number[] = [];
      const clock = { ...systemClock, sleep: (ms: number) => Promise.resolve(void pauses.push(ms)) };
      const session = new LoopSession({ ...deps, clock }, loop.state);
      const fault = deferred<LoopFault>();
      session.onFault(fault.resolve);
      session.begin();
      expect((await fault.promise).message).toContain('it cannot be ended');
      expect(rounds).toBe(5);
      expect(pauses).toEqual([500, 1000, 2000, 4000]);
    });

    it('waits no longer than it is asked for', async () => {
      const paused = deferred<AbortSignal>();
      const { deps, journaled } = bench((effect) =>
        effect.kind === 'establish-base' ? Promise.reject(new Error('no')) : new Promise(() => undefined),
      );
      const sleep = (_ms: number, signal?: AbortSignal) =>
        new Promise<void>((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
          if (signal) paused.resolve(signal);
        });
      const session = new LoopSession({ ...deps, clock: { ...systemClock, sleep } }, null);
      await session.dispatch(start);
      session.begin();
      const signal = await paused.promise;
      await session.dispatch({ kind: 'stop' });
      expect(signal.aborted).toBe(true);
      expect(session.failure).toBeNull();
      expect(journaled.at(-1)?.type).toBe('LoopEnding');
    });

    it('stops where work comes back undone again and again', async () => {
      let rounds = 0;
      const { session } = fast(() => {
        rounds += 1;
        return Promise.resolve();
      });
      const fault = deferred<LoopFault>();
      session.onFault(fault.resolve);
      await session.dispatch(start);
      session.begin();
      expect((await fault.promise).message).toContain('establish-base');
      expect(rounds).toBe(5);
    });

    it('is taken up again, and says so', async () => {
      const { deps, journaled } = bench(() => new Promise(() => undefined));
      const faulted = startedLoop();
      faulted.report({ type: 'LoopFaulted', work: 'establish-base', message: 'git is broken' });
      expect(faulted.state?.fault).toMatchObject({ message: 'git is broken' });
      const session = new LoopSession(deps, faulted.state);
      // Who only looks, or is refused what it asked for, carries nothing on.
      await session.dispatch({ kind: 'continue' });
      expect(session.state.fault).not.toBeNull();
      const taken = deferred<void>();
      session.onEvents(() => taken.resolve());
      session.begin();
      await taken.promise;
      expect(journaled.map((event) => event.type)).toEqual(['LoopTakenUp']);
      expect(session.state.fault).toBeNull();
    });
  });

  it('believes nothing that the journal did not take', async () => {
    const { perform, nth } = pendingWork();
    const { session, journaled } = bench(perform, { full: true });
    await session.dispatch(start);
    session.begin();
    const base = await nth(0);
    await base.context.report({ type: 'BaseEstablished', facts: [], outside: null });
    expect(session.failure?.message).toContain('no space left');
    expect(session.state).toEqual(replay(journaled));
  });

  describe('on a full disk', () => {
    /** Time passes at once, and the disk is full until `looks` looks were taken. */
    function full(looks: number) {
      let left = looks;
      const pauses: number[] = [];
      const clock = {
        ...systemClock,
        sleep: (ms: number) => Promise.resolve(void pauses.push(ms)),
      };
      return { pauses, clock, isFull: () => left > 0, hasRoom: () => Promise.resolve((left -= 1) <= 0) };
    }

    it('pauses, says so, and loses nothing when there is space again', async () => {
      const { perform, nth } = pendingWork();
      const { deps, journaled } = bench(perform);
      const disk = full(3);
      const append: Journal['append'] = (events) =>
        disk.isFull() && journaled.length > 0
          ? Promise.resolve(err({ kind: 'full', message: 'no space left' } as const))
          : deps.journal.append(events);
      const journal: Journal = { ...deps.journal, append };
      const session = new LoopSession({ ...deps, ...disk, journal }, null);
      const shown: (string | null)[] = [];
      session.onActivity((activity) => shown.push(activity?.text ?? null));
      await session.dispatch(start);
      session.begin();
      await (await nth(0)).context.report({ type: 'BaseEstablished', facts: [], outside: null });
      expect(session.failure).toBeNull();
      expect(shown).toEqual(['the disk is full; free some space and the loop goes on', null]);
      expect(disk.pauses).toEqual([2000, 2000, 2000]);
      expect(session.state).toEqual(replay(journaled));
      expect(journaled.map((event) => event.type).slice(0, 2)).toEqual(['LoopStarted', 'BaseEstablished']);
    });

    it('does work again that failed for want of space, however often', async () => {
      let tries = 0;
      const done = deferred<void>();
      const { deps } = bench(() => {
        tries += 1;
        if (tries === 12) done.resolve();
        // git says it in words, or not at all.
        if (tries > 6) return Promise.reject(new LoopFault('git ended with 128'));
        return Promise.reject(new LoopFault('fatal: write error: No space left on device'));
      });
      const disk = full(100);
      const session = new LoopSession({ ...deps, ...disk }, null);
      await session.dispatch(start);
      session.begin();
      await Promise.race([done.promise, new Promise((resolve) => session.onFault(resolve))]);
      expect(session.failure?.message ?? '').toMatch(tries === 12 ? /^$/ : /git ended with 128$/);
      await session.detach();
    });

    it('lets go all the same', async () => {
      const { perform, nth } = pendingWork();
      const { deps, journaled, closed } = bench(perform);
      const append: Journal['append'] = (events) =>
        journaled.length > 0
          ? Promise.resolve(err({ kind: 'full', message: 'no space left' } as const))
          : deps.journal.append(events);
      const never = { hasRoom: () => Promise.resolve(false), journal: { ...deps.journal, append } };
      const session = new LoopSession({ ...deps, ...never }, null);
      await session.dispatch(start);
      session.begin();
      const report = (await nth(0)).context.report({ type: 'BaseEstablished', facts: [], outside: null });
      await session.detach();
      await report;
      expect(journaled).toHaveLength(1);
      expect(closed).toHaveBeenCalledOnce();
    });
  });

  it('lets go: agents go on, late reports are dropped, and the journal is closed', async () => {
    const { perform, nth } = pendingWork();
    const { session, journaled, closed } = bench(perform);
    await session.dispatch(start);
    session.begin();
    const base = await nth(0);
    await session.detach();
    expect(base.context.signal.reason).toBe(DETACHED);
    await base.context.report({ type: 'BaseEstablished', facts: [], outside: null });
    expect(journaled).toHaveLength(1);
    expect(closed).toHaveBeenCalledOnce();
  });

  it('[DP-082] draws the consequences that a cut journal lacks before it goes on', async () => {
    const whole = startedLoop({ maxIterations: 1 });
    whole.run({ agent: passing, evidence: () => ({ status: 'failed', reasons: ['it fails'] }) });
    const cut = whole.events.findIndex((event) => event.type === 'GateChecked');
    const { perform, nth } = pendingWork();
    const { deps, journaled } = bench(perform);
    const session = new LoopSession(deps, replay(whole.events.slice(0, cut)));
    session.begin();
    expect((await nth(0)).effect).toMatchObject({ kind: 'write-transfer-point', point: 5 });
    expect(journaled.map((event) => event.type)).toEqual(['GateChecked']);
  });
});
