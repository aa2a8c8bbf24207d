import { describe, expect, it } from 'vitest';
import { panelLoopSchema, type PanelLoop } from '../../protocol/panel-loop.ts';
import { agentView, iterationView, loopView } from '../test-views.ts';
import type { Around } from './panel-banners.ts';
import { drawLoop, loopDelta } from './panel-loop.ts';

const around: Around = { trusted: true, store: null, elsewhere: false, survival: null };
type View = Parameters<typeof loopView>[0];
const drawn = (view: View, where: Partial<Around> = {}): PanelLoop =>
  drawLoop(loopView(view), { ...around, ...where }, null).loop;

const gate = {
  iteration: 1,
  passed: false,
  threshold: 0.75,
  confidence: 0.91,
  evidence: 'failed',
  reasons: [],
  notes: [],
  commit: 'c'.repeat(40),
  agents: ['a', 'b'],
  commands: [
    {
      command: 'npm test',
      kind: 'test',
      flaky: [],
      run: 'restored',
      status: 'failed',
      passed: 198,
      failed: 19,
      skipped: 0,
      passRate: 198 / 217,
      baseline: 1,
      needs: 0.95,
    },
  ],
  claims: [{ agentId: 'a', confidence: null }],
} as const;

const consensus = {
  iteration: 1,
  passed: true,
  threshold: 0.9,
  score: 0.91,
  votes: [
    { agentId: 'v1', score: 0.99 },
    { agentId: 'v2', score: 0.83 },
  ],
  findings: [{ by: 'v2', severity: 'critical', text: 'It leaks.', file: 'a.ts', line: 7 }],
  proofs: [],
  unconfirmedFiles: [],
} as const;

const waiting = { for: 'decision', since: 5, message: 'Decide.' } as const;

it('makes what the schema of the channel takes', () => {
  const agents = [agentView({ id: 'a' }), agentView({ id: 'v', role: 'validator', state: 'lost' })];
  const iterations = [iterationView({ number: 1, passRate: 0.5 })];
  const loop = drawn({ agents, gate, consensus, waiting, iterations, step: 'decide' });
  expect(panelLoopSchema.safeParse(loop).error).toBeUndefined();
});

describe('the gate', () => {
  it('lets evidence decide however sure the agents are', () => {
    const loop = drawn({ gate, step: 'gate' });
    expect(loop.gate?.sentence).toBe(
      'The agents are sure (0.91). The evidence is not (91.2 %). Evidence decides.',
    );
    expect(loop.steps.map((step) => step.status)).toEqual(['done', 'bad', 'todo', 'todo']);
    expect(loop.wayBack.from).toBe('gate');
  });

  it('shows each command with what it said, what is needed and what it said before', () => {
    expect(drawn({ gate }).gate?.evidence).toEqual([
      {
        check: 'npm test',
        kind: '',
        ok: false,
        result: '198 of 217 pass (91.2 %)',
        need: 'needs 95 %',
        baseline: 'base 100 %, worse',
      },
    ]);
  });

  it('never shows unavailable evidence as passed, and counts it nowhere', () => {
    const command = { ...gate.commands[0], status: 'unavailable', passRate: null, baseline: null } as const;
    const loop = drawn({ gate: { ...gate, evidence: 'unavailable', commands: [command] } });
    expect(loop.gate?.evidence[0]).toMatchObject({ ok: null, need: 'not counted' });
    expect(loop.gate?.sentence).toContain('never a pass');
  });

  it('says which command it is running, and on what', () => {
    const at = (view: View) => drawn(view).steps[1]?.lines;
    const running = { command: 'npm test', run: 'restored', since: 0 } as const;
    expect(at({ step: 'gate', running })).toEqual(['Running npm test', 'with the tests put back']);
    expect(at({ step: 'gate', running: null })?.[0]).toBe('Tests on the combined work');
  });
});

