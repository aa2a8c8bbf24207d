import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quorumReached } from '../consensus.ts';
import { asksForWork } from '../review/review.ts';
import { isOpen, threadsOf, type Thread } from '../review/thread.ts';
import { runAllowance } from './effects.ts';
import type { LoopConfig } from './config.ts';
import type { EventOf, EvidenceJudgement, LoopEvent } from './events.ts';
import { replay } from './evolve.ts';
import { activeSlots, slotsOf, type IterationRecord, type LoopState } from './state.ts';
import { Chaos, Tape } from './test-chaos.ts';
import { passing, TestLoop } from './test-loop.ts';

const tapes = fc.array(fc.nat({ max: 5039 }), { minLength: 20, maxLength: 500, size: 'max' });
const runs = { numRuns: Number(process.env['CFN_PROPERTY_RUNS'] ?? 300) };

/** Null when all is well, else what is wrong. */
type Rule = (loop: TestLoop) => string | null;

/** Plays a tape, looking at every state on the way. */
function played(numbers: readonly number[], look: (loop: TestLoop) => void = () => undefined): Chaos {
  const tape = new Tape(numbers);
  const chaos = new Chaos(tape);
  while (!tape.over) {
    chaos.move();
    look(chaos.loop);
  }
  return chaos;
}

function stateOf(loop: TestLoop): LoopState {
  if (!loop.state) throw new Error('The loop was not started');
  return loop.state;
}

const ofIteration = (events: readonly LoopEvent[], iteration: number) =>
  events.filter((event) => event.iteration === iteration);

const waived = (events: readonly LoopEvent[], what: string) =>
  events.some((event) => event.type === 'WaitEnded' && event.for === what);

/** What breaks a rule, in any state on the way to the end. */
function broken(numbers: readonly number[], rule: Rule): readonly string[] {
  const found = new Set<string>();
  const look = (loop: TestLoop) => {
    const wrong = rule(loop);
    if (wrong !== null) found.add(wrong);
  };
  const chaos = played(numbers, look);
  chaos.settle();
  look(chaos.loop);
  chaos.agreeToEverything();
  look(chaos.loop);
  return Array.from(found);
}

const unless = (holds: boolean, wrong: string): string | null => (holds ? null : wrong);

