import { describe, expect, it } from 'vitest';
import { replay } from './evolve.ts';
import {
  implementer,
  owner,
  passing,
  startedLoop,
  testConfig,
  validator,
  type Answers,
} from './test-loop.ts';

const outcome = (loop: ReturnType<typeof startedLoop>) => loop.last('LoopFinished')?.outcome;

describe('the way through a loop', () => {
  it('[FL-020] [FL-021] [FL-023] [FL-024] [FL-026] [FL-028] goes from Implement over gate, validators and product owner to PROCEED', () => {
    const loop = startedLoop();
    loop.run({ agent: passing });
    expect(outcome(loop)).toBe('PROCEED');
    expect(loop.types()).toEqual([
      'LoopStarted',
      'BaseEstablished',
      'IterationStarted',
      'WorktreesPrepared',
      'TransferPointWritten',
      'AgentStarted',
      'AgentExited',
      'TransferPointWritten',
      'Integrated',
      'TransferPointWritten',
      'TransferPointWritten',
      'EvidenceJudged',
      'GateChecked',
      'TransferPointWritten',
      'TransferPointWritten',
      'AgentStarted',
      'AgentExited',
      'AgentStarted',
      'AgentExited',
      'AgentStarted',
      'AgentExited',
      'ConsensusChecked',
      'TransferPointWritten',
      'TransferPointWritten',
      'TransferPointWritten',
      'AgentStarted',
      'AgentExited',
      'DecisionMade',
      'LoopEnding',
      'TransferPointWritten',
      'LoopFinished',
    ]);
  });

  it('[FL-080] [FL-081] [FL-082] replays the trace of the seeds: 0.75 fails a gate of 0.85, 0.93 passes it', () => {
    const loop = startedLoop({ gateThreshold: 0.85 });
    loop.run({
      agent: (id, role, iteration, attempt) =>
        role === 'implementer'
          ? implementer(iteration === 1 ? 0.75 : 0.93)
          : passing(id, role, iteration, attempt),
    });
    const gates = loop.events.filter((event) => event.type === 'GateChecked');
    expect(gates.map((gate) => [gate.iteration, gate.actualConfidence, gate.passed])).toEqual([
      [1, 0.75, false],
      [2, 0.93, true],
    ]);
    expect(loop.last('ConsensusChecked')).toMatchObject({ passed: true, threshold: 0.9 });
    expect(outcome(loop)).toBe('PROCEED');
  });

  it('[FL-022] [FL-046] [FL-124] goes back to fresh implementers with feedback when the gate fails', () => {
    const loop = startedLoop();
    loop.run({
      agent: passing,
      evidence: (iteration) =>
        iteration === 1
          ? { status: 'failed', reasons: ['2 checks fail.'], feedback: ['login.test.ts fails'] }
          : {},
    });
    const second = loop.events.find((event) => event.type === 'IterationStarted' && event.number === 2);
    expect(second).toMatchObject({
      start: 'integrated-1',
      feedback: [{ origin: 'evidence', to: null, text: 'login.test.ts fails' }],
    });
    expect(outcome(loop)).toBe('PROCEED');
  });

  it('[FL-025] [FL-048] goes back to Implement with the findings when consensus is missed', () => {
    const loop = startedLoop();
    loop.run({
      agent: (id, role, iteration, attempt) =>
        role === 'validator' && iteration === 1 ? validator(0.6) : passing(id, role, iteration, attempt),
    });
    expect(loop.events.find((event) => event.type === 'ConsensusChecked')).toMatchObject({
      passed: false,
      score: 0.6,
      dissent: ['validator-1', 'validator-2', 'validator-3'],
    });
    const second = loop.events.find((event) => event.type === 'IterationStarted' && event.number === 2);
    expect(second).toMatchObject({
      feedback: [{ origin: 'validator-1', text: '[warning] too slow' }, {}, {}],
    });
    expect(outcome(loop)).toBe('PROCEED');
  });

  it('[FL-027] iterates when the product owner says ITERATE', () => {
    const loop = startedLoop();
    loop.run({
      agent: (id, role, iteration, attempt) =>
        role === 'product-owner' && iteration === 1
          ? owner('ITERATE', ['Add rate limiting'])
          : passing(id, role, iteration, attempt),
    });
    const second = loop.events.find((event) => event.type === 'IterationStarted' && event.number === 2);
    expect(second).toMatchObject({ feedback: [{ origin: 'product-owner', text: 'Add rate limiting' }] });
    expect(outcome(loop)).toBe('PROCEED');
  });

  it('[FL-029] aborts when the product owner says ABORT', () => {
    const loop = startedLoop();
    loop.run({
      agent: (id, role, i, a) => (role === 'product-owner' ? owner('ABORT') : passing(id, role, i, a)),
    });
    expect(outcome(loop)).toBe('ABORT');
  });

  it('[DP-021] [DP-041] [L-30] takes a product owner without a valid decision as ABORT', () => {
    const loop = startedLoop();
    loop.run({
      agent: (id, role, i, a) => (role === 'product-owner' ? { result: null } : passing(id, role, i, a)),
    });
    expect(loop.last('DecisionMade')).toMatchObject({ decision: 'ABORT', defaulted: true });
    expect(outcome(loop)).toBe('ABORT');
  });

  it('[FL-030] [X-05] [FL-110…112] ends as EXHAUSTED after the last iteration and keeps the best one', () => {
    const loop = startedLoop({ maxIterations: 3 });
    loop.run({
      agent: (id, role, iteration, attempt) =>
        role === 'implementer'
          ? implementer([0.2, 0.6, 0.4][iteration - 1] ?? 0)
          : passing(id, role, iteration, attempt),
    });
    expect(loop.last('LoopFinished')).toMatchObject({
      outcome: 'EXHAUSTED',
      stopReason: 'cap',
      commit: 'integrated-2',
      iterations: 3,
    });
  });

  it('[L-01] never proceeds on an empty diff, however sure the agent is', () => {
    const loop = startedLoop();
    loop.run({
      agent: (id, role, i, a) => (role === 'implementer' ? implementer(0.99) : passing(id, role, i, a)),
      integrated: () => ({ differsFromBase: false, differsFromStart: false }),
    });
    expect(loop.last('LoopFinished')).toMatchObject({ outcome: 'ABORT', stopReason: 'no changes' });
    expect(loop.types()).not.toContain('ConsensusChecked');
  });

  it('[L-19] counts an implementer without a vote as 0.0', () => {
    const loop = startedLoop({ maxIterations: 1 });
    loop.run({
      agent: (id, role, i, a) => (role === 'implementer' ? { result: null } : passing(id, role, i, a)),
    });
    expect(loop.last('GateChecked')).toMatchObject({ passed: false, actualConfidence: 0 });
  });
});

