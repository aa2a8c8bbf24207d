import { describe, expect, it } from 'vitest';
import { exitsOf } from './state.ts';
import { GONE } from '../review/taken.ts';
import { REVIEW_LIMITS, type Review } from '../review/review.ts';
import { comment, finding, finds, reviewedLoop, reviewOf } from '../review/test-threads.ts';
import { startedLoop, type TestLoop } from './test-loop.ts';

const FOUND = {
  1: {
    'validator-1': [finding({ proof: 'npm test' }), finding({ line: 80, text: 'Name the magic number' })],
  },
};
const iterate = (loop: TestLoop, found = {}): void => {
  loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: [], confirm: [] });
  loop.run({ agent: finds(found) });
};
const proceed = (loop: TestLoop, confirm: readonly string[] = []) =>
  loop.send({ kind: 'decide', decision: 'PROCEED', reason: '', feedback: [], confirm });
const send = (loop: TestLoop, review: Review) => loop.send({ kind: 'send-review', review });
const feedback = (loop: TestLoop, number = 2) =>
  loop.events.flatMap((event) =>
    event.type === 'IterationStarted' && event.number === number
      ? event.feedback.map(({ text }) => text)
      : [],
  );

describe('a review that a person sent', () => {
  it('is the next iteration’s feedback, item by item, without what was dismissed', () => {
    const loop = reviewedLoop(FOUND);
    const review = reviewOf(
      1,
      comment(),
      comment({ id: 'c2', line: 4, endLine: 6, quote: 'a\nb\nc\n', text: 'Shorter' }),
      comment({ id: 'h1', kind: 'accepted', line: 9, quote: '', text: '' }),
      comment({ id: 'h2', kind: 'rejected', line: 20, quote: 'eval(x)', text: 'never' }),
      comment({ id: '1.validator-1.1', kind: 'finding-accepted', text: 'and the cookie' }),
      comment({ id: '1.validator-1.2', kind: 'finding-dismissed', text: 'it is a port' }),
    );
    expect(send(loop, review)).toBeNull();
    iterate(loop);
    expect(feedback(loop)).toEqual([
      '[warning] src/auth.ts:12: The refresh token survives logout (proof: npm test) A person agrees: and the cookie',
      'src/auth.ts:3: Use the same transaction\n   > const a = 1;',
      'src/auth.ts:4-6: Shorter\n   > a\n   > b\n   > c',
      'src/auth.ts:9: accepted; keep it as it is.',
      'src/auth.ts:20: rejected; take it out again: never\n   > eval(x)',
    ]);
    expect(loop.last('IterationStarted')?.start).toBe('integrated-1');
  });

  it('begins the next iteration with files that were taken, and says where they are from', () => {
    const loop = reviewedLoop({});
    const of = { kind: 'taken', line: null, quote: '', text: '' } as const;
    const taken = [
      comment({ ...of, id: 't1', file: 'src/a.ts', text: 'It is shorter.' }),
      comment({ ...of, id: 't2', file: 'src/b.ts', from: loop.state!.config.baseCommit, quote: GONE }),
    ];
    const source = loop.state!.current!.implementers[0]!;
    const [first, second] = taken;
    const from = exitsOf([source])[0]!.commit!;
    const review = { ...reviewOf(1, { ...first!, from }, second!), revised: 'revised-1' };
    expect(send(loop, review)).toBeNull();
    iterate(loop);
    expect(feedback(loop)).toEqual([
      `src/a.ts: taken over as it is in ${source.agentId} in iteration 1; go on from it. It is shorter.`,
      'src/b.ts: removed, as it is not there in the base.',
    ]);
    expect(loop.last('IterationStarted')?.start).toBe('revised-1');
  });

  it('tells agents to take a file over where it could not be put into their start', () => {
    const loop = reviewedLoop({});
    const item = comment({
      id: 't1',
      kind: 'taken',
      quote: '',
      text: '',
      from: loop.state!.config.baseCommit,
    });
    expect(send(loop, reviewOf(1, item))).toBeNull();
    iterate(loop);
    expect(feedback(loop)).toEqual([
      `src/auth.ts: take it over as it is in the base (git checkout ${item.from} -- "src/auth.ts"), and go on from it.`,
    ]);
  });

  it.each([
    [{ kind: 'taken', from: 'strange' }, /the file is taken from "strange"; it takes a commit/],
    [{ kind: 'taken' }, /the commit that the file is taken from is missing/],
    [{ kind: 'taken', from: 'base', file: null }, /the file is missing/],
    [{ kind: 'comment', from: 'base' }, /only a file that is taken is from another commit/],
  ] as const)('is refused where a file comes from nowhere: %j', (change, message) => {
    const loop = reviewedLoop({});
    expect(send(loop, reviewOf(1, comment(change)))).toMatchObject({
      kind: 'input',
      message: expect.stringMatching(message),
    });
  });

  it('may answer a comment that it begins itself', () => {
    const loop = reviewedLoop({});
    const answer = comment({ id: 'c2', thread: 'c1', quote: '', text: 'and on Windows' });
    expect(send(loop, reviewOf(1, comment(), answer))).toBeNull();
    iterate(loop);
    expect(feedback(loop)).toEqual([
      'src/auth.ts:3: Use the same transaction\n   > const a = 1;',
      'src/auth.ts:3: and on Windows',
    ]);
  });

  it('is told once: the iteration after the next has other things to say', () => {
    const loop = reviewedLoop(FOUND);
    send(loop, reviewOf(1, comment()));
    iterate(loop);
    loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: ['more'], confirm: [] });
    expect(feedback(loop, 3)).toEqual(['more']);
  });

  it('is told again where nobody came to work on it', () => {
    const loop = reviewedLoop(FOUND);
    send(loop, reviewOf(1, comment()));
    loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: [], confirm: [] });
    loop.run({
      agent: (_id, _role, iteration) => (iteration === 2 ? { ending: 'failed' as const } : {}),
    });
    const told = feedback(loop, 3);
    expect(told).toContain('src/auth.ts:3: Use the same transaction\n   > const a = 1;');
    expect(told).toContain('[warning] src/auth.ts:12: The refresh token survives logout (proof: npm test)');
  });

  it('goes to whose lines these are in a split, and to all in a race', () => {
    const crew = (['implementer-1', 'implementer-2', 'validator-1', 'product-owner'] as const).map((id) => ({
      id,
      role: id.startsWith('impl')
        ? ('implementer' as const)
        : id.startsWith('val')
          ? ('validator' as const)
          : ('product-owner' as const),
      program: { kind: 'preset' as const, preset: 'demo' },
    }));
    const told = (strategy: 'race' | 'split') => {
      const loop = reviewedLoop({}, { crew, strategy });
      send(loop, reviewOf(1, comment({ by: 'implementer-2' }), comment({ id: 'c2', by: 'validator-1' })));
      iterate(loop);
      return loop
        .last('IterationStarted')
        ?.feedback.filter(({ origin }) => origin === 'person')
        .map(({ to }) => to);
    };
    expect(told('split')).toEqual(['implementer-2', null]);
    expect(told('race')).toEqual([null, null]);
  });

  it('makes the next iteration start at what was left of the commit', () => {
    const loop = reviewedLoop({});
    const items = [comment({ kind: 'rejected', text: '' })];
    expect(send(loop, { commit: 'integrated-1', revised: 'left-1', items })).toBeNull();
    iterate(loop);
    expect(loop.last('IterationStarted')?.start).toBe('left-1');
    expect(feedback(loop)).toEqual(['src/auth.ts:3: rejected and taken out again\n   > const a = 1;']);
  });

  it('lets PROCEED take the revised commit only when it is named, as no evidence ran on it', () => {
    const loop = reviewedLoop({});
    send(loop, { commit: 'integrated-1', revised: 'left-1', items: [] });
    expect(proceed(loop)?.message).toMatch(/no evidence ran on it: add --confirm left-1/);
    expect(proceed(loop, ['left-1'])).toBeNull();
    loop.run({ agent: finds({}) });
    expect(loop.last('DecisionMade')).toMatchObject({ decision: 'PROCEED', revised: 'left-1' });
    expect(loop.last('LoopFinished')?.commit).toBe('left-1');
    expect(loop.types()).not.toContain('FilesConfirmed');
  });

  it('is not passed over by a product owner that has not read it: a person is asked', () => {
    const loop = startedLoop({ consensusThreshold: 0.6 });
    for (let turns = 0; turns < 100 && loop.effects[0]?.kind !== 'run-agent'; turns++)
      loop.answer(loop.effects[0]!, { agent: finds({}) });
    while (loop.effects[0]?.kind !== 'run-agent' || loop.effects[0].role !== 'product-owner') {
      loop.answer(loop.effects[0]!, { agent: finds({}) });
    }
    send(loop, reviewOf(1, comment()));
    loop.run({ agent: finds({}) });
    expect(loop.state?.waiting).toMatchObject({ for: 'decision', message: /review asks for changes/ });
    iterate(loop);
    expect(feedback(loop)).toHaveLength(1);
  });

  it.each<readonly [string, Partial<Review>, RegExp]>([
    ['nothing in it', { items: [] }, /review is empty/],
    ['an unknown commit', { commit: 'nowhere' }, /reviewed commit is "nowhere"/],
    [
      'too many items',
      { items: Array.from({ length: 501 }, (_, at) => comment({ id: `c${at}` })) },
      /501 items; it takes up to 500/,
    ],
    [
      'a long text',
      { items: [comment({ text: 'x'.repeat(REVIEW_LIMITS.text + 1) })] },
      /Item 1 .*text has 10001/,
    ],
    ['a long quote', { items: [comment({ quote: 'x'.repeat(REVIEW_LIMITS.quote + 1) })] }, /quote has 20001/],
    [
      'much altogether',
      { items: Array.from({ length: 30 }, (_, at) => comment({ id: `c${at}`, quote: 'x'.repeat(9000) })) },
      /characters; it takes up to 200000/,
    ],
    ['an empty comment', { items: [comment({ text: ' ' })] }, /text is empty/],
    [
      'a reason that is missing',
      { items: [comment({ id: '1.validator-1.1', kind: 'finding-dismissed', text: '' })] },
      /why the finding is dismissed/,
    ],
    ['a file of two lines', { items: [comment({ file: 'a\nb' })] }, /file is not a path/],
    ['a line before the first', { items: [comment({ line: 0 })] }, /whole number from 1/],
    ['an end before its start', { items: [comment({ line: 5, endLine: 4 })] }, /last line is 4/],
    [
      'an unknown finding',
      { items: [comment({ id: '9.nobody.1', kind: 'finding-accepted' })] },
      /thread is "9.nobody.1"/,
    ],
    ['an answer in no thread', { items: [comment({ thread: 'none' })] }, /thread is "none"/],
    ['an id with markup', { items: [comment({ id: '<b>' })] }, /id is "<b>"/],
    ['one item twice', { items: [comment(), comment()] }, /Item 2 .*"c1" was sent already/],
  ])('with %s is refused in one sentence, and nothing of it is recorded', (_what, change, message) => {
    const loop = reviewedLoop(FOUND);
    const before = loop.events.length;
    const refused = send(loop, { ...reviewOf(1, comment()), ...change });
    expect(refused).toMatchObject({ kind: 'input', message });
    expect(loop.events).toHaveLength(before);
  });

  it('is not sent twice, and not after the loop went on or decided', () => {
    const loop = reviewedLoop({});
    send(loop, reviewOf(1, comment()));
    expect(send(loop, reviewOf(1, comment()))?.message).toMatch(/sent already/);
    iterate(loop);
    expect(send(loop, { commit: 'integrated-1', revised: 'left', items: [] })).toMatchObject({
      kind: 'state',
      message: /has gone on/,
    });
    expect(send(loop, reviewOf(1, comment({ id: 'late' })))).toBeNull();
    loop.report({ type: 'OutsideChanged', changes: ['a branch'], guarded: false });
    proceed(loop);
    expect(loop.state?.waiting?.for).toBe('outside');
    expect(send(loop, reviewOf(2, comment({ id: 'later' })))).toMatchObject({
      kind: 'state',
      message: /decided to PROCEED/,
    });
  });
});
