import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  GOOD,
  last,
  LoopBench,
  removePrograms,
  SUM_FIXED,
  SUM_REPOSITORY,
  type PublicEvent,
} from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const TWICE = {
  ...GOOD,
  implementer: [
    { write: { 'src/sum.js': SUM_FIXED }, run: ['sleep 0.3'], result: { confidence: 0.5 } },
    { write: { 'src/sum.js': `${SUM_FIXED}// surer\n` }, run: ['sleep 0.3'], result: { confidence: 0.93 } },
  ],
  validator: [{ run: ['sleep 0.3'], result: { score: 0.95 } }],
};

const KILL_AT: readonly (readonly [string, (event: PublicEvent) => boolean])[] = [
  ['the first event', (event) => event.type === 'LoopStarted'],
  ['a running implementer', (event) => event.type === 'AgentStarted' && event.iteration === 1],
  ['the integration', (event) => event.type === 'Integrated' && event.iteration === 1],
  ['the failed gate', (event) => event.type === 'GateChecked' && event.iteration === 1],
  ['running validators', (event) => event.type === 'AgentStarted' && event['role'] === 'validator'],
  ['the decision', (event) => event.type === 'DecisionMade'],
];

describe('kill −9 of the orchestrator, then cfn resume', () => {
  it.each(KILL_AT)('at %s: the same outcome, nothing left running', async (_name, isMoment) => {
    let killed = false;
    const { ended } = await bench.start(bench.runArguments(TWICE), (event, child) => {
      if (killed || !isMoment(event)) return;
      killed = true;
      child.kill('SIGKILL');
    });
    await ended;
    expect(killed).toBe(true);
    const resumed = await bench.cfn('resume', 'sum', '--json');
    expect(resumed.stderr).not.toContain('Internal error');
    expect(resumed.code).toBe(0);
    expect(last(resumed, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 2 });
    expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toContain('surer');
    const again = await bench.cfn('resume', 'sum', '--json');
    expect(again.code).toBe(0);
    expect(last(again, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
  });

  it('[FL-029] cfn stop cancels a loop that another process runs', async () => {
    const hanging = { ...GOOD, implementer: [{ hang: true }] };
    const { ended } = await bench.start(bench.runArguments(hanging), (event) => {
      if (event.type === 'AgentStarted') void bench.cfn('stop', 'sum');
    });
    const run = await ended;
    expect(run.code).toBe(130);
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'CANCELLED' });
    expect(last(run, 'AgentExited')).toMatchObject({ ending: 'cancelled' });
  });

  it('a person decides: exit 5 while it waits, cfn decide goes on like run', async () => {
    const run = await bench.run(GOOD, '--product-owner', 'human');
    expect(run.code).toBe(5);
    expect(last(run, 'LoopWaiting')).toMatchObject({ for: 'decision' });
    const refused = await bench.cfn('decide', 'sum', 'ITERATE', '--json');
    expect(refused.code).toBe(2);
    const decided = await bench.cfn('decide', 'sum', 'PROCEED', '--reason', 'looks right', '--json');
    expect(decided.code).toBe(0);
    expect(last(decided, 'DecisionMade')).toMatchObject({ by: 'person', decision: 'PROCEED' });
    expect((await bench.cfn('decide', 'sum', 'PROCEED')).code).toBe(2);
  });

  it('a person confirms changed tests by name, and PROCEED without their names is refused', async () => {
    const weakened = SUM_REPOSITORY['test/sum.test.js']!.replace('sum(1, 2), 3', 'sum(1, 2), -1');
    const changed = { write: { 'test/sum.test.js': weakened }, result: { confidence: 0.95 } };
    const run = await bench.run({ ...GOOD, implementer: [changed] });
    expect(run.code).toBe(5);
    expect(last(run, 'LoopWaiting')).toMatchObject({ for: 'evidence' });
    expect(String(last(run, 'LoopWaiting')?.['message'])).toContain('test/sum.test.js');
    const refused = await bench.cfn('decide', 'sum', 'PROCEED', '--json');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--confirm test/sum.test.js');
    const decided = await bench.cfn('decide', 'sum', 'PROCEED', '--confirm', 'test/sum.test.js', '--json');
    expect(decided.code).toBe(0);
    expect(last(decided, 'LoopResumed')).toMatchObject({ for: 'evidence' });
    expect(last(decided, 'ConsensusChecked')).toMatchObject({ passed: true });
  });
});
