import { describe, expect, it } from 'vitest';
import { ok } from '../base/result.ts';
import type { OutsideChange, Repository } from '../ports/worktrees.ts';
import { OutsideWatch } from './outside-watch.ts';

const change = (what: string, kind: Partial<OutsideChange> = {}): OutsideChange => ({
  kind: 'checkout',
  guarded: false,
  own: false,
  what,
  ...kind,
});

/** A repository in which each look finds the next of these lists of changes. */
function watchOf(looks: readonly (readonly OutsideChange[])[], own: readonly string[] = []) {
  const asked: unknown[] = [];
  let pictures = 0;
  const repository = {
    lookOutside: () => Promise.resolve(ok({ id: `picture-${(pictures += 1)}` })),
    compareOutside: (before: { id: string }, paths: readonly string[]) => {
      asked.push([before.id, ...paths]);
      return Promise.resolve(ok(looks[asked.length - 1] ?? []));
    },
  } as unknown as Repository;
  return { asked, watch: new OutsideWatch(repository, 'first', () => own) };
}

describe('a look outside', () => {
  it("leaves a person's own edits out, and compares with a picture that holds them from then on", async () => {
    const { asked, watch } = watchOf([[change('a.ts was changed', { own: true })]], ['/repo/a.ts']);
    expect(await watch.look()).toEqual([
      { type: 'OutsideChanged', changes: [], guarded: false, picture: 'picture-1', own: ['/repo/a.ts'] },
    ]);
    await watch.look();
    expect(asked).toEqual([
      ['first', '/repo/a.ts'],
      ['picture-1', '/repo/a.ts'],
    ]);
  });

  it('still tells what others changed, the guarded apart, and the picture with the last of them', async () => {
    const guarded = change('config was changed', { kind: 'config', guarded: true });
    const found = [guarded, change('b.ts was changed'), change('a.ts was changed', { own: true })];
    const { watch } = watchOf([found], ['/repo/a.ts']);
    expect(await watch.look()).toEqual([
      { type: 'OutsideChanged', changes: ['config was changed'], guarded: true },
      {
        type: 'OutsideChanged',
        changes: ['b.ts was changed'],
        guarded: false,
        picture: 'picture-1',
        own: ['/repo/a.ts'],
      },
    ]);
  });

  it('forgets edits that were undone, and says nothing where there was nothing', async () => {
    const undone = watchOf([], ['/repo/a.ts']);
    expect(await undone.watch.look()).toMatchObject([{ changes: [], picture: 'first', own: ['/repo/a.ts'] }]);
    expect(await watchOf([]).watch.look()).toEqual([]);
  });
});
