import { describe, expect, it } from 'vitest';
import type { LoopConfig } from './config.ts';
import { bestIteration } from './iterate.ts';
import type { AgentResult } from './model.ts';
import { replay } from './evolve.ts';
import {
  implementer,
  owner,
  passing,
  startedLoop,
  testConfig,
  TestLoop,
  validator,
  type Answers,
} from './test-loop.ts';

const PROCEED = { kind: 'decide', decision: 'PROCEED', reason: '', feedback: [], confirm: [] } as const;

/** Answers everything up to the first effect of a kind, which is given back. */
function until(loop: TestLoop, kind: string, answers: Answers = { agent: passing }) {
  for (let due = loop.effects[0]; due && due.kind !== kind; due = loop.effects[0]) loop.answer(due, answers);
  const due = loop.effects[0];
  if (!due) throw new Error(`Nothing of the kind ${kind} became due`);
  return due;
}

function untilAgent(loop: TestLoop) {
  const due = until(loop, 'run-agent');
  if (due.kind !== 'run-agent') throw new Error('No agent became due');
  return due;
}

const feedbackOf = (loop: TestLoop, number: number) =>
  loop.events.flatMap((event) =>
    event.type === 'IterationStarted' && event.number === number ? event.feedback : [],
  );

describe('reports that come twice, late, or in between', () => {
  it('counts an agent that is announced twice once', () => {
    const loop = startedLoop();
    const due = untilAgent(loop);
    loop.startAgent(due);
    loop.startAgent(due);
    expect(loop.state?.agentRuns).toBe(1);
  });

  it('knows an agent that was started just as the loop was paused or stopped', () => {
    for (const command of [{ kind: 'pause', now: true }, { kind: 'stop' }] as const) {
      const loop = startedLoop();
      const due = untilAgent(loop);
      loop.send(command);
      loop.startAgent(due);
      expect(loop.state?.current?.implementers[0]?.state.kind).toBe('running');
    }
  });

  it('records nothing after LoopFinished', () => {
    const loop = startedLoop();
    const due = untilAgent(loop);
    loop.startAgent(due);
    loop.send({ kind: 'stop' });
    loop.run({ agent: passing });
    loop.endAgent(due, implementer(0.9));
    loop.report({ type: 'OutsideChanged', changes: ['src/a.ts was changed'], guarded: false });
    expect(loop.events.at(-1)?.type).toBe('LoopFinished');
  });

  it('[DP-082] goes on from a journal that was cut right before a consequence', () => {
    const whole = startedLoop();
    until(whole, 'collect-evidence');
    whole.answer(whole.effects[0]!, { agent: passing });
    const cut = whole.events.findIndex((event) => event.type === 'GateChecked');
    const loop = new TestLoop();
    loop.state = replay(whole.events.slice(0, cut));
    expect(loop.effects).toEqual([]);
    loop.send({ kind: 'continue' });
    loop.run({ agent: passing });
    expect(loop.last('LoopFinished')?.outcome).toBe('PROCEED');
  });

  it('remembers the picture that was taken after the last look', () => {
    const loop = startedLoop();
    untilAgent(loop);
    const change = { type: 'OutsideChanged', changes: ['it changed'], guarded: false } as const;
    loop.report({ ...change, picture: 'second' });
    expect(loop.state?.outsidePicture).toBe('second');
  });

  it("remembers a person's own edits until a look has dealt with them", () => {
    const loop = startedLoop();
    const edit = (...paths: string[]) => loop.send({ kind: 'own-edits', paths });
    edit('/repo/early.ts');
    expect(loop.types()).not.toContain('OwnEdits');
    loop.report({ type: 'BaseEstablished', facts: [], outside: 'first' });
    edit('/repo/a.ts', '/repo/a.ts');
    edit('/repo/a.ts', '/repo/b.ts');
    expect(loop.state?.ownEdits).toEqual(['/repo/a.ts', '/repo/b.ts']);
    edit('/repo/b.ts');
    expect(loop.types().filter((type) => type === 'OwnEdits')).toHaveLength(2);
    const look = { type: 'OutsideChanged', changes: [], guarded: false, picture: 'second' } as const;
    loop.report({ ...look, own: ['/repo/a.ts'] });
    expect(loop.state).toMatchObject({ ownEdits: ['/repo/b.ts'], outsidePicture: 'second', outside: [] });
  });

  it('does not take back what a person accepted when a look finds own edits alone', () => {
    const loop = startedLoop();
    const due = untilAgent(loop);
    loop.startAgent(due);
    loop.report({ type: 'OutsideChanged', changes: ['it changed'], guarded: false, picture: 'second' });
    loop.run({ agent: passing });
    expect(loop.state?.waiting?.for).toBe('outside');
    loop.send(PROCEED);
    loop.report({ type: 'OutsideChanged', changes: [], guarded: false, picture: 'third', own: ['/repo/a'] });
    expect(loop.state).toMatchObject({ outsideAccepted: true, outsidePicture: 'third' });
  });
});

