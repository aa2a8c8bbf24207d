import { describe, expect, it } from 'vitest';
import { dispatch } from '../dispatch.ts';
import { createTestLoop } from '../test-loop.ts';
import { createTestWorld, type TestWorldOptions } from '../test-service.ts';

const start = async (argv: readonly string[], options: TestWorldOptions = {}) => {
  const world = createTestWorld({ onStart: (loop) => loop.finish('PROCEED'), ...options });
  return { ...world, exit: await dispatch(['spawn', ...argv], '1.2.3', world.context) };
};
const FLAGS = ['--agent-id', 'coder', '--task-id', 't1', '--mode', 'cli', '--provider', 'demo'];

describe('cfn spawn', () => {
  it.each([
    ['flags', FLAGS],
    ['places', ['coder', 't1', 'cli', 'demo']],
    ['both', ['coder', 't1', '--provider', 'demo']],
  ])('[DP-070] [SI-060] [X-10] takes %s, and runs a loop around that one agent', async (_how, words) => {
    const { exit, requests } = await start([...words, '--prompt', '-do it']);
    expect(exit).toBe(0);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ taskId: 't1', description: '-do it', mode: 'mvp' });
    expect(requests[0]?.crew.map(({ id, role }) => `${role} ${id}`)).toEqual([
      'implementer coder',
      'validator validator-1',
      'validator validator-2',
      'product-owner product-owner',
    ]);
  });

  it('[X-32] ends with 0 when the task is in progress, and starts nothing', async () => {
    const { exit, output, requests } = await start(FLAGS, { loops: [createTestLoop('t1')] });
    expect(exit).toBe(0);
    expect(output.stdout).toBe('[INFO] Task already in progress\n');
    expect(requests).toEqual([]);
  });

  it('takes the first agent CLI that is found, and says when there is none', async () => {
    const words = ['coder', 't1', '--prompt', 'x'];
    const { requests } = await start(words, { found: ['codex'] });
    expect(requests[0]?.crew[0]?.program).toMatchObject({ preset: 'codex' });
    const { exit, output } = await start(words);
    expect(exit).toBe(2);
    expect(output.stderr).toMatch(/No agent CLI was found/);
  });

  it('ends with 1 when neither a prompt nor a store is there', async () => {
    const { exit, output, requests } = await start(FLAGS);
    expect(exit).toBe(1);
    expect(output.stderr).toMatch(/^\[ERROR\] .*store/);
    expect(requests).toEqual([]);
  });

  it('does not take a folder without a repository for a task that is not in progress', async () => {
    const refuseRepository = { kind: 'input', message: 'There is no git repository here.' } as const;
    const { exit, output } = await start([...FLAGS, '--prompt', 'x'], { refuseRepository });
    expect(exit).toBe(2);
    expect(output.stderr).toBe('There is no git repository here.\n');
  });
});
