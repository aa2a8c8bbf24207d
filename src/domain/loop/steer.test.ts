import { describe, expect, it } from 'vitest';
import { feedbackFor } from './feedback.ts';
import { replay } from './evolve.ts';
import { gateConfidence } from '../gate.ts';
import { heldHandOver } from './state.ts';
import {
  implementer,
  owner,
  passing,
  startedLoop,
  validator,
  type Answers,
  type TestLoop,
} from './test-loop.ts';

const held = (loop: TestLoop) => loop.state && heldHandOver(loop.state);
const release = (loop: TestLoop, edit: object | null = null) => loop.send({ kind: 'release', edit });

/** Releases every hand-over as it is, and gives the points that were held. */
function releaseAll(loop: TestLoop, agent: Answers['agent'] = passing): string[] {
  const points: string[] = [];
  for (let at = held(loop); at; at = held(loop)) {
    points.push(`${at.point}:${at.part}`);
    release(loop);
    loop.run({ agent });
  }
  return points;
}

describe('breakpoints on transfer points', () => {
  it('hold the loop before every hand-over, each once, and nothing is under way meanwhile', () => {
    const loop = startedLoop({ breakpoints: [1, 2, 3, 4, 5, 6, 7] });
    loop.run({ agent: passing });
    expect(loop.effects).toEqual([]);
    expect(loop.state?.waiting).toMatchObject({ for: 'breakpoint' });
    expect(releaseAll(loop)).toEqual([
      '1:main',
      '2:main',
      '3:main',
      '4:main',
      '5:main',
      '6:reviewer',
      '3:review',
      '4:review',
      '6:product-owner',
      '7:main',
    ]);
    expect(loop.last('LoopFinished')?.outcome).toBe('PROCEED');
  });

  it('are set and cleared while the loop runs; what is held stays held until it is released', () => {
    const loop = startedLoop();
    loop.send({ kind: 'set-breakpoints', points: [5, 5, 3] });
    expect(loop.state?.breakpoints).toEqual([3, 5]);
    loop.run({ agent: passing });
    expect(held(loop)).toEqual({ point: 3, part: 'main' });
    loop.send({ kind: 'set-breakpoints', points: [] });
    expect(held(loop)).toEqual({ point: 3, part: 'main' });
    release(loop);
    loop.run({ agent: passing });
    expect(loop.last('LoopFinished')?.outcome).toBe('PROCEED');
  });

  it('say what a point can be, and change nothing for a wrong one or for the same set', () => {
    const loop = startedLoop();
    expect(loop.send({ kind: 'set-breakpoints', points: [0] })?.message).toBe(
      'The breakpoint is 0; it takes a transfer point from 1 to 7.',
    );
    const before = loop.events.length;
    loop.send({ kind: 'set-breakpoints', points: [] });
    expect(loop.events).toHaveLength(before);
    expect(release(loop)?.message).toBe('No hand-over of the loop is held; nothing was released.');
  });

  it('do not let a report pass that was under way when the hand-over was held', () => {
    const loop = startedLoop();
    const effect = () => loop.effects[0];
    while (effect()?.kind !== 'write-transfer-point') loop.answer(effect()!, { agent: passing });
    const late = effect()!;
    loop.send({ kind: 'set-breakpoints', points: [1] });
    expect(held(loop)).toEqual({ point: 1, part: 'main' });
    loop.answer(late, { agent: passing });
    expect(loop.state?.transferPoints).toEqual([]);
    release(loop);
    expect(effect()).toEqual(late);
  });

  it('are held again after a restart, from the journal alone', () => {
    const loop = startedLoop({ breakpoints: [5] });
    loop.run({ agent: passing });
    expect(replay(loop.events)).toEqual(loop.state);
    expect(heldHandOver(replay(loop.events)!)).toEqual({ point: 5, part: 'main' });
  });

  it('are passed by PROCEED, and ITERATE and ABORT decide there as wherever a loop waits', () => {
    const decide = (decision: 'PROCEED' | 'ITERATE' | 'ABORT') => {
      const loop = startedLoop({ breakpoints: [5] });
      loop.run({ agent: passing });
      loop.send({ kind: 'decide', decision, reason: '', feedback: ['more'], confirm: [] });
      loop.run({ agent: passing });
      return loop;
    };
    expect(decide('PROCEED').last('LoopFinished')?.outcome).toBe('PROCEED');
    expect(decide('ABORT').last('LoopFinished')?.outcome).toBe('ABORT');
    const again = decide('ITERATE');
    expect(again.state?.current?.number).toBe(2);
    expect(held(again)).toEqual({ point: 5, part: 'main' });
  });

  it('on the last record leave no way but to release it or to stop', () => {
    const loop = startedLoop({ breakpoints: [7] });
    loop.run({ agent: passing });
    expect(
      loop.send({ kind: 'decide', decision: 'ITERATE', reason: '', feedback: ['x'], confirm: [] })?.kind,
    ).toBe('state');
    expect(loop.send({ kind: 'add-feedback', items: ['x'] })?.kind).toBe('state');
    expect(loop.send({ kind: 'stop' })).toBeNull();
    loop.run({ agent: passing });
    expect(loop.last('LoopFinished')?.outcome).toBe('CANCELLED');
  });
});