describe('feedback', () => {
  it('is never blank', () => {
    const loop = startedLoop({ decidedBy: 'person' });
    loop.run({ agent: passing });
    for (const feedback of [[], [''], ['good', '  ']]) {
      expect(loop.send({ ...PROCEED, decision: 'ITERATE', feedback })).toMatchObject({ kind: 'input' });
    }
    expect(loop.send({ kind: 'add-feedback', items: [' '] })).toMatchObject({ kind: 'input' });
  });

  it('of a recommended ITERATE goes on when a person follows it without words', () => {
    const loop = startedLoop({ decidedBy: 'agent-then-person' });
    const agent: Answers['agent'] = (id, role, i, a) =>
      role === 'product-owner' ? owner('ITERATE', ['Add rate limiting']) : passing(id, role, i, a);
    loop.run({ agent });
    expect(loop.send({ ...PROCEED, decision: 'ITERATE' })).toBeNull();
    expect(feedbackOf(loop, 2)).toEqual([{ origin: 'person', to: null, text: 'Add rate limiting' }]);
  });

  it('tells an agent whose changes in a submodule are no part of the result, and nobody else', () => {
    const loop = startedLoop();
    const agent: Answers['agent'] = (id, role, i, a) =>
      role === 'implementer'
        ? { ...passing(id, role, i, a), leftOut: ['libs/engine'] }
        : passing(id, role, i, a);
    loop.run({
      agent,
      evidence: (i) => (i === 1 ? { status: 'failed', reasons: ['`npm test` failed.'] } : {}),
    });
    const [told, ...others] = feedbackOf(loop, 2);
    expect(told).toMatchObject({ origin: 'gate', to: 'implementer-1' });
    expect(told?.text).toContain('the submodule "libs/engine" are no part of the result');
    expect(others).toEqual([{ origin: 'gate', to: null, text: '`npm test` failed.' }]);
  });

  it("falls back to the gate's own reasons", () => {
    const loop = startedLoop();
    loop.run({
      agent: passing,
      evidence: (i) => (i === 1 ? { status: 'failed', reasons: ['`npm test` failed.'] } : {}),
    });
    expect(feedbackOf(loop, 2)).toEqual([{ origin: 'gate', to: null, text: '`npm test` failed.' }]);
  });
});