const RULES: Readonly<Record<string, Rule>> = {
  'never starts an iteration beyond the cap': (loop) => {
    const { current, config } = stateOf(loop);
    return unless((current?.number ?? 0) <= config.maxIterations, `iteration ${current?.number}`);
  },
  'never runs more agents at once than allowed': (loop) => {
    const { current, config } = stateOf(loop);
    const running = current ? slotsOf(current).filter((slot) => slot.state.kind === 'running').length : 0;
    return unless(running <= config.maxParallelAgents, `${running} run`);
  },
  'counts each start once and never starts more agents than the allowance': (loop) => {
    const state = stateOf(loop);
    const starts = loop.events.filter((event) => event.type === 'AgentStarted');
    const names = starts.map((event) => `${event.iteration}:${event.agentId}:${event.attempt}`);
    if (new Set(names).size !== starts.length) return `one was started twice: ${names.join(', ')}`;
    const probes = loop.events.filter(
      (event) => event.type === 'AgentExited' && event.exit.probe && event.exit.ending === 'completed',
    );
    const due = starts.length - probes.length;
    const counted = state.agentRuns === due && state.agentRuns <= runAllowance(state);
    return unless(counted, `${state.agentRuns} counted, ${due} due`);
  },
  'never starts a further iteration with nothing to say to some implementer': (loop) => {
    const { current } = stateOf(loop);
    if (!current || current.number === 1) return null;
    const silent = current.implementers.filter(
      ({ agentId }) =>
        !current.feedback.some(
          (item) => (item.to === null || item.to === agentId) && item.text.trim() !== '',
        ),
    );
    return unless(silent.length === 0, `nothing for ${silent.map((slot) => slot.agentId).join(', ')}`);
  },
  'ends with LoopFinished, once, and with nothing after it': (loop) => {
    const at = loop.events.findIndex((event) => event.type === 'LoopFinished');
    return unless(
      at < 0 || at === loop.events.length - 1,
      `after the end: ${loop
        .types()
        .slice(at + 1)
        .join()}`,
    );
  },
  '[FL-145] never validates before the gate has passed, nor decides before consensus': (loop) => {
    const { current } = stateOf(loop);
    if (current?.validators.some((slot) => slot.last) && !current.gate?.passed) return 'validated too early';
    if (current?.owners.some((slot) => slot.last) && !current.consensus?.passed) return 'decided too early';
    return null;
  },
  'takes no decision against a finding that was proven': (loop) => {
    const { current } = stateOf(loop);
    const proven = current?.proofs.some(({ outcome }) => outcome === 'proven') ?? false;
    return unless(!proven || !current?.owners.some((slot) => slot.last), 'decided all the same');
  },
  '[FL-120] [FL-123] [FL-142] lets no agent of a step run on into the next: they exit, and nobody is woken': (
    loop,
  ) => {
    const { current, phase } = stateOf(loop);
    if (!current || phase.kind === 'ending' || phase.kind === 'finished') return null;
    const active = new Set(activeSlots(stateOf(loop)));
    const lingering = slotsOf(current).filter((slot) => slot.state.kind === 'running' && !active.has(slot));
    return unless(lingering.length === 0, `${lingering.map((slot) => slot.agentId).join()} in ${phase.kind}`);
  },
  '[FL-141] starts no agent of an iteration before its context is stored': (loop) => {
    const started = new Set(
      loop.events.flatMap((event) => (event.type === 'AgentStarted' ? [event.iteration] : [])),
    );
    const early = Array.from(started).filter((iteration) => {
      const events = ofIteration(loop.events, iteration);
      const stored = events.findIndex((event) => event.type === 'TransferPointWritten' && event.point === 1);
      return stored < 0 || stored > events.findIndex((event) => event.type === 'AgentStarted');
    });
    return unless(early.length === 0, `iteration ${early.join()}`);
  },
  '[FL-040…050] writes the transfer points of each iteration in their order': (loop) => {
    const order = /^(?:1(?:2(?:3(?:4(?:5(?:R(?:ab)*(?:a|(?<=b)P)?)?)?)?)?)?)?7?$/;
    for (let iteration = 1; iteration <= (stateOf(loop).current?.number ?? 0); iteration++) {
      const written = ofIteration(loop.events, iteration).flatMap((event) =>
        event.type === 'TransferPointWritten' ? [letterOf(event)] : [],
      );
      if (!order.test(written.join(''))) return `iteration ${iteration}: ${written.join('')}`;
    }
    return null;
  },
  'tells the next iteration what a review asks for, and nothing that a person dismissed': (loop) => {
    const { current, reviews, phase } = stateOf(loop);
    if (!current || phase.kind !== 'preparing') return null;
    const before = reviews.filter(({ iteration }) => iteration === current.number - 1);
    const told = new Set(current.feedback.map(({ thread }) => thread));
    const missing = threadsBefore(loop, current.number).filter(
      (thread) => isOpen(thread) && !told.has(thread.id),
    );
    const wrong = threadsBefore(loop, current.number).filter(
      (thread) => !isOpen(thread) && told.has(thread.id),
    );
    const kept = before.flatMap(({ items }) => items).filter(({ kind }) => kind === 'accepted');
    const untold = kept.filter(({ text }) => !current.feedback.some((item) => item.text.includes(text)));
    const all = [...missing, ...wrong, ...untold].map(({ id }) => id);
    return unless(all.length === 0, `iteration ${current.number}: ${all.join(', ')}`);
  },
  'starts at what a person left of the integrated commit': (loop) => {
    const { current, history } = stateOf(loop);
    const integrated = history.at(-1)?.integrated?.commit;
    const revised = stateOf(loop).reviews.findLast(
      (review) => review.revised !== null && review.iteration === (current?.number ?? 0) - 1,
    )?.revised;
    return unless(!revised || !integrated || current?.start === revised, `${current?.start}, not ${revised}`);
  },
  'proceeds past a review only when a person decides so, and with a revised commit only by its name': (
    loop,
  ) => {
    const end = loop.last('LoopEnding');
    const { current, reviews } = stateOf(loop);
    if (end?.outcome !== 'PROCEED' || !current) return null;
    const pending = reviews.filter(({ iteration }) => iteration === current.number);
    if (pending.some(asksForWork) && current.decision?.by !== 'person') return 'an agent went past a review';
    const revised = pending.findLast((review) => review.revised !== null)?.revised ?? null;
    return unless(end.commit === (revised ?? current.integrated?.commit), `${end.commit}, not ${revised}`);
  },
  '[L-01] never proceeds without a passed gate, consensus and a decision, or a person who went past them': (
    loop,
  ) => {
    const end = loop.events.findIndex((event) => event.type === 'LoopEnding' && event.outcome === 'PROCEED');
    return end < 0 ? null : unearned(replay(loop.events.slice(0, end)), loop.events.slice(0, end));
  },
};

/** As they stood when an iteration began. */
function threadsBefore(loop: TestLoop, iteration: number): readonly Thread[] {
  const at = loop.events.findIndex(
    (event) => event.type === 'IterationStarted' && event.number === iteration,
  );
  const state = replay(loop.events.slice(0, at));
  return state ? threadsOf(state) : [];
}

/** The point's number; `a` and `b` for 3 and 4 after the review, `R` and `P` for the two halves of 6. */
function letterOf({ point, part }: EventOf<'TransferPointWritten'>): string {
  if (part === 'review') return point === 3 ? 'a' : 'b';
  return { main: String(point), reviewer: 'R', 'product-owner': 'P' }[part];
}

