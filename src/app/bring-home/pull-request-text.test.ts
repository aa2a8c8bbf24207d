import { expect, it } from 'vitest';
import { passing, startedLoop } from '../../domain/loop/test-loop.ts';
import { pullRequestBody } from './pull-request-text.ts';

function endedLoop() {
  const loop = startedLoop({ description: '  Tidy up\n\nand test it.  ', taskId: 't1' });
  loop.run({ agent: passing });
  if (!loop.state) throw new Error('The loop did not start');
  return loop.state;
}

it('holds the task, how the loop ended and what was measured', () => {
  const state = endedLoop();
  const body = pullRequestBody({ config: state.config, state, revised: false, restored: null });
  expect(body).toMatch(/^Tidy up\n\nand test it\.\n\n---\n\n- PROCEED after one iteration\n/);
  expect(body).toMatch(/- Consensus of the validators: \d\.\d\d\n- Findings of the last validation: \d+\n/);
  expect(body).toContain('Made by the loop `t1`.');
  expect(body).not.toContain('A person changed');
});

it('says that a person changed the result after its evidence, and cuts an endless task', () => {
  const state = endedLoop();
  const config = { ...state.config, description: 'x'.repeat(100_000) };
  const body = pullRequestBody({ config, state, revised: true, restored: null });
  expect(body).toContain('- A person changed the result after its evidence ran.');
  expect(body.length).toBeLessThan(9000);
});

it('tells of a restored iteration what was measured in that one', () => {
  const state = endedLoop();
  const body = pullRequestBody({ config: state.config, state, revised: false, restored: 1 });
  expect(body).toContain('- This is the work of iteration 1, which a person restored.\n- ');
});
