import { describe, expect, it } from 'vitest';
import { err } from '../base/result.ts';
import type { CodePlace } from '../domain/loop/model.ts';
import { LiveLoops } from './live-loops.ts';
import type { LoopDeps } from './loop-deps.ts';
import type { StoredLoop } from './stored-loop.ts';

/** Whether a loop that began at `codePlace` is held, where no container can be had. */
async function takeUp(codePlace: CodePlace | undefined, purpose: 'run' | 'record') {
  const held: string[] = [];
  const deps = {
    containerEngine: () => Promise.resolve({ kind: 'missing', why: 'no container engine answers' }),
    store: {
      hold: (taskId: string) => {
        held.push(taskId);
        return Promise.resolve(err({ kind: 'held' }));
      },
    },
  } as unknown as LoopDeps;
  const stored = { state: { config: { taskId: 'sum', codePlace } } } as unknown as StoredLoop;
  const taken = await new LiveLoops(deps, () => undefined).takeUp(stored, purpose);
  return { held, error: taken.ok ? null : taken.error };
}

describe('taking up a loop of containers without an engine', () => {
  it('does not run it on the machine', async () => {
    expect(await takeUp('container', 'run')).toMatchObject({
      held: [],
      error: { kind: 'input', message: expect.stringContaining('no container engine answers') },
    });
  });

  it.each([
    ['container', 'record'],
    ['machine', 'run'],
    [undefined, 'run'],
  ] as const)('holds one of %s to %s', async (codePlace, purpose) => {
    expect(await takeUp(codePlace, purpose)).toEqual({ held: ['sum'], error: 'held' });
  });
});
