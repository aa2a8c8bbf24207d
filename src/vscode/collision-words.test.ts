import { expect, it } from 'vitest';
import { collisionText } from './collision-words.ts';

it('says who changes what, and which lines overlap', () => {
  const agents = ['backend-1', 'backend-2'];
  const path = 'src/auth.ts';
  expect(
    collisionText({
      path,
      agents,
      kind: 'overlapping',
      lines: [
        { first: 10, last: 24 },
        { first: 30, last: 30 },
      ],
    }),
  ).toBe('backend-1 and backend-2 both change src/auth.ts, lines 10–24, 30 overlap');
  expect(collisionText({ path, agents, kind: 'apart', lines: [] })).toBe(
    'backend-1 and backend-2 both change src/auth.ts, in different places',
  );
  expect(collisionText({ path, agents: [...agents, 'docs'], kind: 'unknown', lines: [] })).toBe(
    'backend-1, backend-2 and docs all change src/auth.ts',
  );
});
