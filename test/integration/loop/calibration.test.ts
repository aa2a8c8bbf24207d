import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { Calibration } from '../../../src/domain/calibration/calibration.ts';
import { CREW, GOOD, LoopBench, programs, removePrograms, SUM_FIXED } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

/** An agent whose command line names what it plays. */
function agent(name: string, turns: readonly object[]): string {
  const file = join(bench.folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ implementer: turns }));
  return `worker=exec:'${process.execPath}' '${CREW}' '${file}'`;
}

const broken = (round: number, confidence: number) => ({
  write: { 'src/sum.js': `export const sum = () => ${round * 10};\n` },
  result: { confidence, summary: `round ${round}` },
});
const fixed = (confidence: number) => ({
  write: { 'src/sum.js': SUM_FIXED },
  result: { confidence, summary: 'adds now' },
});

async function said(...args: readonly string[]): Promise<string> {
  const cli = join(await programs(), 'cli.js');
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], {
    cwd: bench.repository,
    env: bench.env,
  });
  return stdout;
}

async function calibration(): Promise<readonly Calibration[]> {
  const answer = JSON.parse(await said('agents', '--calibration', '--json')) as {
    calibration: Calibration[];
  };
  return answer.calibration;
}
const named = (entries: readonly Calibration[], name: string) =>
  entries.find(({ model }) => model?.endsWith(`${name}.json`));

it(
  'tells an agent that is always sure from one that knows when it is not',
  { timeout: 240_000 },
  async () => {
    expect(await said('agents', '--calibration')).toBe(
      'No agent of this repository has claimed anything yet.\n',
    );

    const sure = agent(
      'sure',
      [1, 2, 3, 4, 5].map((round) => broken(round, 0.97)),
    );
    const rounds = ['--max-iterations', '5', '--implementer'];
    const lost = await bench.run(GOOD, '--task-id', 'lost', ...rounds, sure);
    expect(lost.code).toBe(3);
    const honest = agent('honest', [...[1, 2, 3, 4].map((round) => broken(round, 0.05)), fixed(0.95)]);
    const won = await bench.run(GOOD, '--task-id', 'won', ...rounds, honest);
    expect(won.code).toBe(0);

    const before = await calibration();
    expect(named(before, 'sure')).toMatchObject({
      preset: 'exec',
      role: 'implementer',
      runs: 5,
      held: 0,
      claimed: 0.97,
      badge: 'over-confident',
    });
    expect(named(before, 'honest')).toMatchObject({ runs: 5, held: 1, badge: null });
    expect(named(before, 'honest')?.brier).toBeLessThan(0.01);
    expect(named(before, 'sure')?.brier).toBeGreaterThan(0.9);
    const validators = (entries: readonly Calibration[]) =>
      entries.filter(({ role }) => role === 'validator');
    expect(validators(before)).toMatchObject([{ runs: 0, unjudged: 2, badge: 'too-few-runs' }]);

    // What a person does with the result judges those who trusted it, and is read anew although the loop has ended.
    expect((await bench.cfn('merge', 'won')).code).toBe(0);
    expect(validators(await calibration())).toMatchObject([{ runs: 2, held: 2, unjudged: 0 }]);
    expect((await bench.cfn('merge', 'won', '--undo')).code).toBe(0);
    const after = await calibration();
    expect(validators(after)).toMatchObject([{ runs: 2, held: 0 }]);
    expect(named(after, 'honest')).toMatchObject({ runs: 5, held: 0 });

    expect(await said('agents', '--calibration')).toMatch(
      /sure\.json +implementer +5 +0\.97 +0 of 5 +0\.94 +over-confident/,
    );
    expect(await said('status', 'lost')).toMatch(/worker .*0\.97 \(over-confident\)/);
  },
);