describe('quorum', () => {
  const crewOf = (validators: number): LoopConfig['crew'] => [
    testConfig.crew[0]!,
    ...Array.from({ length: validators }, (_, index) => ({
      id: `v${index}`,
      role: 'validator' as const,
      program: { kind: 'preset' as const, preset: 'demo' },
    })),
    testConfig.crew.at(-1)!,
  ];
  const voting =
    (voters: number): Answers['agent'] =>
    (id, role, i, a) =>
      role === 'validator' && Number(id.slice(1)) >= voters ? { result: null } : passing(id, role, i, a);

  it.each([
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 4],
    [6, 4],
  ])('of %d validators is %d', (crew, needed) => {
    const reached = startedLoop({ crew: crewOf(crew) });
    reached.run({ agent: voting(needed) });
    expect(reached.last('LoopFinished')?.outcome).toBe('PROCEED');
    const missed = startedLoop({ crew: crewOf(crew) });
    missed.run({ agent: voting(needed - 1) });
    expect(missed.state?.waiting?.for).toBe('quorum');
  });

  it('asks the silent validators once more, without running implementers again', () => {
    const loop = startedLoop({ crew: crewOf(3) });
    loop.run({ agent: voting(1) });
    const runs = loop.events.flatMap((event) => (event.type === 'AgentStarted' ? [event.agentId] : []));
    expect(runs).toEqual(['implementer-1', 'v0', 'v1', 'v2', 'v1', 'v2']);
  });

  it('asks validators that fail exactly once more', () => {
    const loop = startedLoop({ crew: crewOf(3) });
    loop.run({
      agent: (id, role, i, a) =>
        role === 'validator' && id !== 'v0' ? { ending: 'failed' } : passing(id, role, i, a),
    });
    const runs = loop.events.filter((event) => event.type === 'AgentStarted' && event.agentId === 'v1');
    expect(runs).toHaveLength(testConfig.maxAttempts + 1);
    expect(loop.state?.waiting?.for).toBe('quorum');
  });

  it('says what the few who voted think; a person who goes past it stands in for them too', () => {
    const loop = startedLoop({ crew: crewOf(3) });
    const answers: Answers = {
      agent: (id, role, i, a) => (id === 'v0' ? validator(0.4) : voting(1)(id, role, i, a)),
    };
    loop.run(answers);
    expect(loop.state?.waiting?.message).toBe(
      '1 of 3 validators voted: no consensus, not a low one. Those who did give 0.40 on average; 0.90 is needed. PROCEED goes on without one.',
    );
    loop.send(PROCEED);
    loop.run(answers);
    expect(loop.last('ConsensusChecked')).toMatchObject({ passed: true, score: 0.4, dissent: ['v0'] });
    expect(loop.last('LoopFinished')?.outcome).toBe('PROCEED');
  });

  it('lets no single vote stop a loop: the mean counts, and a critical finding without proof is dissent at most', () => {
    const loop = startedLoop();
    const harsh = { ...validator(0.85).result, findings: [{ severity: 'critical', text: 'wrong' }] };
    loop.run({
      agent: (id, role, i, a) =>
        role !== 'validator'
          ? passing(id, role, i, a)
          : id === 'validator-1'
            ? { result: harsh as AgentResult }
            : validator(1),
    });
    expect(loop.last('ConsensusChecked')).toMatchObject({
      passed: true,
      vetoes: [],
      dissent: ['validator-1'],
      findings: [{ severity: 'critical', by: 'validator-1' }],
    });
  });

  it('is stopped by a critical finding whose command fails on the integrated commit, whatever the mean', () => {
    const loop = startedLoop({ runsProofs: true, maxIterations: 2 });
    const proof = '$ node -e "process.exit(1)"';
    const claims = [
      { severity: 'critical', text: 'it exits', proof },
      { severity: 'critical', text: 'in words alone', proof: 'run it and see' },
      { severity: 'warning', text: 'not critical', proof: '$ false' },
      { severity: 'critical', text: 'two lines', proof: '$ one\n$ two' },
    ] as const;
    const answers: Answers = {
      agent: (id, role, i, a) =>
        id === 'validator-2' && i === 1 ? validator(0.95, [], claims) : passing(id, role, i, a),
      claims: () => 'proven',
    };
    expect(until(loop, 'judge-claims', answers)).toMatchObject({
      commit: 'integrated-1',
      claims: [{ agentId: 'validator-2', text: 'it exits', command: 'node -e "process.exit(1)"' }],
    });
    loop.run(answers);
    const [first, second] = loop.events.filter((event) => event.type === 'ConsensusChecked');
    expect(first).toMatchObject({ passed: false, score: 0.95, vetoes: ['validator-2'] });
    expect(second).toMatchObject({ passed: true, vetoes: [] });
    expect(feedbackOf(loop, 2)).toContainEqual({
      origin: 'validator-2',
      to: null,
      text: 'Proven on the integrated commit: it exits\n`node -e "process.exit(1)"` fails there. It ended.',
    });
    expect(replay(loop.events)).toEqual(loop.state);
  });

  it('runs no command of a validator in a loop that was started before they were run', () => {
    const loop = startedLoop();
    const claim = { severity: 'critical', text: 'it exits', proof: '$ false' } as const;
    loop.run({
      agent: (id, role, i, a) =>
        role === 'validator' ? validator(0.95, [], [claim]) : passing(id, role, i, a),
    });
    expect(loop.last('ConsensusChecked')).toMatchObject({ passed: true, vetoes: [] });
    expect(loop.types()).not.toContain('ClaimsJudged');
  });

  it('can be waived by a person, but not the confirmation of protected files', () => {
    const answers: Answers = {
      agent: voting(1),
      evidence: () => ({ status: 'unconfirmed', unconfirmedFiles: ['test/a.test.ts'] }),
    };
    const loop = startedLoop({ crew: crewOf(3) });
    loop.run(answers);
    expect(loop.state?.waiting?.for).toBe('quorum');
    expect(loop.send(PROCEED)).toMatchObject({ kind: 'input' });
    expect(loop.send({ ...PROCEED, confirm: ['test/a.test.ts'] })).toBeNull();
    loop.run(answers);
    expect(loop.last('LoopFinished')?.outcome).toBe('PROCEED');
  });
});

