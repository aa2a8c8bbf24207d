import { expect, it } from 'vitest';
import { keys, takenKeys } from '../../protocol/keys.ts';
import { questionOf, refusalOf } from './consequences.ts';

const of = (name: string, kind: 'delete' | 'set' | 'push' | 'redeliver' | 'expire') => {
  const edits = {
    delete: { kind: 'delete', key: name },
    set: { kind: 'set', key: name, text: '' },
    push: { kind: 'push', key: name, text: '' },
    redeliver: { kind: 'redeliver', key: name, index: 0 },
    expire: { kind: 'expire', key: name, seconds: 5 },
  } as const;
  return questionOf(edits[kind]);
};

it('asks before a delete, and says what it does to those who read the key', () => {
  expect(of(keys.lock('r').name, 'delete')?.consequence).toContain('somebody else may take it at once');
  expect(of(keys.cache('q').name, 'delete')?.consequence).toContain('worked out again');
  expect(of(keys.decision('t1').name, 'delete')?.consequence).toContain('The loop itself does not change');
});

it('asks before a lock or the result of a gate is changed, and not before other edits', () => {
  expect(of(keys.lock('r').name, 'expire')?.consequence).toContain('goes on believing');
  expect(of(keys.gate('t1').name, 'set')?.consequence).toContain('another result of the gate');
  expect(of(keys.output('t1').name, 'set')).toBeNull();
  expect(of(keys.output('t1').name, 'expire')).toBeNull();
});

it('asks before a message is delivered again, except where it counts once', () => {
  const chain = keys.chain('t1', 'a');
  expect(of(chain.name, 'redeliver')?.consequence).toContain('sees it twice');
  expect(of(keys.complete('t1').name, 'redeliver')).toBeNull();
  const taken = takenKeys(chain).held('taker-1').name;
  expect(of(taken, 'redeliver')?.question).toBe(`Deliver the message again to ${chain.name}?`);
  expect(of(chain.name, 'push')?.action).toBe('Push');
});

it('shortens a name that would fill the dialog', () => {
  expect(of('x'.repeat(10_000), 'delete')?.question.length).toBeLessThan(150);
});

it('refuses an end that is no whole number of seconds', () => {
  const refusal = (seconds: number | null) => refusalOf({ kind: 'expire', key: 'k', seconds });
  expect([refusal(null), refusal(60)]).toEqual([null, null]);
  expect(refusal(0)).toBe('TTL is 0; it takes whole seconds from 1, or nothing for no end.');
  expect(refusal(1.5)).toContain('TTL is 1.5');
});