describe('consensus', () => {
  it('shows one that hides a low vote as a warning, and quotes the dissent with its place', () => {
    const loop = drawn({ consensus, step: 'decide' });
    expect(loop.steps[2]).toMatchObject({
      status: 'warning',
      lines: ['Consensus 0.91', 'needs 0.90, 1 below'],
    });
    expect(loop.consensus?.about).toBe('2 blind votes from one program; the mean hides a dissent');
    expect(loop.consensus?.dissent).toEqual([
      { by: 'v2', severity: 'critical', text: 'It leaks.', place: 'a.ts:7', proof: 'No proof given.' },
    ]);
  });

  it('marks approvals that nothing shows to have looked, and not those of which that is not known', () => {
    const [first, second] = consensus.votes.map(({ agentId }) => agentId);
    const marked = [
      { agentId: first ?? '', marks: ['nothing-opened', 'too-short'] as const },
      { agentId: second ?? '', marks: ['not-known'] as const },
    ];
    const votes = drawn({ consensus: { ...consensus, marked } }).consensus?.votes ?? [];
    expect(votes.map((vote) => vote.marked)).toEqual([true, false]);
    expect(votes[0]?.findings).toContain('opened no changed file and ran nothing; took less than 5 s');
    expect(votes[1]?.findings).toContain('its CLI does not tell what it looked at');
  });

  it('says which votes came from models of the family that did the work', () => {
    const sameFamily = [
      { agentId: 'v1', family: 'Claude' },
      { agentId: 'elsewhere', family: 'Claude' },
    ];
    const votes = consensus.votes.map((vote, at) => ({ ...vote, agentId: `v${at + 1}` }));
    expect(drawn({ consensus: { ...consensus, votes }, sameFamily }).consensus?.sameFamily).toBe(
      'Same model family as the implementers (Claude): v1.',
    );
    expect(drawn({ consensus }).consensus?.sameFamily).toBeNull();
  });

  it('calls a missed quorum no consensus, not a low one', () => {
    const votes = [{ agentId: 'v1', score: null }, ...consensus.votes.slice(0, 1)];
    const loop = drawn({ consensus: { ...consensus, passed: false, score: null, votes } });
    expect(loop.consensus?.title).toBe('No consensus: quorum missed');
    expect(loop.consensus?.about).toBe('1 of 2 votes: no consensus, not a low one');
  });
});

describe('the decision', () => {
  const recommended = { agentId: 'product-owner', decision: 'ITERATE', reason: 'r', feedback: [] } as const;
  const choices = (view: View) => drawn({ waiting, ...view }).ask?.choices ?? [];

  it('is recommended only by the product owner', () => {
    const marked = (view: View) =>
      choices(view)
        .filter((choice) => choice.recommended)
        .map((choice) => choice.decision);
    expect(marked({})).toEqual([]);
    expect(marked({ recommendation: recommended })).toEqual(['ITERATE']);
    const owner = { id: 'po', role: 'product-owner', state: 'done', decision: 'PROCEED' } as const;
    expect(marked({ agents: [agentView(owner)] })).toEqual(['PROCEED']);
    expect(marked({ agents: [agentView({ ...owner, defaulted: true })] })).toEqual([]);
  });

  it('takes a reason where it goes against the recommendation', () => {
    const asked = choices({ recommendation: recommended }).map((choice) => choice.reasonFor !== null);
    expect(asked).toEqual([true, false, true]);
    expect(choices({}).every((choice) => choice.reasonFor === null)).toBe(true);
  });

  it('forecasts one more iteration from those of this loop, and says so', () => {
    const minute = 60_000;
    const round = (number: number, minutes: number, costUsd: number) =>
      iterationView({
        number,
        startedAt: 0,
        costUsd,
        steps: { implement: minute, gate: minutes * minute, validate: null, decide: null },
      });
    const iterations = [round(1, 6, 0.6), round(2, 9, 1.1)];
    const iterate = choices({ iterations, iteration: 2, budgetUsd: 10, costUsd: 6.48 })[1];
    expect(iterate?.forecast).toBe(
      'About 6 to 9 min and $0.60 to $1.10, by the 2 iterations so far; leaves $2.42 or more.',
    );
    expect(choices({ iterations: [] })[1]?.forecast).toBe('');
  });

  it('is asked in its own place for a hand-over that is held', () => {
    const held = { point: 5, part: 'main', since: 7 } as const;
    const loop = drawn({ held, waiting: { ...waiting, for: 'breakpoint' } });
    expect(loop.ask).toBeNull();
    expect(loop.held).toEqual({ point: 5, since: 7, title: 'Held by you before TP 5, Gate' });
  });
});

