import { describe, expect, it } from 'vitest';
import { fromPanelSchema } from './webview.ts';

const refused: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['text', 'hello'],
  ['an unknown type', { type: 'eval', code: '1' }],
  ['an unknown command', { type: 'command', command: 'workbench.action.terminal.new' }],
  ['a command of another extension', { type: 'command', command: '../git.push' }],
  ['a decision that is none', { type: 'decide', decision: 'MERGE', text: '' }],
  ['a reason of ten megabytes', { type: 'decide', decision: 'ABORT', text: 'x'.repeat(10_000_000) }],
  ['a transfer point outside the seven', { type: 'breakpoint', point: 8, on: true }],
  ['a point that is no whole number', { type: 'breakpoint', point: 1.5, on: true }],
  ['an agent without a name', { type: 'agent', action: 'nudge' }],
  ['an agent action that is none', { type: 'agent', action: 'delete', agentId: 'a' }],
  ['a name that is a prototype', { type: 'agent', action: '__proto__', agentId: 'a' }],
];

describe('what the panel says [SI-101]', () => {
  it.each(refused)('is refused when it is %s', (_, message) => {
    expect(fromPanelSchema.safeParse(message).success).toBe(false);
  });

  it('is taken in the shapes that buttons send, without anything beside them', () => {
    const message = { type: 'agent', action: 'nudge', agentId: 'a', extra: 1 };
    expect(fromPanelSchema.parse(message)).toEqual({ type: 'agent', action: 'nudge', agentId: 'a' });
    expect(fromPanelSchema.safeParse({ type: 'release', edited: null }).success).toBe(true);
  });
});
