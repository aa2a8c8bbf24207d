import { describe, expect, it } from 'vitest';
import { predictionsOf } from '../calibration/outcomes.ts';
import type { LoopConfig } from '../loop/config.ts';
import { replay } from '../loop/evolve.ts';
import { FAULT, passing, startedLoop, validator, type Answers } from '../loop/test-loop.ts';
import { defaultRate } from './probe.ts';

const FINDS = validator(
  0.4,
  [],
  [{ severity: 'critical', text: 'inverted', file: FAULT.file, line: FAULT.line }],
);

/** What each validator says of the copy, which is its first attempt; of the work everybody says 0.95. */
function probed(
  copies: Readonly<Record<string, object>>,
  config: Partial<LoopConfig> = {},
  rest: Partial<Answers> = {},
) {
  const loop = startedLoop({ adversarialRate: 1, maxIterations: 1, ...config });
  loop.run({
    agent: (id, role, iteration, attempt) =>
      role === 'validator' && attempt === 1 && copies[id]
        ? copies[id]
        : passing(id, role, iteration, attempt),
    ...rest,
  });
  return loop;
}
const validators = (loop: ReturnType<typeof probed>) =>
  loop.state?.current?.validators.map(({ agentId }) => agentId) ?? [];
const ALL = Object.fromEntries(validators(probed({})).map((id) => [id, FINDS]));
const [first = ''] = Object.keys(ALL);

describe('an adversarial check', () => {
  it('has each sampled validator review a copy first, and the work after it', () => {
    const loop = probed(ALL);
    expect(loop.last('ConsensusChecked')).toMatchObject({ passed: true, score: 0.95 });
    expect(loop.last('LoopFinished')).toMatchObject({ outcome: 'PROCEED', commit: 'integrated-1' });
    const ended = loop.events.flatMap((event) =>
      event.type === 'AgentExited' && event.exit.role === 'validator' ? [event.exit.probe === true] : [],
    );
    expect(ended.filter(Boolean)).toHaveLength(Object.keys(ALL).length);
    expect(ended).toHaveLength(2 * Object.keys(ALL).length);
    // What was found in the copy is nothing that is wrong with the work.
    expect(loop.last('ConsensusChecked')?.findings).toEqual([]);
  });

  it('takes the vote of who missed the fault out of what helps, and says so', () => {
    const loop = probed({ ...ALL, [first]: validator(0.99) });
    expect(loop.events.filter(({ type }) => type === 'ProbeJudged')).toContainEqual(
      expect.objectContaining({ agentId: first, outcome: 'missed', score: 0.99, fault: FAULT }),
    );
    expect(loop.last('ConsensusChecked')?.votes).toContainEqual({ agentId: first, score: 0.95, lost: true });
  });

  it('waits for a person where too few votes are left, without asking the same ones again', () => {
    const loop = probed(Object.fromEntries(Object.keys(ALL).map((id) => [id, validator(0.99)])));
    expect(loop.types()).not.toContain('ValidatorsRecalled');
    expect(loop.last('LoopWaiting')).toMatchObject({ for: 'quorum' });
    expect(loop.last('LoopWaiting')?.message).toContain('a seeded fault was missed');
  });

  it('counts for nothing where no fault can be placed, or no review comes of it', () => {
    const none = probed({}, {}, { faults: null });
    expect(none.types()).not.toContain('ProbeJudged');
    expect(none.last('LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    const broken = probed({ ...ALL, [first]: { result: null } });
    expect(broken.last('ConsensusChecked')).toMatchObject({ passed: true });
    expect(broken.last('ConsensusChecked')?.votes).not.toContainEqual(
      expect.objectContaining({ lost: true }),
    );
  });

  it('costs what its runs cost, and is held against what was said', () => {
    const loop = probed({ ...ALL, [first]: { ...validator(0.99), costUsd: 3 } });
    expect(loop.state?.costUsd).toBe(3);
    expect(predictionsOf(loop.events, null)).toContainEqual(
      expect.objectContaining({ agentId: first, claimed: 0.99, held: false }),
    );
  });

  it('is the same in a replay, and asks nobody without a rate', () => {
    const loop = probed(ALL);
    expect(replay(loop.events)).toEqual(loop.state);
    expect(probed({}, { adversarialRate: 0 }).types()).not.toContain('FaultsSeeded');
  });

  it('is made by default where all validators are agent CLIs alone', () => {
    const crew = (...presets: readonly string[]) =>
      presets.map((preset) => ({ role: 'validator' as const, program: { kind: 'preset' as const, preset } }));
    expect(defaultRate(crew('claude', 'codex'), 0.1)).toBe(0.1);
    expect(defaultRate(crew('claude', 'demo'), 0.1)).toBe(0);
    const own = { role: 'validator' as const, program: { kind: 'exec' as const, argv: ['x'], tty: false } };
    expect(defaultRate([...crew('claude'), own], 1)).toBe(0);
  });
});
