import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { implementer, type TestLoop } from '../loop/test-loop.ts';
import { replay } from '../loop/evolve.ts';
import type { Review } from './review.ts';
import { comment, finding, finds, reviewedLoop, reviewOf, threadsIn, type Found } from './test-threads.ts';
import { isOpen, raisersOf, threadsOf, type Thread } from './thread.ts';

const iterate = (loop: TestLoop, found: Found = {}): void => {
  loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: ['go on'], confirm: [] });
  loop.run({ agent: finds(found) });
};
const send = (loop: TestLoop, review: Review) =>
  expect(loop.send({ kind: 'send-review', review })).toBeNull();
const only = (loop: TestLoop): Thread => {
  const [thread, ...more] = threadsIn(loop);
  expect(more).toEqual([]);
  return thread!;
};
const SURVIVES = { 1: { 'validator-1': [finding()] } };

describe('a thread', () => {
  it('is open when it is raised, claimed fixed by the next work, and verified by who raised it', () => {
    const loop = reviewedLoop(SURVIVES);
    expect(only(loop)).toMatchObject({
      id: '1.validator-1.1',
      kind: 'finding',
      state: { kind: 'open' },
      file: 'src/auth.ts',
      line: 12,
      commit: 'integrated-1',
      severity: 'warning',
      raisedIn: [1],
    });
    loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: ['go on'], confirm: [] });
    while (loop.effects[0]?.kind !== 'run-agent' || loop.effects[0].role !== 'validator') {
      loop.answer(loop.effects[0]!, { agent: finds({}) });
    }
    expect(only(loop).state).toEqual({ kind: 'claimed-fixed', in: 2 });
    loop.run({ agent: finds({}) });
    expect(only(loop).state).toEqual({ kind: 'verified', in: 2, by: ['validator-1'] });
  });

  it('stays claimed while who raised it has no vote, however many others agree', () => {
    const loop = reviewedLoop(SURVIVES);
    loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: ['go on'], confirm: [] });
    loop.run({
      agent: (agentId, role, iteration, attempt) =>
        agentId === 'validator-1' ? { result: null } : finds({})(agentId, role, iteration, attempt),
    });
    expect(only(loop).state).toEqual({ kind: 'claimed-fixed', in: 2 });
  });

  it('stays open where no work was integrated', () => {
    const loop = reviewedLoop(SURVIVES);
    loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: ['go on'], confirm: [] });
    loop.run({ agent: (_id, role) => (role === 'implementer' ? { ending: 'failed' } : implementer(1)) });
    expect(only(loop).state).toEqual({ kind: 'open' });
  });

  it('is reopened when it is raised again, at its new place', () => {
    const loop = reviewedLoop(SURVIVES);
    iterate(loop);
    iterate(loop, { 3: { 'validator-2': [finding({ line: 44, severity: 'critical' })] } });
    expect(only(loop)).toMatchObject({
      state: { kind: 'reopened', in: 3 },
      line: 44,
      commit: 'integrated-3',
      severity: 'critical',
      raisedIn: [1, 3],
    });
    expect(raisersOf(only(loop))).toEqual(['validator-1', 'validator-2']);
  });

  it('merges what several say of one place, with the worst severity', () => {
    const text = 'After logout the refresh token still mints access tokens. Delete it with the session.';
    const loop = reviewedLoop({
      1: {
        'validator-1': [finding({ text, severity: 'critical' })],
        'validator-2': [finding({ text: '`refresh` row is not removed on logout.', severity: 'suggestion' })],
        'validator-3': [finding({ line: 13, text: 'Name the magic number' })],
      },
    });
    const [merged, other] = threadsIn(loop);
    expect(merged).toMatchObject({ severity: 'critical', line: 12 });
    expect(merged?.remarks.map(({ by }) => by)).toEqual(['validator-1', 'validator-2']);
    expect(other?.remarks.map(({ by }) => by)).toEqual(['validator-3']);
  });

  it('keeps apart what one validator says twice, and what is said far apart', () => {
    const loop = reviewedLoop({
      1: {
        'validator-1': [
          finding({ text: 'The value of x is not checked' }),
          finding({ text: 'The value of y is not checked' }),
        ],
        'validator-2': [finding({ line: 90 }), finding({ file: 'src/b.ts' })],
      },
    });
    expect(threadsIn(loop).map(({ id }) => id)).toEqual([
      '1.validator-1.1',
      '1.validator-1.2',
      '1.validator-2.1',
      '1.validator-2.2',
    ]);
  });

  it('that a person dismissed stays dismissed when it is raised again, and leaves the feedback', () => {
    const loop = reviewedLoop(SURVIVES);
    send(loop, reviewOf(1, comment({ id: '1.validator-1.1', kind: 'finding-dismissed', text: 'by design' })));
    iterate(loop, { 2: { 'validator-1': [finding()] } });
    expect(only(loop).state).toEqual({ kind: 'dismissed', in: 1, reason: 'by design' });
    loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: ['more'], confirm: [] });
    expect(loop.last('IterationStarted')?.feedback.map(({ text }) => text)).toEqual(['more']);
    send(loop, reviewOf(2, comment({ id: '1.validator-1.1', kind: 'finding-accepted', text: '' })));
    expect(only(loop)).toMatchObject({ accepted: true, state: { kind: 'reopened', in: 3 } });
  });

  it('of a person is claimed fixed by the next work, and verified when the person resolves it', () => {
    const loop = reviewedLoop({});
    send(loop, reviewOf(1, comment()));
    expect(only(loop)).toMatchObject({ id: 'c1', kind: 'comment', severity: null, state: { kind: 'open' } });
    iterate(loop);
    expect(only(loop).state).toEqual({ kind: 'claimed-fixed', in: 2 });
    send(loop, reviewOf(2, comment({ id: 'c1', kind: 'resolved', text: '' })));
    expect(only(loop).state).toEqual({ kind: 'verified', in: 2, by: ['person'] });
    send(loop, reviewOf(2, comment({ id: 'c2', thread: 'c1', text: 'not on Windows' })));
    expect(only(loop)).toMatchObject({ state: { kind: 'reopened', in: 2 }, remarks: [{}, {}, {}] });
    iterate(loop);
    expect(loop.last('IterationStarted')?.feedback.map(({ text }) => text)).toEqual([
      'go on',
      'src/auth.ts:3: Use the same transaction\n   > const a = 1;',
      'src/auth.ts:3: not on Windows\n   > const a = 1;',
    ]);
  });

  it('of a journal from before reviews is followed by the text that implementers were told', () => {
    const loop = reviewedLoop(SURVIVES);
    iterate(loop);
    const old = loop.events.map((event) =>
      event.type === 'IterationStarted'
        ? { ...event, feedback: event.feedback.map(({ origin, to, text }) => ({ origin, to, text })) }
        : event,
    );
    expect(threadsOf(replay(old)!)).toEqual(threadsIn(loop));
  });
});

