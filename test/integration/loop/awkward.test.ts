import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { all, GOOD, last, LoopBench, removePrograms, SUM_FIXED } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const FIX = { write: { 'src/sum.js': SUM_FIXED } };
const SURE = { confidence: 0.99 };

/** A good crew whose implementer also runs these commands in its worktree. */
const doing = (...run: readonly string[]) => ({ ...GOOD, implementer: [{ ...FIX, run, result: SURE }] });

describe('awkward repositories', () => {
  it('a loop in a folder below the root finds its tests and works there', async () => {
    const below = join(bench.repository, 'packages', 'a b');
    mkdirSync(below, { recursive: true });
    for (const name of ['src', 'test', 'package.json'])
      renameSync(join(bench.repository, name), join(below, name));
    bench.git('add', '-A');
    bench.git('commit', '-qm', 'below');
    const run = await bench.run(doing('pwd > where.txt'), '--repo', below);
    expect(run.code).toBe(0);
    expect(bench.git('show', 'cfn/sum/result:packages/a b/where.txt')).toMatch(/worker\/packages\/a b$/);
  });

  it('a state folder that cannot be used is named, and nothing is made', async () => {
    writeFileSync(join(bench.folder, 'state'), 'a file\n');
    const run = await bench.run(GOOD);
    expect(run).toMatchObject({ code: 2, events: [] });
    expect(run.stderr).toContain('CFN_STATE_HOME');
    expect(bench.git('for-each-ref', 'refs/cfn', 'refs/heads/cfn')).toBe('');
  });
});

describe('attributes that an agent brings', () => {
  it('do not end the loop when they ask for an encoding that its files do not have', async () => {
    const run = await bench.run(
      doing(`echo '*.txt working-tree-encoding=UTF-16' > .gitattributes; echo plain > note.txt`),
    );
    expect(run.stderr).not.toContain('Internal error');
    expect(run.code).toBe(0);
    expect(bench.git('cat-file', '-p', 'cfn/sum/result:note.txt')).toBe('plain');
  });
});

describe('agents that lose their place', () => {
  it('fails the attempt of an agent that deletes its worktree, and gives the next one a new one', async () => {
    const run = await bench.run(doing('test $CFN_ATTEMPT = 2 || rm -rf "$PWD"'));
    const exits = all(run, 'AgentExited').filter((exit) => exit['agentId'] === 'worker');
    expect(exits.map((exit) => exit['ending'])).toEqual(['failed', 'completed']);
    expect(run.code).toBe(0);
  });

  it('follows no link that an agent put in the place of its worktree', async () => {
    const moved = join(bench.folder, 'moved');
    const run = await bench.run(
      doing(`at=$PWD; mv "$at" '${moved}' && ln -s '${moved}' "$at"`),
      '--max-iterations',
      '1',
    );
    expect(run.code).toBe(3);
    expect(all(run, 'AgentExited').map((exit) => exit['ending'])).toEqual(['failed', 'failed']);
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'EXHAUSTED', commit: null });
    expect(existsSync(join(moved, 'src/sum.js'))).toBe(true);
  });

  it.each([
    ['by hand', 'cd / && mv "$at" "$at-moved"'],
    ['by git, leaving a link behind', 'git worktree move "$at" "$at-moved" && ln -s "$at-moved" "$at"'],
  ])('fails the attempt that moves its worktree away %s, and leaves that where it is', async (_how, move) => {
    const run = await bench.run(doing(`at=$PWD; test $CFN_ATTEMPT = 2 || { ${move}; }`));
    const worker = all(run, 'AgentExited').filter(({ agentId }) => agentId === 'worker');
    expect(worker.map(({ ending }) => ending)).toEqual(['failed', 'completed']);
    expect(worker[0]?.['failure']).toMatch(/^The worktree of worker (was moved from .*-moved while|is gone)/);
    expect(run.code).toBe(0);
    const [made] = all(run, 'AgentStarted').map(({ worktree }) => String(worktree));
    expect(readFileSync(join(`${made}-moved`, 'src/sum.js'), 'utf8')).toBe(SUM_FIXED);
    expect(bench.git('worktree', 'list')).not.toContain('-moved');
  });
});

it('does not wait for a pipe that an agent put where git has its folder', async () => {
  const run = await bench.run(doing('rm .git && mkfifo .git'), '--timeout', '60');
  expect(run.code).toBe(0);
  expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toContain('a + b');
});

it('does not wait for a pipe that an agent put where its result goes', async () => {
  const run = await bench.run(doing('mkfifo "$CFN_RESULT_FILE"'), '--timeout', '60');
  expect(all(run, 'AgentExited')[0]).toMatchObject({ ending: 'completed', confidence: 0.99 });
  expect(run.code).toBe(0);
});

it('takes no ITERATE whose feedback says nothing', async () => {
  const blank = { result: { decision: 'ITERATE', feedback: [' '] } };
  const run = await bench.run({ ...GOOD, 'product-owner': [blank] });
  expect(last(run, 'DecisionMade')).toMatchObject({ decision: 'ABORT', defaulted: true });
  expect(run.code).toBe(1);
});