describe('attempts', () => {
  const failing: Answers['agent'] = (id, role, i, a) =>
    role === 'implementer' ? { ending: 'failed', exitCode: 1 } : passing(id, role, i, a);

  it('aborts with "agents failed" after two iterations in which no implementer completed', () => {
    const loop = startedLoop();
    loop.run({ agent: failing });
    expect(loop.last('LoopFinished')).toMatchObject({
      outcome: 'ABORT',
      stopReason: 'agents failed',
      iterations: 2,
    });
    expect(
      loop.events.filter((event) => event.type === 'AgentStarted').map((event) => event.attempt),
    ).toEqual([1, 2, 1, 2]);
  });

  it('gives lost, cancelled and rate-limited attempts a new number without using them up', () => {
    const loop = startedLoop();
    const endings = ['lost', 'rate-limited', 'cancelled', 'failed'] as const;
    loop.run({
      agent: (id, role, i, attempt) =>
        role === 'implementer' && attempt <= endings.length
          ? { ending: endings[attempt - 1] ?? 'failed' }
          : passing(id, role, i, attempt),
    });
    expect(outcome(loop)).toBe('PROCEED');
    expect(loop.state?.current?.implementers[0]).toMatchObject({ attempt: 5, failures: 1 });
  });

  it('ignores a late report of an older attempt', () => {
    const loop = startedLoop();
    while (loop.effects[0]?.kind !== 'run-agent') loop.answer(loop.effects[0]!, { agent: passing });
    const first = loop.effects[0];
    loop.startAgent(first);
    loop.endAgent(first, { ending: 'lost' });
    const before = loop.events.length;
    loop.endAgent(first, implementer(0.99));
    expect(loop.events.length).toBe(before);
  });

  it('fails every attempt that ran while git configuration or hooks changed', () => {
    const loop = startedLoop();
    while (loop.effects[0]?.kind !== 'run-agent') loop.answer(loop.effects[0]!, { agent: passing });
    const first = loop.effects[0];
    loop.startAgent(first);
    loop.report({ type: 'OutsideChanged', changes: ['hooks/pre-commit was added'], guarded: true });
    loop.endAgent(first, implementer(0.99));
    expect(loop.last('AgentExited')?.exit).toMatchObject({ ending: 'failed' });
    expect(loop.effects[0]).toMatchObject({ kind: 'run-agent', attempt: 2 });
  });
});

