import { expect, it } from 'vitest';
import { deferredIn } from './backlog.ts';
import type { ProductOwnerResult } from './loop/model.ts';
import { passing, startedLoop, type Answers } from './loop/test-loop.ts';

const leaves = (iteration: number, deferred: readonly string[]): { readonly result: ProductOwnerResult } => ({
  result: {
    role: 'product-owner',
    decision: iteration < 3 ? 'ITERATE' : 'PROCEED',
    reason: '',
    feedback: ['more'],
    deferred,
  },
});

it('holds what was left for later in all iterations, each item once, with where it came up last', () => {
  const loop = startedLoop();
  const left = [[], ['a cache', 'Rate  limits'], [], ['rate limits ', '', 'docs']];
  const agent: Answers['agent'] = (id, role, iteration, attempt) =>
    role === 'product-owner'
      ? leaves(iteration, left[iteration] ?? [])
      : passing(id, role, iteration, attempt);
  loop.run({ agent });
  expect(loop.state && deferredIn(loop.state)).toEqual([
    { text: 'a cache', by: 'product-owner', iteration: 1 },
    { text: 'rate limits', by: 'product-owner', iteration: 3 },
    { text: 'docs', by: 'product-owner', iteration: 3 },
  ]);
});
