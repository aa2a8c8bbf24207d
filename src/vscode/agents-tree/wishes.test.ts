import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentView, loopView } from '../test-views.ts';
import { inOrder, isFiltered, moved, NO_FILTER, showsAgent, showsLoop } from './wishes.ts';

const self = (id: string) => id;

describe('the order of rows', () => {
  it('is the remembered one, with what is new first', () => {
    expect(inOrder(['new', 'a', 'b', 'c'], self, ['c', 'a', 'gone', 'b'])).toEqual(['new', 'c', 'a', 'b']);
    expect(inOrder(['b', 'a'], self, undefined)).toEqual(['b', 'a']);
  });

  it('has what was dragged where it was dropped: behind from above, before from below', () => {
    const ids = ['a', 'b', 'c', 'd'];
    expect(moved(ids, ['a'], 'c')).toEqual(['b', 'c', 'a', 'd']);
    expect(moved(ids, ['d'], 'b')).toEqual(['a', 'd', 'b', 'c']);
    expect(moved(ids, ['a', 'd'], 'c')).toEqual(['b', 'c', 'a', 'd']);
    expect(moved(ids, ['b'], null)).toEqual(['a', 'c', 'd', 'b']);
    expect(moved(ids, ['a', 'b'], 'b')).toEqual(ids);
  });

  it('loses and doubles nothing, whatever is dragged', () => {
    const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(ids, ids, fc.option(fc.string()), (all, dragged, target) => {
        expect(new Set(moved(all, dragged, target))).toEqual(new Set(all));
        expect(moved(all, dragged, target)).toHaveLength(all.length);
      }),
    );
  });
});

describe('the filter', () => {
  const stuck = agentView({ id: 'a', status: 'stuck' });
  const only = (...statuses: (typeof stuck)['status'][]) => ({ statuses, active: false });

  it('shows agents of the chosen states, and loops that have one', () => {
    expect(showsAgent(NO_FILTER, stuck)).toBe(true);
    expect(showsAgent(only('working'), stuck)).toBe(false);
    expect(showsLoop(only('stuck'), loopView({ agents: [stuck] }))).toBe(true);
    expect(showsLoop(only('failed'), loopView({ agents: [stuck] }))).toBe(false);
  });

  it('shows a loop that waits for a person with the agents who do', () => {
    const waiting = { for: 'decision', since: 0, message: 'Decide.' } as const;
    expect(showsLoop(only('waiting-for-you'), loopView({ waiting }))).toBe(true);
    expect(showsLoop(only('waiting-for-you'), loopView({ waiting, outcome: 'CANCELLED' }))).toBe(false);
  });

  it('leaves loops out that have ended, where that is asked for', () => {
    const active = { statuses: [], active: true };
    expect(showsLoop(active, loopView())).toBe(true);
    expect(showsLoop(active, loopView({ outcome: 'PROCEED' }))).toBe(false);
    expect([isFiltered(active), isFiltered(NO_FILTER)]).toEqual([true, false]);
  });
});