const anyFinding = fc.record({
  severity: fc.constantFrom('critical' as const, 'warning' as const, 'suggestion' as const),
  text: fc.constantFrom(
    'token is never checked',
    'the token is not checked at all',
    'name the number',
    'slow loop',
  ),
  file: fc.constantFrom('a.ts', 'b.ts'),
  line: fc.integer({ min: 1, max: 30 }),
});
const anyReview = fc.dictionary(
  fc.constantFrom('validator-1', 'validator-2', 'validator-3'),
  fc.array(anyFinding, { maxLength: 4 }),
);

describe('threads of any findings over any iterations', () => {
  it('hold each finding once, keep their ids, and are open exactly when implementers are told of them', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(fc.array(anyReview, { minLength: 1, maxLength: 5 }), (reviews) => {
        const found = Object.fromEntries(reviews.map((review, index) => [index + 1, review]));
        const loop = reviewedLoop(found, { consensusThreshold: 0 });
        let known: readonly string[] = [];
        for (const _ of reviews) {
          const threads = threadsIn(loop);
          const all = threads.flatMap(({ remarks }) =>
            remarks.map(({ iteration, finding: said }) => `${iteration}:${said?.index}`),
          );
          const told = loop.events.flatMap((event) =>
            event.type === 'ConsensusChecked' ? event.findings : [],
          );
          expect(new Set(all).size).toBe(all.length);
          expect(all).toHaveLength(told.length);
          expect(threads.slice(0, known.length).map(({ id }) => id)).toEqual(known);
          known = threads.map(({ id }) => id);
          iterate(loop, found);
          const feedback = loop.last('IterationStarted')?.feedback ?? [];
          const open = threads.filter(isOpen).map(({ id }) => id);
          expect(new Set(feedback.flatMap(({ thread }) => thread ?? []))).toEqual(new Set(open));
        }
      }),
      { numRuns: Number(process.env['CFN_PROPERTY_RUNS'] ?? 100) },
    );
  });

  it('are verified only by validators that raised them, voted later and did not say it again', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(fc.array(anyReview, { minLength: 1, maxLength: 4 }), (reviews) => {
        const found = Object.fromEntries(reviews.map((review, index) => [index + 1, review]));
        const loop = reviewedLoop(found, { consensusThreshold: 0 });
        for (const _ of reviews) iterate(loop, found);
        for (const thread of threadsIn(loop)) {
          const { state, raisedIn } = thread;
          if (state.kind !== 'verified') continue;
          expect(state.in).toBeGreaterThan(raisedIn.at(-1)!);
          expect(raisersOf(thread)).toEqual(expect.arrayContaining([...state.by]));
        }
      }),
      { numRuns: Number(process.env['CFN_PROPERTY_RUNS'] ?? 100) },
    );
  });
});
