import { expect, it } from 'vitest';
import { panelLoopSchema } from '../../protocol/webview.ts';
import { agentView, loopView } from '../test-views.ts';
import { loopPatch, panelLoop } from './panel-loop.ts';

const gate = {
  iteration: 1,
  passed: false,
  threshold: 0.75,
  confidence: 0.91,
  evidence: 'failed',
  reasons: [],
} as const;

it('makes what the schema of the channel takes', () => {
  const agents = [agentView({ id: 'a' }), agentView({ id: 'v', role: 'validator', state: 'lost' })];
  const waiting = { for: 'decision', since: 5, message: 'Decide.' } as const;
  const loop = panelLoop(loopView({ agents, gate, waiting, step: 'decide' }));
  expect(panelLoopSchema.safeParse(loop).error).toBeUndefined();
});

it('lets evidence decide however sure the agents are', () => {
  const loop = panelLoop(loopView({ gate, step: 'gate' }));
  expect(loop.gate?.sentence).toBe('The agents are sure (0.91). The evidence is not. Evidence decides.');
  expect(loop.steps.map((step) => step.status)).toEqual(['done', 'bad', 'todo', 'todo']);
});

it('says which command the gate is running, and on what', () => {
  const running = { command: 'npm test', run: 'restored', since: 0 } as const;
  const at = (view: Parameters<typeof loopView>[0]) => panelLoop(loopView(view)).steps;
  expect(at({ step: 'gate', running })[1]?.lines).toEqual(['Running npm test', 'with the tests put back']);
  expect(at({ step: 'gate', running: null })[1]?.lines[0]).toBe('Tests on the combined work');
  expect(at({ step: 'prepare', running: { ...running, run: 'base' } })[0]?.lines[0]).toBe('Running npm test');
});

it('never shows unavailable evidence as passed', () => {
  const loop = panelLoop(loopView({ gate: { ...gate, evidence: 'unavailable' } }));
  expect(loop.gate?.evidenceOk).toBeNull();
  expect(loop.gate?.sentence).toContain('never a pass');
});

it('shows a passed consensus with a low vote as a warning', () => {
  const consensus = {
    iteration: 1,
    passed: true,
    threshold: 0.9,
    score: 0.91,
    votes: [
      { agentId: 'v1', score: 0.99 },
      { agentId: 'v2', score: 0.83 },
    ],
  };
  const loop = panelLoop(loopView({ consensus, step: 'decide' }));
  expect(loop.steps[2]).toMatchObject({
    status: 'warning',
    lines: ['Consensus 0.91', 'needs 0.90, 1 below'],
  });
});

it('recommends only what the product owner recommends', () => {
  const waiting = { for: 'decision', since: 5, message: '' } as const;
  const decision = { decision: 'ITERATE', by: 'product-owner', reason: '' } as const;
  const marked = (view: ReturnType<typeof loopView>) =>
    panelLoop(view)
      .ask?.choices.filter((choice) => choice.recommended)
      .map((choice) => choice.decision);
  expect(marked(loopView({ waiting }))).toEqual([]);
  expect(marked(loopView({ waiting, decision }))).toEqual(['ITERATE']);
  const owner = { id: 'po', role: 'product-owner', state: 'done', decision: 'PROCEED' } as const;
  expect(marked(loopView({ waiting, agents: [agentView(owner)] }))).toEqual(['PROCEED']);
  expect(marked(loopView({ waiting, agents: [agentView({ ...owner, defaulted: true })] }))).toEqual([]);
});

it('sends only the fields that changed', () => {
  const before = panelLoop(loopView());
  expect(loopPatch(before, panelLoop(loopView()))).toBeNull();
  expect(loopPatch(before, panelLoop(loopView({ costUsd: 1 })))).toEqual({ cost: '$1.00' });
});