describe('a race', () => {
  const crew: LoopConfig['crew'] = [
    { id: 'a', role: 'implementer', program: { kind: 'preset', preset: 'demo' } },
    { id: 'b', role: 'implementer', program: { kind: 'preset', preset: 'demo' } },
    ...testConfig.crew.slice(1),
  ];

  it('that one alone completed takes its work, with evidence of the integrated commit', () => {
    const loop = startedLoop({ crew });
    loop.run({ agent: (id, role, i, a) => (id === 'a' ? { ending: 'timeout' } : passing(id, role, i, a)) });
    expect(loop.types()).not.toContain('CandidateJudged');
    expect(loop.last('Integrated')?.agents).toEqual(['b']);
    expect(loop.last('EvidenceJudged')?.judgement.commit).toBe('integrated-1');
    expect(loop.last('GateChecked')).toMatchObject({ passed: true, actualConfidence: 0.92 });
  });

  it('without evidence is won by confidence, and asks nobody for evidence that nobody wanted', () => {
    const loop = startedLoop({ crew, evidence: [] });
    loop.run({
      agent: (id, role, i, a) =>
        role === 'implementer' ? implementer(id === 'a' ? 0.8 : 0.9) : passing(id, role, i, a),
      evidence: () => ({ status: 'unavailable', reasons: ['No evidence command ran.'] }),
    });
    expect(loop.last('Integrated')?.agents).toEqual(['b']);
    expect(loop.last('GateChecked')).toMatchObject({ passed: true, evidence: 'none' });
    expect(loop.state?.waiting?.for).toBe('decision');
  });

  it('is won by work whose checks fail rather than by work that cannot be prepared', () => {
    const loop = startedLoop({ crew });
    loop.run({
      agent: passing,
      evidence: (_i, agentId) =>
        agentId === 'a'
          ? { status: 'unavailable', preparationFailed: true, passRate: null, reasons: ['npm ci failed'] }
          : { status: 'failed', passRate: 0.9, reasons: ['one check fails'] },
    });
    expect(loop.events.find((event) => event.type === 'Integrated')).toMatchObject({ agents: ['b'] });
  });

  it('is won by the smaller change when evidence and confidence are equal', () => {
    const loop = startedLoop({ crew });
    loop.run({
      agent: (id, role, i, a) => ({
        ...passing(id, role, i, a),
        ...(id === 'a' ? { files: [{ path: 'a.ts', added: 30, removed: 1 }] } : {}),
      }),
    });
    expect(loop.last('Integrated')?.agents).toEqual(['b']);
  });
});