describe('waiting for a person', () => {
  const quiet: Answers['agent'] = (id, role, i, a) =>
    role === 'validator' && id !== 'validator-1' ? { result: null } : passing(id, role, i, a);

  it('asks validators without a vote once more, then waits when the quorum is missed', () => {
    const loop = startedLoop();
    loop.run({ agent: quiet });
    expect(loop.last('ValidatorsRecalled')).toMatchObject({ agentIds: ['validator-2', 'validator-3'] });
    expect(loop.state?.waiting).toMatchObject({ for: 'quorum' });
    expect(outcome(loop)).toBeUndefined();
  });

  it('refuses a decision while nothing waits for one', () => {
    const loop = startedLoop();
    const answer = loop.send({ kind: 'decide', decision: 'PROCEED', reason: '', feedback: [], confirm: [] });
    expect(answer).toMatchObject({ kind: 'state' });
  });

  it('waits for a person when the product owner is one, and takes the decision', () => {
    const loop = startedLoop({ decidedBy: 'person', crew: testConfig.crew.slice(0, 4) });
    loop.run({ agent: passing });
    expect(loop.state?.waiting).toMatchObject({ for: 'decision' });
    loop.send({ kind: 'decide', decision: 'PROCEED', reason: 'good', feedback: [], confirm: [] });
    loop.run({ agent: passing });
    expect(loop.last('DecisionMade')).toMatchObject({ by: 'person', decision: 'PROCEED' });
    expect(outcome(loop)).toBe('PROCEED');
  });

  it('asks for confirmation when an agent recommends and a person confirms', () => {
    const loop = startedLoop({ decidedBy: 'agent-then-person' });
    loop.run({ agent: passing });
    expect(loop.last('Recommended')).toMatchObject({ decision: 'PROCEED' });
    expect(loop.state?.waiting).toMatchObject({ for: 'decision' });
    expect(
      loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: [], confirm: [] }),
    ).toMatchObject({ kind: 'input' });
  });

  it('needs a person to proceed without evidence', () => {
    const loop = startedLoop({ evidence: [] });
    loop.run({ agent: passing });
    expect(loop.last('GateChecked')).toMatchObject({ passed: true, evidence: 'none' });
    expect(loop.state?.waiting).toMatchObject({ for: 'decision' });
  });

  it('waits when evidence is unavailable, and fails the gate when preparation failed', () => {
    const waits = startedLoop();
    waits.run({ agent: passing, evidence: () => ({ status: 'unavailable', reasons: ['no checks'] }) });
    expect(waits.state?.waiting).toMatchObject({ for: 'evidence' });
    const fails = startedLoop({ maxIterations: 1 });
    fails.run({
      agent: passing,
      evidence: () => ({ status: 'unavailable', preparationFailed: true, reasons: ['npm ci failed'] }),
    });
    expect(fails.last('GateChecked')).toMatchObject({ passed: false, reasons: ['npm ci failed'] });
  });

  it('[L-42] waits for a confirmation of changed protected files that no majority of voters confirmed', () => {
    const loop = startedLoop();
    const answers: Answers = {
      agent: passing,
      evidence: () => ({ status: 'unconfirmed', unconfirmedFiles: ['test/a.test.ts'] }),
    };
    loop.run(answers);
    expect(loop.state?.waiting).toMatchObject({ for: 'evidence' });
    const proceed = { kind: 'decide', decision: 'PROCEED', reason: '', feedback: [] } as const;
    expect(loop.send({ ...proceed, confirm: [] })).toMatchObject({ kind: 'input' });
    expect(loop.send({ ...proceed, confirm: ['test/a.test.ts'] })).toBeNull();
    loop.run(answers);
    expect(outcome(loop)).toBe('PROCEED');
  });

  it('passes consensus when a majority of the voters confirmed the protected files', () => {
    const loop = startedLoop();
    loop.run({
      agent: (id, role, i, a) =>
        role === 'validator' && id !== 'validator-3'
          ? validator(0.95, ['test/a.test.ts'])
          : passing(id, role, i, a),
      evidence: () => ({ status: 'unconfirmed', unconfirmedFiles: ['test/a.test.ts'] }),
    });
    expect(outcome(loop)).toBe('PROCEED');
  });

  it('waits before PROCEED when something outside the worktrees changed', () => {
    const loop = startedLoop();
    loop.run({
      agent: (id, role, i, a) => {
        if (role === 'validator' && id === 'validator-1') {
          loop.report({ type: 'OutsideChanged', changes: ['src/a.ts was changed'], guarded: false });
        }
        return passing(id, role, i, a);
      },
    });
    expect(loop.state?.waiting).toMatchObject({ for: 'outside' });
    loop.send({ kind: 'decide', decision: 'PROCEED', reason: 'that was me', feedback: [], confirm: [] });
    loop.run({ agent: passing });
    expect(outcome(loop)).toBe('PROCEED');
  });

  it('stops starting agents at maxAgentRuns: waits, or ends as BUDGET', () => {
    const failing: Answers['agent'] = (id, role, i, a) =>
      role === 'implementer' ? { ending: 'lost' } : passing(id, role, i, a);
    const waits = startedLoop({ maxAgentRuns: 3 });
    waits.run({ agent: failing });
    expect(waits.state?.waiting).toMatchObject({ for: 'budget' });
    expect(waits.state?.agentRuns).toBe(3);
    const stops = startedLoop({ maxAgentRuns: 3, onBudget: 'stop' });
    stops.run({ agent: failing });
    expect(outcome(stops)).toBe('BUDGET');
  });
});

