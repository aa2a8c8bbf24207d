import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLiveReporter } from './live-reporter.ts';
import { createTestLoop, testAgent } from './test-loop.ts';
import { createTestWorld } from './test-service.ts';

describe('the live table on a terminal', () => {
  const show = () => {
    const world = createTestWorld({ terminal: true, env: { TERM: 'xterm' } });
    const reporter = createLiveReporter(world.context.io);
    const text = () => stripVTControlCharacters(world.output.stdout);
    return { reporter, text };
  };

  it('shows the crew, and what it claims once it is done', () => {
    const { reporter, text } = show();
    const agents = [
      testAgent('api', {
        startedAt: Date.now() - 65_000,
        added: 12,
        removed: 3,
        summary: 'tests\u001B[2J next',
      }),
      testAgent('validator-1', { role: 'validator', state: 'done', score: 0.9, startedAt: 0, endedAt: 5000 }),
      testAgent('validator-2', { role: 'validator', state: 'done', defaulted: true, score: 0 }),
      testAgent('product-owner', { role: 'product-owner', state: 'done', decision: 'ITERATE' }),
    ];
    reporter.view(createTestLoop('t1', { agents, costUsd: 0.84, costIncomplete: true }).view);
    reporter.close();
    expect(text()).toMatch(/t1 {2}it 1\/10 {2}implement {2}\$0\.84 and more/);
    expect(text()).toMatch(/api {12}demo {2}working {2}1m0\ds {2}\+12 −3 .*tests\uFFFD\[2J next/);
    expect(text()).toMatch(/validator-1 .* 5s .* 0\.90/);
    expect(text()).toMatch(/validator-2 .* no vote/);
    expect(text()).toMatch(/product-owner .* ITERATE/);
  });

  it('lets events scroll by, without those that the table shows', () => {
    const { reporter, text } = show();
    reporter.view(createTestLoop('t1').view);
    reporter.event({ type: 'AgentStarted', agentId: 'api' });
    reporter.event({
      type: 'GateChecked',
      passed: true,
      threshold: 0.75,
      actualConfidence: 0.9,
      evidence: 'passed',
    });
    reporter.close();
    expect(text()).not.toContain('api started');
    expect(text()).toContain('gate PASSED: confidence 0.90 of 0.75, evidence passed');
  });

  it('draws nothing over a question', () => {
    const { reporter, text } = show();
    const loop = createTestLoop('t1');
    reporter.view(loop.view);
    reporter.pause();
    const before = text();
    reporter.view(loop.view);
    expect(text()).toBe(before);
    reporter.close();
  });
});
