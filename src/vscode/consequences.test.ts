import { expect, it } from 'vitest';
import { consequences } from './consequences.ts';
import { loopView } from './test-views.ts';

it.each([
  ['decision', 'Take iteration 2 as it is.'],
  ['quorum', 'Go on to the product owner without a consensus'],
  ['evidence', 'Go on past the evidence'],
  ['budget', 'Allow the same number of runs'],
  ['stalled', 'Go on with the next iteration'],
  ['outside', 'Accept what changed outside'],
] as const)('says what PROCEED goes past where a loop waits for %s', (reason, text) => {
  const view = loopView({ iteration: 2, waiting: { for: reason, since: 0, message: '' } });
  const proceed = consequences(view).find(({ decision }) => decision === 'PROCEED')?.text;
  expect(proceed).toContain(text);
  expect(proceed).toContain('Nothing is merged');
});
