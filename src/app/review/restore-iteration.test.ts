import { describe, expect, it } from 'vitest';
import { err, ok } from '../../base/result.ts';
import { silentLogger } from '../../base/logger.ts';
import { implementer, owner, startedLoop, validator } from '../../domain/loop/test-loop.ts';
import type { LoopStore } from '../../ports/journal.ts';
import type { Repository, TaskGit } from '../../ports/worktrees.ts';
import { restoreIteration } from './restore-iteration.ts';

/** A loop of two iterations, of which the second one became the result, and a branch that can be moved. */
function scene(options: { readonly tip?: string | null; readonly ended?: boolean } = {}) {
  const loop = startedLoop();
  if (options.ended ?? true)
    loop.run({
      agent: (_id, role, iteration) =>
        role === 'implementer'
          ? implementer(iteration === 1 ? 0.4 : 0.9)
          : role === 'validator'
            ? validator(0.95)
            : owner('PROCEED'),
    });
  const entries = loop.events.map((event, at) => ({ seq: at + 1, event }));
  const store = {
    exists: () => Promise.resolve(true),
    read: () => Promise.resolve(ok(entries)),
  } as Partial<LoopStore> as LoopStore;
  const branch = { tip: options.tip === undefined ? 'integrated-2' : options.tip };
  const repository = {
    resolve: () =>
      Promise.resolve(branch.tip ? ok(branch.tip) : err({ kind: 'refused', message: 'gone' } as const)),
    task: () =>
      ({
        publishResult: (commit: string) => {
          branch.tip = commit;
          return Promise.resolve(ok({ branch: 'cfn/task-001/result' }));
        },
      }) as Partial<TaskGit> as TaskGit,
  } as Partial<Repository> as Repository;
  return {
    branch,
    restore: (iteration: number) =>
      restoreIteration({ store, repository, logger: silentLogger }, 'task-001', iteration),
  };
}

describe('restoring an iteration as the result', () => {
  it('moves the branch to what it was combined to, and back by what it answered', async () => {
    const { branch, restore } = scene();
    expect(await restore(1)).toEqual(ok({ branch: 'cfn/task-001/result', before: 2 }));
    expect(branch.tip).toBe('integrated-1');
    expect(await restore(2)).toEqual(ok({ branch: 'cfn/task-001/result', before: 1 }));
    expect(branch.tip).toBe('integrated-2');
  });

  it('leaves a branch alone that is gone, or holds what no iteration made', async () => {
    const own = scene({ tip: 'a-commit-of-yours' });
    expect(await own.restore(1)).toMatchObject({
      error: { kind: 'state', message: expect.stringContaining('holds commits that no iteration made') },
    });
    expect(own.branch.tip).toBe('a-commit-of-yours');
    expect(await scene({ tip: null }).restore(1)).toMatchObject({ error: { kind: 'state' } });
  });

  it('is refused while the loop goes on, and for an iteration that there is not', async () => {
    expect(await scene({ ended: false }).restore(1)).toMatchObject({
      error: { kind: 'state', message: expect.stringContaining('has not ended') },
    });
    expect(await scene().restore(7)).toMatchObject({ error: { kind: 'input' } });
  });
});
