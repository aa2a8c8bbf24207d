import { describe, expect, it } from 'vitest';
import { toLoopView } from '../../app/projections/to-loop-view.ts';
import {
  comment,
  finding,
  finds,
  reviewedLoop,
  reviewOf,
  threadsIn,
} from '../../domain/review/test-threads.ts';
import { remarkBody, remarkLabel, reviewSummary, threadHistory, threadLabel } from './thread-words.ts';

const FOUND = {
  1: {
    'validator-1': [finding({ severity: 'critical', proof: 'npm test' })],
    'validator-2': [finding({ line: 80, text: 'Name the magic number', severity: 'suggestion' })],
  },
};

describe('the words of a thread', () => {
  it('say how bad it is, when it was raised and what came of it', () => {
    const loop = reviewedLoop(FOUND);
    const [first] = threadsIn(loop);
    expect(threadLabel(first!, false)).toBe(
      'Blocking: The refresh token survives logout · raised in 1, open',
    );
    expect(threadLabel(first!, true)).toMatch(/open · outdated: the code moved$/);
    expect(reviewSummary(threadsIn(loop), 1)).toBe('2 open, 1 blocking. 1 draft not sent.');
    loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: ['go on'], confirm: [] });
    loop.run({ agent: finds({}) });
    expect(threadHistory(threadsIn(loop)[0]!)).toBe(
      'raised in 1, fixed in 2, verified by validator-1, proof: npm test',
    );
    expect(reviewSummary(threadsIn(loop), 0)).toBe('');
  });

  it('say who it was: program, vote, and how often it was right in this loop', () => {
    const loop = reviewedLoop(FOUND);
    const dismissed = comment({ id: '1.validator-2.1', kind: 'finding-dismissed', text: 'it is a port' });
    loop.send({
      kind: 'send-review',
      review: reviewOf(1, dismissed, comment({ id: '1.validator-1.1', kind: 'finding-accepted', text: '' })),
    });
    const threads = threadsIn(loop);
    const view = toLoopView(loop.state!);
    const labels = threads.flatMap(({ remarks }) =>
      remarks.map((remark) => remarkLabel(remark, view, threads)),
    );
    expect(labels).toEqual([
      'Blocking · demo · voted 0.50 · right in 1 of 1 findings',
      'Accepted',
      'Minor · demo · voted 0.50 · right in 0 of 1 findings',
      'Dismissed',
    ]);
    expect(threadHistory(threads[1]!)).toBe('raised in 1, dismissed: it is a port');
  });

  it('show hostile text as text: lines stay, what rearranges them does not', () => {
    const text = 'a\r\nb\u202e\u0007 <b>[x](command:y)</b>';
    expect(remarkBody({ finding: { ...finding({ text, proof: 'p\u0000' }), index: 0 }, item: null })).toBe(
      'a\nb·· <b>[x](command:y)</b>\n\nProof: p·',
    );
    expect(
      remarkBody({ finding: { ...finding({ text: 'x'.repeat(10_000_000) }), index: 0 }, item: null }),
    ).toHaveLength(10_000);
    expect(remarkBody({ finding: null, item: comment({ kind: 'resolved', text: '' }) })).toBe(
      'Takes it for done.',
    );
  });
});
