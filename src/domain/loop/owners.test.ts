import { describe, expect, it } from 'vitest';
import type { LoopConfig } from './config.ts';
import type { AgentExit } from './events.ts';
import type { CrewMember, Decision } from './model.ts';
import { owner, passing, startedLoop, testConfig, validator, type Answers } from './test-loop.ts';

const member = (id: string, weight: number, person = false): CrewMember => ({
  id,
  role: 'product-owner',
  program: person ? null : { kind: 'preset', preset: 'demo' },
  weight,
});
const crewWith = (...owners: readonly CrewMember[]): Pick<LoopConfig, 'crew'> => ({
  crew: [...testConfig.crew.filter(({ role }) => role !== 'product-owner'), ...owners],
});
const THREE = crewWith(member('cto', 0.35), member('po', 0.3), member('user', 0.35));

type Say = Decision | Partial<AgentExit>;
const says =
  (said: Readonly<Record<string, Say>>): Answers['agent'] =>
  (id, role, iteration, attempt) => {
    const word = said[id];
    if (word === undefined) return passing(id, role, iteration, attempt);
    return typeof word === 'string' ? owner(word, [`${id} wants more`]) : word;
  };

function decided(config: Partial<LoopConfig>, said: Readonly<Record<string, Say>>) {
  const loop = startedLoop({ ...config, maxIterations: 1 });
  loop.run({ agent: says(said) });
  return loop;
}

describe('several product owners', () => {
  it('decide by weight, and their dissent is told', () => {
    const loop = decided(THREE, { cto: 'PROCEED', po: 'ABORT', user: 'PROCEED' });
    expect(loop.last('DecisionMade')).toMatchObject({
      decision: 'PROCEED',
      by: 'board',
      reason: 'The board: 2 of 3 for PROCEED, weight 0.7 of 1. because po would ABORT: because',
      board: [
        { agentId: 'cto', decision: 'PROCEED', weight: 0.35 },
        { agentId: 'po', decision: 'ABORT', weight: 0.3 },
        { agentId: 'user', decision: 'PROCEED', weight: 0.35 },
      ],
    });
  });

  it('are told nothing of each other, and iterate with what those for it ask', () => {
    const loop = decided(THREE, { cto: 'ITERATE', po: 'PROCEED', user: 'ITERATE' });
    expect(loop.last('DecisionMade')).toMatchObject({
      decision: 'ITERATE',
      feedback: ['cto wants more', 'user wants more'],
    });
  });

  it('count one without a valid result as ABORT', () => {
    const loop = decided(THREE, { cto: 'PROCEED', po: { result: null }, user: { result: null } });
    expect(loop.last('DecisionMade')).toMatchObject({ decision: 'ABORT', by: 'board' });
  });

  it('ask a person only where one that did not complete could change the decision', () => {
    const lost = { ending: 'failed' as const, result: null };
    const open = decided(THREE, { cto: 'PROCEED', po: 'ITERATE', user: lost });
    expect(open.last('LoopWaiting')).toMatchObject({ for: 'decision' });
    expect(open.last('LoopWaiting')?.message).toContain('user did not complete');
    const settled = decided(THREE, { cto: 'PROCEED', po: lost, user: 'PROCEED' });
    expect(settled.last('DecisionMade')).toMatchObject({ decision: 'PROCEED' });
  });

  const WITH_PERSON = crewWith(member('cto', 2), member('po', 2), member('me', 1, true));
  const vote = (decision: Decision, said: Readonly<Record<string, Say>>) => {
    const loop = decided(WITH_PERSON, said);
    expect(loop.last('LoopWaiting')?.message).toContain('Your vote on the board is due.');
    const feedback = decision === 'ITERATE' ? ['mine'] : [];
    expect(loop.send({ kind: 'decide', decision, reason: 'so', feedback, confirm: [] })).toBeNull();
    return loop.last('DecisionMade');
  };

  it('can be agents and a person, whose vote weighs like another', () => {
    expect(vote('PROCEED', { cto: 'PROCEED', po: 'ITERATE' })).toMatchObject({
      decision: 'PROCEED',
      by: 'board',
    });
    expect(vote('PROCEED', { cto: 'ITERATE', po: 'ITERATE' })).toMatchObject({
      decision: 'ITERATE',
      feedback: ['cto wants more', 'po wants more'],
    });
  });

  it('never pass over that person towards less care', () => {
    expect(vote('ITERATE', { cto: 'PROCEED', po: 'PROCEED' })).toMatchObject({
      decision: 'ITERATE',
      feedback: ['mine'],
    });
    expect(vote('ABORT', { cto: 'PROCEED', po: 'PROCEED' })).toMatchObject({ decision: 'ABORT' });
  });
});

describe('the policy 0/0', () => {
  const finding = (severity: 'warning' | 'suggestion') => ({
    severity,
    text: 'it leaks',
    file: 'a.ts',
    line: 3,
  });
  const run = (
    severity: 'warning' | 'suggestion',
    config: Partial<LoopConfig>,
    deferred: readonly string[] = [],
  ) => {
    const loop = startedLoop({ maxIterations: 1, ...config });
    const proceed = owner('PROCEED').result;
    loop.run({
      agent: (id, role, iteration, attempt) =>
        role === 'validator'
          ? validator(0.95, [], [finding(severity)])
          : role === 'product-owner' && proceed.role === role
            ? { result: { ...proceed, deferred } }
            : passing(id, role, iteration, attempt),
    });
    return loop.last('DecisionMade');
  };

  it('takes no PROCEED of an agent over an open warning, and says what is open', () => {
    expect(run('warning', {})).toMatchObject({ decision: 'PROCEED' });
    expect(run('warning', { proceedPolicy: '0/0' })).toMatchObject({
      decision: 'ITERATE',
      feedback: [expect.stringContaining('Open: a.ts:3: it leaks')],
    });
  });

  it('takes none with something left for later, and does not mind suggestions', () => {
    expect(run('suggestion', { proceedPolicy: '0/0' })).toMatchObject({ decision: 'PROCEED' });
    expect(run('suggestion', { proceedPolicy: '0/0' }, ['a cache'])).toMatchObject({
      decision: 'ITERATE',
      feedback: ['Left for later: a cache'],
    });
  });

  it('leaves a person their own judgement', () => {
    const loop = startedLoop({ proceedPolicy: '0/0', decidedBy: 'agent-then-person', maxIterations: 1 });
    loop.run({
      agent: (id, role, iteration, attempt) =>
        role === 'validator'
          ? validator(0.95, [], [finding('warning')])
          : passing(id, role, iteration, attempt),
    });
    expect(loop.last('Recommended')).toMatchObject({ decision: 'ITERATE' });
    loop.send({ kind: 'decide', decision: 'PROCEED', reason: 'fine', feedback: [], confirm: [] });
    expect(loop.last('DecisionMade')).toMatchObject({ decision: 'PROCEED', by: 'person' });
  });
});
