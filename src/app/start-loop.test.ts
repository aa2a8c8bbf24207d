import { describe, expect, it } from 'vitest';
import { ok } from '../base/result.ts';
import type { LoopDeps } from './loop-deps.ts';
import type { StartPlan } from './loop-service.ts';
import { startLoop } from './start-loop.ts';

const NOBODY = { flag: null, remembered: null };

describe('starting a loop', () => {
  it('starts nothing where containers alone are allowed and none can be had', async () => {
    // Nothing else is there: whatever is touched throws.
    const deps = {
      containerEngine: () => Promise.resolve({ kind: 'missing', why: 'no container engine answers' }),
    } as unknown as LoopDeps;
    const started = (codePlace: StartPlan['codePlace']) =>
      startLoop({
        deps,
        plan: { taskId: 'x', codePlace } as StartPlan,
        onChange: () => undefined,
        answer: () => Promise.resolve(null),
      });
    const refused = {
      ok: false,
      error: { kind: 'input', message: expect.stringContaining('and no container engine answers; ') },
    };
    expect(await started({ flag: null, remembered: 'container' })).toMatchObject(refused);
    expect(await started({ flag: 'container', remembered: 'machine' })).toMatchObject(refused);
  });

  it('touches nothing of a loop that took the same id between plan and start', async () => {
    const done: string[] = [];
    const note = (what: string) => Promise.resolve(void done.push(what));
    const deps = {
      repository: {
        resolve: () => Promise.resolve(ok('base')),
        submodules: () => Promise.resolve(ok([])),
        facts: { prefix: '' },
      },
      store: {
        hold: () => Promise.resolve(ok({ epoch: 2, release: () => note('release') })),
        read: () => Promise.resolve(ok([{ seq: 1, event: {} }])),
        open: () => note('open'),
      },
      placeWorktrees: () => undefined,
      dayBudget: { standing: () => Promise.resolve(null) },
      files: { remove: () => note('remove') },
      evidence: () => ({ prepare: () => note('prepare'), dispose: () => note('dispose') }),
    } as unknown as LoopDeps;
    const request = { includeDirty: false, budgetUsd: null };
    const plan = {
      taskId: 'taken',
      request,
      evidenceCommands: ['npm test'],
      attachments: [],
      codePlace: NOBODY,
    };
    const started = await startLoop({
      deps,
      plan: plan as unknown as StartPlan,
      onChange: () => undefined,
      answer: () => Promise.resolve(null),
    });
    expect(started).toMatchObject({
      ok: false,
      error: { kind: 'state', message: expect.stringContaining('"taken"') },
    });
    expect(done).toEqual(['release']);
  });
});
