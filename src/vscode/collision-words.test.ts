import { expect, it } from 'vitest';
import { collisionText, trespassText } from './collision-words.ts';

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

it('says who leaves its own part, whose that is instead, and names one of many files', () => {
  const agentId = 'web';
  expect(trespassText({ agentId, owners: ['api'], paths: ['src/api/users.ts'] })).toBe(
    'web changes src/api/users.ts, which is in the part of api',
  );
  expect(trespassText({ agentId, owners: ['api', 'db'], paths: ['a', 'b'] })).toBe(
    'web changes 2 files in the part of api, db, such as a',
  );
  expect(trespassText({ agentId, owners: [], paths: ['readme.md'] })).toBe(
    'web changes readme.md, outside its own part',
  );
  expect(trespassText({ agentId, owners: [], paths: ['a', 'b', 'c'] })).toBe(
    'web changes 3 files outside its own part, such as a',
  );
});