describe('an edited hand-over', () => {
  const toPoint = (point: number, agent: Answers['agent'] = passing) => {
    const loop = startedLoop({ breakpoints: [point], gateThreshold: 0.75 });
    loop.run({ agent });
    return loop;
  };

  it('at point 1 changes the task for everybody, and keeps who feedback is for', () => {
    const loop = toPoint(1);
    release(loop, { description: 'Implement sessions', requirements: ['cookies'], feedback: ['no JWT'] });
    expect(loop.state?.config).toMatchObject({
      description: 'Implement sessions',
      requirements: ['cookies'],
      priority: 'high',
    });
    expect(feedbackFor(loop.state!, 'implementer-1')).toEqual([
      { origin: 'person', to: null, text: 'no JWT' },
    ]);
    loop.run({ agent: passing });
    expect(loop.state?.transferPoints[0]).toMatchObject({ point: 1, edited: true });
    expect(loop.state?.transferPoints[1]).toMatchObject({ point: 2, edited: false });
  });

  it('at points 2 and 4 sets the confidence that the gate takes', () => {
    for (const point of [2, 4]) {
      const loop = toPoint(point, (id, role, iteration, attempt) =>
        role === 'implementer' && iteration === 1 ? implementer(0.5) : passing(id, role, iteration, attempt),
      );
      release(loop, { confidence: 0.8 });
      expect(gateConfidence(loop.state!.config, loop.state!.current!)).toBe(0.8);
      loop.run({ agent: passing });
      expect(loop.last('GateChecked')).toMatchObject({ passed: true, actualConfidence: 0.8 });
    }
  });

  it('at point 3 takes the place of what was extracted, in the next iteration too', () => {
    const loop = toPoint(3, (id, role, i, a) =>
      role === 'implementer' && i === 1 ? implementer(0.5) : passing(id, role, i, a),
    );
    release(loop, { critical: ['SQL is built by hand'], warnings: [], suggestions: [] });
    loop.run({ agent: passing });
    release(loop);
    expect(loop.state?.current?.number).toBe(2);
    expect(loop.state?.current?.feedback.map((item) => item.text)).toContain(
      '[critical] SQL is built by hand',
    );
  });

  it('at point 5 sends back what passed, for reasons that the next iteration is told of', () => {
    const loop = toPoint(5);
    release(loop, { failedFor: ['Sessions leak'] });
    loop.run({ agent: passing });
    expect(loop.state?.history[0]?.gate).toMatchObject({
      passed: false,
      actualConfidence: 0.92,
      reasons: ['Sessions leak'],
    });
    expect(loop.state?.current?.feedback).toContainEqual({
      origin: 'person',
      to: null,
      text: 'Sessions leak',
    });
  });
});

