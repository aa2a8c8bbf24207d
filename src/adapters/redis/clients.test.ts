import { expect, it } from 'vitest';
import { slotOf } from './clients.ts';

it.each([
  // As CLUSTER KEYSLOT answers.
  ['foo', 12_182],
  ['123456789', 12_739],
  ['a{}b', 13_694],
])('places %s as Redis Cluster does', (key, slot) => {
  expect(slotOf(key)).toBe(slot);
});

it('places keys with the same tag together', () => {
  expect(slotOf('cfn:{n:t1}:coord:t1:complete')).toBe(slotOf('n:t1'));
});