describe('banners', () => {
  it('say since when Redis is lost and what goes on, and vanish when it is back', () => {
    const store = { since: 1000, behind: 'redis.example:6379', problem: 'ECONNREFUSED' };
    expect(drawn({}, { store }).banners).toMatchObject([
      { title: 'Redis at redis.example:6379 is unreachable', since: 1000 },
    ]);
    expect(drawn({}).banners).toEqual([]);
  });

  it('are at most two, the worst first', () => {
    const shown = drawn(
      { waiting: { ...waiting, for: 'outside' } },
      { trusted: false, elsewhere: true, store: { since: 0, behind: '', problem: '' } },
    );
    expect(shown.banners.map((banner) => banner.id)).toEqual(['outside', 'store']);
  });
});

it('shows hostile words as words', () => {
  const bad = '<img src=x onerror=alert(1)>\u001b[31m\u202Eevil';
  const loop = drawn({ description: bad, agents: [agentView({ id: 'a', summary: bad })] });
  for (const text of [loop.title, loop.agents[0]?.line]) {
    expect(text).toBe('<img src=x onerror=alert(1)>·[31m·evil');
  }
});

describe('a budget', () => {
  const draw = (change: Parameters<typeof loopView>[0]) => drawLoop(loopView(change), around, null).loop;

  it('counts what was assumed for runs that told no price', () => {
    expect(draw({ budgetUsd: 10, costUsd: 2, assumedUsd: 1, costIncomplete: true })).toMatchObject({
      cost: 'at least $2.00',
      budget: { limit: '$10.00', share: 0.3 },
    });
  });

  it('has a banner once it is nearly spent, until the loop waits for it or ends', () => {
    const nearly = { budgetUsd: 5, budgetWarning: { at: 9, spentUsd: 4.1 } };
    expect(draw(nearly).banners).toMatchObject([
      { id: 'budget-warning', title: 'Budget nearly spent: $4.10 of $5.00.', since: 9 },
    ]);
    const waiting = { for: 'budget', since: 10, message: 'The budget is reached.' } as const;
    expect(draw({ ...nearly, waiting }).banners.map(({ id }) => id)).toEqual(['budget']);
    expect(draw({ ...nearly, outcome: 'PROCEED' }).banners).toEqual([]);
  });
});

describe('a delta', () => {
  const many = Array.from({ length: 1000 }, (_, index) => agentView({ id: `agent-${index}` }));

  it('holds only the fields and the agents that changed', () => {
    const first = drawLoop(loopView({ agents: many }), around, null);
    expect(loopDelta(first, drawLoop(loopView({ agents: many }), around, first))).toBeNull();
    const agents = many.map((agent) => (agent.id === 'agent-7' ? { ...agent, summary: 'new' } : agent));
    const second = drawLoop(loopView({ agents, paused: true }), around, first);
    const delta = loopDelta(first, second);
    expect(delta?.agents.changed.map((agent) => agent.id)).toEqual(['agent-7']);
    expect(delta?.agents.order).toBeNull();
    expect(Object.keys(delta?.patch ?? {}).sort()).toEqual(['paused', 'state', 'stateStatus']);
  });

  it('makes only those rows again that changed', () => {
    const first = drawLoop(loopView({ agents: many }), around, null);
    const copies = many.map((agent) => ({ ...agent, attempt: agent.id === 'agent-3' ? 2 : 1 }));
    const second = drawLoop(loopView({ agents: copies }), around, first);
    const made = second.loop.agents.filter((agent, index) => agent !== first.loop.agents[index]);
    expect(made.map((agent) => agent.id)).toEqual(['agent-3']);
  });

  it('names the order when agents come or go', () => {
    const first = drawLoop(loopView({ agents: many.slice(0, 2) }), around, null);
    const second = drawLoop(loopView({ agents: many.slice(1, 3) }), around, first);
    expect(loopDelta(first, second)?.agents).toMatchObject({
      changed: [{ id: 'agent-2' }],
      order: ['agent-1', 'agent-2'],
    });
  });
});
