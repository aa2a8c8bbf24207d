import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { all, GOOD, last, LoopBench, removePrograms } from './fixture.ts';

/** Evidence that takes no time: these tests are about what comes after a loop. */
const QUICK = ['--evidence', 'git --version', '--validator', 'v1=CREW'];
const LIMIT_MS = 300_000;

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

interface View {
  readonly taskId: string;
  readonly baseCommit: string;
  readonly continues: unknown;
  readonly continuedBy: readonly string[];
  readonly title: string | null;
  readonly archived: boolean;
}

async function views(...args: readonly string[]): Promise<readonly View[]> {
  return (await bench.cfn('status', '--json', ...args)).events as unknown as readonly View[];
}

function promptOf(taskId: string, agentId: string): string {
  const home = join(bench.folder, 'state', 'cfn');
  const id = readdirSync(home).find((name) => /^[0-9a-f]{32}$/.test(name)) ?? '';
  const attempt = join(home, id, 'loops', taskId, 'attempts', '1', agentId, '1');
  return readFileSync(join(attempt, 'prompt.md'), 'utf8');
}

/** Adds a file that depends on what the first loop left, so only work on its result passes. */
const SECOND = {
  ...GOOD,
  implementer: [
    {
      write: { 'src/twice.js': "import { sum } from './sum.js';\nexport const twice = (a) => sum(a, a);\n" },
      run: ['grep -q "a + b" src/sum.js'],
      result: { confidence: 0.9, summary: 'twice' },
    },
  ],
};

it(
  'a finished loop is continued on its result by the same crew, and both know of each other',
  async () => {
    const first = await bench.run(GOOD, ...QUICK, '--gate', '0.71');
    expect(first.code).toBe(0);
    const result = last(first, 'LoopFinished')?.['commit'];
    const base = bench.git('rev-parse', 'HEAD');
    // The same SPECs play another scenario from now on; the second loop names none of them.
    bench.crew(SECOND);
    const again = ['continue', 'sum', '--task', 'Add twice', '--task-id', 'twice', '--consensus', '0.8'];
    const second = await bench.cfn(...again, '--json');
    expect(second.stderr).not.toContain('error');
    expect(second.code).toBe(0);
    expect(second.events[0]).toMatchObject({
      type: 'LoopStarted',
      baseCommit: result,
      gateThreshold: 0.71,
      consensusThreshold: 0.8,
      continuesTask: 'sum',
    });
    const agents = new Set(all(second, 'AgentStarted').map((event) => event['agentId']));
    expect(agents).toEqual(new Set(['worker', 'v1', 'owner']));
    expect(bench.git('diff', '--name-only', String(result), 'cfn/twice/result')).toBe('src/twice.js');
    expect(bench.git('rev-parse', 'HEAD')).toBe(base);

    expect(promptOf('twice', 'worker')).toContain('You are implementing: Add twice');
    expect(promptOf('twice', 'worker')).toContain(
      'goes on from the finished loop sum, whose outcome was PROCEED (done).',
    );
    expect(promptOf('twice', 'worker')).toContain('> Make sum add');
    expect(promptOf('twice', 'v1')).toContain('judge only what came after it');
    expect(promptOf('twice', 'v1')).not.toContain('src/sum.js b/src/sum.js');

    expect(await views('sum')).toMatchObject([{ continues: null, continuedBy: ['twice'] }]);
    expect(await views('twice')).toMatchObject([
      { baseCommit: result, continues: { taskId: 'sum', firstBase: base }, continuedBy: [] },
    ]);
    const whole = join(bench.folder, 'whole.patch');
    expect((await bench.cfn('export', 'twice', '--since-first-base', '-o', whole)).code).toBe(0);
    bench.git('am', '-q', whole);
    expect(bench.git('rev-parse', 'HEAD^{tree}')).toBe(bench.git('rev-parse', 'cfn/twice/result^{tree}'));

    // History: titles, the archive, the search.
    expect((await bench.cfn('rename', 'sum', 'The', 'first', 'one')).code).toBe(0);
    expect((await bench.cfn('archive', 'sum')).code).toBe(0);
    expect((await views()).map(({ taskId }) => taskId)).toEqual(['twice']);
    expect(await views('--all', '--search', '"first one"')).toMatchObject([
      { taskId: 'sum', title: 'The first one', archived: true },
    ]);
    expect((await views('--search', 'outcome:ABORT')).length).toBe(0);
    const wrong = await bench.cfn('status', '--search', 'outcome:FINE');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('--search: outcome: is "FINE"');
    expect((await bench.cfn('unarchive', 'sum')).code).toBe(0);
    expect((await views()).map(({ taskId }) => taskId)).toEqual(['twice', 'sum']);
  },
  LIMIT_MS,
);

it(
  'what has no result, or has not ended, is not continued, and nothing is made',
  async () => {
    const nothing = { ...GOOD, implementer: [{ result: { confidence: 0.1 } }] };
    await bench.run(nothing, ...QUICK, '--max-iterations', '1');
    const before = bench.git('for-each-ref');
    const waiting = await bench.run(GOOD, ...QUICK, '--task-id', 'waits', '--product-owner', 'human');
    expect(waiting.code).toBe(5);
    const refused: readonly (readonly [readonly string[], string])[] = [
      [['nobody', '--task', 'x'], 'There is no loop "nobody" in this repository.'],
      [['waits', '--task', 'x'], 'The loop waits has not ended'],
      [['sum', '--task', ''], '--task is empty'],
      [['sum'], 'No task is given'],
    ];
    for (const [args, sentence] of refused) {
      const ended = await bench.cfn('continue', ...args);
      expect(ended.stderr).toContain(sentence);
      expect(ended.code).toBe(2);
    }
    const none = await bench.cfn('continue', 'sum', '--task', 'x');
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('ended without a result');
    expect((await views()).map(({ taskId }) => taskId).sort()).toEqual(['sum', 'waits']);
    const archived = await bench.cfn('archive', 'waits');
    expect(archived.stderr).toContain('has not ended');
    const ours = bench.git('for-each-ref', '--format=%(refname)').split('\n');
    expect(ours.filter((ref) => !before.includes(ref) && !ref.includes('/waits/'))).toEqual([]);
  },
  LIMIT_MS,
);