describe('steering', () => {
  it('pause starts no new agent and lets running ones finish; --now runs them again as new attempts', () => {
    const loop = startedLoop();
    while (loop.effects[0]?.kind !== 'run-agent') loop.answer(loop.effects[0]!, { agent: passing });
    const first = loop.effects[0];
    loop.send({ kind: 'pause', now: false });
    expect(loop.effects).toEqual([]);
    loop.send({ kind: 'unpause' });
    loop.startAgent(first);
    loop.send({ kind: 'pause', now: false });
    expect(loop.effects).toEqual([first]);
    loop.send({ kind: 'pause', now: true });
    expect(loop.effects).toEqual([]);
    loop.endAgent(first, { ending: 'cancelled' });
    loop.send({ kind: 'unpause' });
    expect(loop.effects[0]).toMatchObject({ kind: 'run-agent', attempt: 2 });
  });

  it('stop cancels and keeps the best work', () => {
    const loop = startedLoop();
    while (loop.effects[0]?.kind !== 'collect-evidence') loop.answer(loop.effects[0]!, { agent: passing });
    loop.send({ kind: 'stop' });
    loop.run({ agent: passing });
    expect(loop.last('LoopFinished')).toMatchObject({ outcome: 'CANCELLED', commit: 'integrated-1' });
  });

  it('carries feedback that a person adds into the next iteration', () => {
    const loop = startedLoop({ maxIterations: 2 });
    while (loop.effects[0]?.kind !== 'run-agent') loop.answer(loop.effects[0]!, { agent: passing });
    loop.send({ kind: 'add-feedback', items: ['Use argon2'] });
    loop.run({
      agent: (id, role, i, a) =>
        role === 'implementer' && i === 1 ? implementer(0.1) : passing(id, role, i, a),
    });
    const second = loop.events.find((event) => event.type === 'IterationStarted' && event.number === 2);
    expect(second?.type === 'IterationStarted' && second.feedback.map((item) => item.text)).toContain(
      'Use argon2',
    );
  });
});

