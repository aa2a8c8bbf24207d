import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GOOD, last, LoopBench, removePrograms, SUM_FIXED, type PublicEvent } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

/** Runs until the first such event, is killed, and everything that it printed is read. */
async function killedAt(
  scenario: object,
  isMoment: (event: PublicEvent) => boolean,
  ...args: readonly string[]
): Promise<PublicEvent> {
  let moment: PublicEvent | undefined;
  const { ended } = await bench.start(bench.runArguments(scenario, args), (event, child) => {
    if (moment || !isMoment(event)) return;
    moment = event;
    child.kill('SIGKILL');
  });
  await ended;
  if (!moment) throw new Error('the moment never came');
  return moment;
}

const stateFolder = (): string => {
  const home = join(bench.folder, 'state', 'cfn');
  const id = readdirSync(home).find((name) => existsSync(join(home, name, 'loops')));
  return join(home, id ?? '');
};
const attemptFolder = (agentId: string): string =>
  join(stateFolder(), 'loops', 'sum', 'attempts', '1', agentId, '1');

const started = (event: PublicEvent) => event.type === 'AgentStarted';
/** Works until the test says so. */
const waiting = (go: string) => ({
  ...GOOD,
  implementer: [
    {
      write: { 'src/sum.js': SUM_FIXED },
      run: [`until test -e '${go}'; do sleep 0.05; done`],
      result: { confidence: 0.93 },
    },
  ],
});

describe('cfn resume says what survived a kill −9', () => {
  it('an agent that still runs is adopted, and its result counts', async () => {
    const go = join(bench.folder, 'go');
    const { pid } = await killedAt(waiting(go), started);
    const { child, ended } = await bench.start(['resume', 'sum', '--json']);
    let said = '';
    child.stderr?.on('data', (text: string) => {
      said += text;
      if (said.includes('adopted')) writeFileSync(go, '');
    });
    const run = await ended;
    expect(run.stderr).toContain('What survived of the loop sum, in iteration 1:\n');
    expect(run.stderr).toContain(`worker, attempt 1: still running (pid ${String(pid)}), adopted\n`);
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 1 });
    expect(
      run.events.filter((event) => event.type === 'AgentExited' && event['role'] === 'implementer'),
    ).toMatchObject([{ attempt: 1, ending: 'completed' }]);
    const kept = JSON.parse(
      readFileSync(join(stateFolder(), 'loops', 'sum', 'survived.json'), 'utf8'),
    ) as unknown;
    expect(kept).toMatchObject([{ attempts: [{ agentId: 'worker', fate: 'adopted' }] }]);
  });

  it('an agent that finished meanwhile counts, and one that is gone runs again', async () => {
    const go = join(bench.folder, 'go');
    let starts = 0;
    await killedAt(
      waiting(go),
      (event) => started(event) && (starts += 1) === 2,
      '--implementer',
      'one=CREW',
      '--implementer',
      'two=CREW',
      '--max-parallel-agents',
      '2',
    );
    // What the second one had started, its runner first, so that nobody writes a record.
    await vi.waitFor(() => expect(existsSync(join(attemptFolder('two'), 'runner.json'))).toBe(true), 10_000);
    const state = JSON.parse(readFileSync(join(attemptFolder('two'), 'runner.json'), 'utf8')) as {
      runner: { pid: number };
    };
    process.kill(state.runner.pid, 'SIGKILL');
    writeFileSync(go, '');
    await vi.waitFor(() => expect(existsSync(join(attemptFolder('one'), 'record.json'))).toBe(true), 20_000);
    const run = await bench.cfn('resume', 'sum', '--json');
    expect(run.stderr).toContain(
      'one, attempt 1: finished while nobody looked (completed), its result counts\n',
    );
    expect(run.stderr).toContain('two, attempt 1: lost, runs again as attempt 2\n');
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    const exits = run.events.filter(
      (event) => event.type === 'AgentExited' && event['role'] === 'implementer',
    );
    expect(
      exits
        .map((exit) => `${String(exit['agentId'])} ${String(exit['attempt'])} ${String(exit['ending'])}`)
        .sort(),
    ).toEqual(['one 1 completed', 'two 1 lost', 'two 2 completed']);
  });

  it('test commands that went on are ended, and checkouts of nobody are removed', async () => {
    const mark = join(bench.folder, 'testing');
    const command = `node -e "require('fs').existsSync('${mark}') || (require('fs').writeFileSync('${mark}', ''), setInterval(() => {}, 1000))" && node --test`;
    const run = bench.start(bench.runArguments(GOOD, ['--evidence', command]));
    const { child, ended } = await run;
    await vi.waitFor(() => expect(existsSync(mark)).toBe(true), 30_000);
    child.kill('SIGKILL');
    await ended;
    expect(bench.leftovers().length).toBeGreaterThan(0);
    const resumed = await bench.cfn('resume', 'sum', '--json');
    expect(resumed.stderr).toMatch(/processes of test or set-up commands ended: [1-9]/);
    expect(last(resumed, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
    const ledger = join(stateFolder(), 'ledger');
    const kinds = readdirSync(ledger).map(
      (name) => (JSON.parse(readFileSync(join(ledger, name), 'utf8')) as { kind: string }).kind,
    );
    expect(kinds).not.toContain('checkout');
    expect(kinds).not.toContain('command');
  });
});