/** Why a loop may not end as PROCEED in this state; null when it may. */
function unearned(state: LoopState | null, all: readonly LoopEvent[]): string | null {
  if (!state?.current) return 'there is no iteration';
  const { current, config } = state;
  const { gate, consensus, decision, evidence } = current;
  const events = ofIteration(all, current.number);
  const conditions: Readonly<Record<string, boolean>> = {
    gate: gate?.passed === true && gate.actualConfidence >= config.gateThreshold,
    difference: isMerged(current),
    evidence: config.evidence.length === 0 || waived(events, 'evidence') || isPass(evidence),
    consensus: consensus?.passed === true && consensus.unconfirmedFiles.length === 0,
    votes: waived(events, 'quorum') || agreed(config, current),
    decision: decision?.decision === 'PROCEED',
    person: config.evidence.length > 0 || decision?.by === 'person',
    outside: state.outside.length === 0 || state.outsideAccepted,
  };
  const missing = Object.keys(conditions).filter((name) => conditions[name] !== true);
  return missing.length > 0 ? `it lacks ${missing.join(', ')}` : null;
}

const isMerged = ({ integrated }: IterationRecord): boolean =>
  integrated?.differsFromBase === true && integrated.conflicts.length === 0;

const isPass = (evidence: EvidenceJudgement | null): boolean =>
  evidence?.status === 'passed' || evidence?.status === 'unconfirmed';

const agreed = (config: LoopConfig, record: IterationRecord): boolean =>
  quorumReached(record) && (record.consensus?.score ?? 0) >= config.consensusThreshold;

describe('any sequence of commands and answers, late ones and doubled ones among them', () => {
  it.each(Object.entries(RULES))('%s', (_name, rule) => {
    expect.hasAssertions();
    fc.assert(
      fc.property(tapes, (numbers) => {
        expect(broken(numbers, rule)).toEqual([]);
      }),
      runs,
    );
  });

  it('really gets far: loops proceed, are exhausted, aborted, stopped and out of budget', () => {
    const outcomes = new Set<string>();
    for (const numbers of fc.sample(tapes, { numRuns: 400, seed: 7 })) {
      const chaos = played(numbers);
      chaos.settle();
      chaos.agreeToEverything();
      outcomes.add(chaos.loop.last('LoopFinished')?.outcome ?? 'none');
    }
    expect(Array.from(outcomes).sort()).toEqual(['ABORT', 'BUDGET', 'CANCELLED', 'EXHAUSTED', 'PROCEED']);
  });

  it('really reviews: threads come to their states, and loops proceed with what a review left', () => {
    const states = new Set<string>();
    let revised = 0;
    const look = (loop: TestLoop) => {
      for (const { state } of threadsOf(stateOf(loop))) states.add(state.kind);
    };
    // That a review leaves something out and a person proceeds with it happens in one of 130.
    for (const numbers of fc.sample(tapes, { numRuns: 1200, seed: 7 })) {
      const chaos = played(numbers, look);
      chaos.settle();
      chaos.agreeToEverything();
      if (chaos.loop.events.some((event) => event.type === 'DecisionMade' && event.revised)) revised += 1;
    }
    expect(Array.from(states)).toEqual(
      expect.arrayContaining(['claimed-fixed', 'dismissed', 'open', 'verified']),
    );
    expect(revised).toBeGreaterThan(0);
  });

  it('[FL-122] leaves a journal whose replay is the live state', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(tapes, (numbers) => {
        const { loop } = played(numbers);
        expect(replay(loop.events)).toEqual(loop.state);
      }),
      runs,
    );
  });

  it('always comes to an end or to a question once everything is answered, and past every question to the end', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(tapes, (numbers) => {
        const chaos = played(numbers);
        chaos.settle();
        expect(isAtRest(chaos.loop)).toBe(true);
        chaos.agreeToEverything();
        expect(stateOf(chaos.loop).phase.kind).toBe('finished');
      }),
      runs,
    );
  });

  it('goes on from any journal, also one that was cut between an event and its consequence', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(tapes, fc.nat(), (numbers, at) => {
        const { events } = played(numbers).loop;
        const loop = new TestLoop();
        loop.events.push(...events.slice(0, 1 + (at % events.length)));
        loop.state = replay(loop.events);
        loop.send({ kind: 'continue' });
        loop.send({ kind: 'unpause' });
        loop.run({ agent: passing });
        expect(isAtRest(loop)).toBe(true);
        expect(replay(loop.events)).toEqual(loop.state);
      }),
      runs,
    );
  });
});

const isAtRest = (loop: TestLoop): boolean => {
  const { phase, waiting } = stateOf(loop);
  return phase.kind === 'finished' || waiting !== null;
};
