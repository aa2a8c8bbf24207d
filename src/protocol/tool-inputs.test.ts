import { expect, it } from 'vitest';
import { parseToolInput, TOOL_INPUTS, type ToolName } from './tool-inputs.ts';

const parse = (name: ToolName, input: unknown) => parseToolInput(name, TOOL_INPUTS[name], input);

it('takes what a model hands over, and trims it', () => {
  expect(parse('cfn_start_loop', { task: ' Add a login. ', mode: 'mvp' })).toEqual({
    ok: true,
    value: { task: 'Add a login.', mode: 'mvp' },
  });
  expect(parse('cfn_status', {})).toEqual({ ok: true, value: {} });
});

it.each([
  ['cfn_start_loop', {}, 'cfn_start_loop needs task; it takes a text of at most 20000 characters.'],
  ['cfn_start_loop', { task: 'x', mode: 'fast' }, 'mode is "fast"; it takes mvp, standard, enterprise.'],
  ['cfn_start_loop', { task: 'x', budget: -1 }, 'budget is -1; it takes US dollars, more than 0.'],
  [
    'cfn_start_loop',
    { task: 'x', permission: 'full' },
    'cfn_start_loop does not know "permission"; it takes task, requirements, acceptance, mode, preset, iterations, budget.',
  ],
  ['cfn_why', { iteration: 0.5 }, 'iteration is 0.5; it takes a whole number from 1.'],
  ['cfn_add_feedback', { items: [] }, 'items is []; it takes a list of 1 to 50 texts.'],
  ['cfn_decide', { decision: 'MERGE' }, 'decision is "MERGE"; it takes PROCEED, ITERATE, ABORT.'],
  ['cfn_decide', 'PROCEED', 'cfn_decide takes an object with taskId, decision, reason, feedback.'],
] as const)('refuses what %s does not take: %j', (name, input, message) => {
  const parsed = parse(name, input);
  expect(parsed.ok ? '' : parsed.error).toBe(message);
});