describe('thresholds', () => {
  it('count from the next iteration on, the number of iterations at once', () => {
    const loop = startedLoop({ maxIterations: 1, breakpoints: [1] });
    loop.run({ agent: passing });
    loop.send({ kind: 'set-breakpoints', points: [] });
    loop.send({ kind: 'change-thresholds', thresholds: { gate: 0.95, consensus: 0.5, maxIterations: 2 } });
    expect(loop.state?.config).toMatchObject({ gateThreshold: 0.75, maxIterations: 2 });
    release(loop);
    loop.run({
      agent: (_id, role, iteration) =>
        role === 'implementer'
          ? implementer(iteration === 1 ? 0.5 : 0.96)
          : role === 'validator'
            ? validator(0.6)
            : owner('PROCEED'),
    });
    expect(
      loop.events.filter((event) => event.type === 'GateChecked').map((event) => event.threshold),
    ).toEqual([0.75, 0.95]);
    expect(loop.last('ConsensusChecked')).toMatchObject({ threshold: 0.5, passed: true });
    expect(loop.last('LoopFinished')?.outcome).toBe('PROCEED');
  });

  it('take shares, and no fewer iterations than there were', () => {
    const loop = startedLoop({ breakpoints: [5] });
    loop.run({ agent: passing });
    const change = (thresholds: object) => loop.send({ kind: 'change-thresholds', thresholds })?.message;
    expect(change({ gate: 9 })).toBe('The gate threshold is 9; it takes a number from 0 to 1.');
    expect(change({ consensus: Number.NaN })).toBe(
      'The consensus threshold is NaN; it takes a number from 0 to 1.',
    );
    expect(change({ maxIterations: 0 })).toContain('it takes a whole number from 1');
    expect(change({})).toContain('No threshold is named');
  });
});

describe('an agent that is to run again', () => {
  const working = () => {
    const loop = startedLoop();
    const effect = () => loop.effects[0]!;
    while (effect().kind !== 'run-agent') loop.answer(effect(), { agent: passing });
    const run = effect() as Extract<ReturnType<typeof effect>, { kind: 'run-agent' }>;
    loop.startAgent(run);
    return { loop, run };
  };

  it('is ended first, and starts as a new attempt of the other program', () => {
    const { loop, run } = working();
    const program = { kind: 'preset', preset: 'codex' } as const;
    loop.send({ kind: 'retry-agent', agentId: run.agentId, program });
    expect(loop.effects).toEqual([{ ...run, end: true }]);
    loop.endAgent(run, { ending: 'cancelled' });
    expect(loop.effects).toEqual([{ ...run, attempt: 2 }]);
    expect(loop.state?.config.crew[0]?.program).toEqual(program);
    loop.run({ agent: passing });
    expect(loop.last('LoopFinished')?.outcome).toBe('PROCEED');
  });

  it('starts again also where it had just completed, and gets its allowance anew after failures', () => {
    const { loop, run } = working();
    loop.send({ kind: 'retry-agent', agentId: run.agentId, program: null });
    loop.endAgent(run, { ending: 'completed' });
    expect(loop.effects).toEqual([{ ...run, attempt: 2 }]);
    expect(loop.state?.current?.implementers[0]).toMatchObject({ failures: 0, retry: false });
  });

  it('is refused for strangers, and once its step is over unless another program is named for later', () => {
    const { loop, run } = working();
    const retry = (agentId: string, preset?: string) =>
      loop.send({
        kind: 'retry-agent',
        agentId,
        program: preset === undefined ? null : { kind: 'preset', preset },
      })?.message;
    expect(retry('nobody')).toBe(`The agent is "nobody"; it takes one of the loop's crew.`);
    expect(retry('validator-1')).toContain('is not at work in this step');
    expect(retry('validator-1', 'codex')).toBeUndefined();
    expect(loop.state?.config.crew[1]?.program).toEqual({ kind: 'preset', preset: 'codex' });
    expect(loop.effects).toEqual([run]);
  });
});