describe('several implementers', () => {
  const crew = [
    { id: 'a', role: 'implementer', program: { kind: 'preset', preset: 'demo' } },
    { id: 'b', role: 'implementer', program: { kind: 'preset', preset: 'demo' } },
    ...testConfig.crew.slice(1),
  ] as const;

  it('split: the gate takes the mean over all, one without a vote as 0.0, and misses a part', () => {
    const loop = startedLoop({ crew, strategy: 'split', maxIterations: 1 });
    loop.run({
      agent: (id, role, i, a) =>
        id === 'b'
          ? { ending: 'timeout' }
          : role === 'implementer'
            ? implementer(0.9)
            : passing(id, role, i, a),
    });
    expect(loop.last('GateChecked')).toMatchObject({
      passed: false,
      actualConfidence: 0.45,
      reasons: expect.arrayContaining(['The part of b is missing: it did not complete.']),
    });
  });

  it('split: a conflict fails the gate and becomes feedback that names both agents and the files', () => {
    const loop = startedLoop({ crew, strategy: 'split' });
    loop.run({
      agent: passing,
      integrated: (iteration) =>
        iteration === 1
          ? { agents: ['a'], conflicts: [{ agentId: 'b', with: ['a'], files: ['session.ts'] }] }
          : {},
    });
    const second = loop.events.find((event) => event.type === 'IterationStarted' && event.number === 2);
    expect(second).toMatchObject({
      feedback: [
        { origin: 'conflict', to: 'b', text: expect.stringContaining('session.ts') },
        { origin: 'gate', to: 'a', text: expect.stringContaining('was taken') },
      ],
    });
    expect(outcome(loop)).toBe('PROCEED');
  });

  it('race: each is evidenced alone and the best by evidence, then confidence, goes on', () => {
    const loop = startedLoop({ crew, strategy: 'race' });
    loop.run({
      agent: (id, role, i, a) =>
        role === 'implementer' ? implementer(id === 'a' ? 0.99 : 0.8) : passing(id, role, i, a),
      evidence: (_iteration, agentId) => (agentId === 'a' ? { status: 'failed', passRate: 0.5 } : {}),
    });
    expect(loop.last('Integrated')).toMatchObject({ agents: ['b'] });
    expect(loop.last('GateChecked')).toMatchObject({ passed: true, actualConfidence: 0.8 });
    expect(outcome(loop)).toBe('PROCEED');
  });
});

it('a race hands on the issues of its winner alone', () => {
  const loop = startedLoop({
    strategy: 'race',
    maxIterations: 2,
    crew: [
      { id: 'a', role: 'implementer', program: { kind: 'preset', preset: 'demo' } },
      { id: 'b', role: 'implementer', program: { kind: 'preset', preset: 'demo' } },
      ...testConfig.crew.slice(1),
    ],
  });
  loop.run({
    agent: (id, role, i, a) =>
      role === 'implementer'
        ? {
            result: {
              role,
              confidence: id === 'a' ? 0.6 : 0.5,
              summary: '',
              files: [],
              issues: [{ severity: 'warning', text: `issue of ${id}` }],
            },
          }
        : passing(id, role, i, a),
  });
  const second = loop.events.find((event) => event.type === 'IterationStarted' && event.number === 2);
  const texts = second?.type === 'IterationStarted' ? second.feedback.map((item) => item.text) : [];
  expect(texts).toContain('[warning] issue of a');
  expect(texts).not.toContain('[warning] issue of b');
});

it('a replayed journal gives the same state as the live loop, at every event', () => {
  const loop = startedLoop({ gateThreshold: 0.85 });
  loop.run({
    agent: (id, role, iteration, attempt) =>
      role === 'implementer'
        ? implementer(iteration === 1 ? 0.75 : 0.93)
        : passing(id, role, iteration, attempt),
  });
  expect(replay(loop.events)).toEqual(loop.state);
});