describe('the best iteration', () => {
  const best = (answers: Answers) => {
    const loop = startedLoop({ maxIterations: 3 });
    loop.run(answers);
    expect(loop.last('LoopFinished')?.outcome).toBe('EXHAUSTED');
    return bestIteration(loop.state!)?.number;
  };

  it('is chosen by evidence first, whatever the confidence', () => {
    const agent: Answers['agent'] = (id, role, i, a) =>
      role === 'implementer' ? implementer(i === 2 ? 0.1 : 0.7) : passing(id, role, i, a);
    expect(best({ agent, evidence: (i) => (i === 2 ? {} : { status: 'failed', reasons: ['no'] }) })).toBe(2);
  });

  it('then by consensus, then it is the later one', () => {
    const scored =
      (scores: readonly number[]): Answers['agent'] =>
      (id, role, i, a) =>
        role === 'validator' ? validator(scores[i - 1] ?? 0) : passing(id, role, i, a);
    expect(best({ agent: scored([0.8, 0.7, 0.6]) })).toBe(1);
    expect(best({ agent: scored([0.7, 0.7, 0.7]) })).toBe(3);
  });
});

describe('the end that nothing changed', () => {
  it('is ABORT in iteration 1 and EXHAUSTED later, with the best work kept', () => {
    const loop = startedLoop();
    loop.run({
      agent: (id, role, i, a) => (role === 'implementer' ? implementer(0.2) : passing(id, role, i, a)),
      integrated: (i) => (i === 2 ? { differsFromStart: false } : {}),
    });
    expect(loop.last('LoopFinished')).toMatchObject({
      outcome: 'EXHAUSTED',
      stopReason: 'no changes',
      iterations: 2,
      commit: 'integrated-2',
    });
  });
});

describe('what PROCEED does where a person is asked', () => {
  it('extends the number of agent runs once for each time it is said', () => {
    const loop = startedLoop({ maxAgentRuns: 2 });
    const answers: Answers = {
      agent: (id, role, i, a) => (role === 'implementer' ? { ending: 'lost' } : passing(id, role, i, a)),
    };
    loop.run(answers);
    for (const runs of [2, 4, 6]) {
      expect(loop.state).toMatchObject({ agentRuns: runs, waiting: { for: 'budget' } });
      loop.send(PROCEED);
      loop.run(answers);
    }
  });

  it('goes past evidence that is unavailable, and then the gate passes by the rest', () => {
    const answers: Answers = {
      agent: passing,
      evidence: () => ({ status: 'unavailable', reasons: ['no checks ran'] }),
    };
    const loop = startedLoop();
    loop.run(answers);
    expect(loop.state?.waiting?.for).toBe('evidence');
    loop.send(PROCEED);
    expect(loop.last('GateChecked')).toMatchObject({ passed: true, evidence: 'unavailable' });
  });

  it('stands in for a product owner that did not complete', () => {
    const loop = startedLoop();
    loop.run({
      agent: (id, role, i, a) =>
        role === 'product-owner' ? { ending: 'timeout', ...owner('PROCEED') } : passing(id, role, i, a),
    });
    expect(loop.state?.waiting?.for).toBe('decision');
    loop.send(PROCEED);
    expect(loop.last('DecisionMade')).toMatchObject({ decision: 'PROCEED', by: 'person', defaulted: false });
  });
});

describe('one agent at a time', () => {
  it('[FL-140] runs the crew in its order, through the same seven transfer points', () => {
    const crew: LoopConfig['crew'] = [
      { id: 'a', role: 'implementer', program: { kind: 'preset', preset: 'demo' } },
      { id: 'b', role: 'implementer', program: { kind: 'preset', preset: 'demo' } },
      ...testConfig.crew.slice(1),
    ];
    const points = (maxParallelAgents: number) => {
      const loop = startedLoop({ crew, strategy: 'split', maxParallelAgents });
      const widest: number[] = [];
      for (let due = loop.effects; due.length > 0; due = loop.effects) {
        widest.push(due.length);
        loop.answer(due[0]!, { agent: passing });
      }
      const written = loop.events.flatMap((event) =>
        event.type === 'TransferPointWritten' ? [[event.point, event.part, event.key]] : [],
      );
      return { written, widest: Math.max(...widest) };
    };
    expect(points(1).widest).toBe(1);
    expect(points(8).widest).toBe(3);
    expect(points(1).written).toEqual(points(8).written);
  });
});
