import { expect, it } from 'vitest';
import { ownersInstead, type Area } from './boundaries.ts';

const below = (agentId: string, folder: string): Area => ({
  agentId,
  has: (path) => path.startsWith(folder),
});
const areas = [below('api', 'src/'), below('web', 'web/'), below('docs', 'web/docs/')];

it.each([
  ['api', 'src/a.ts', null],
  ['api', 'web/a.ts', ['web']],
  ['api', 'web/docs/a.md', ['web', 'docs']],
  ['web', 'web/docs/a.md', null],
  ['api', 'readme.md', []],
  ['helper', 'readme.md', null],
  ['helper', 'src/a.ts', ['api']],
])('names whose part it is when %s changes %s', (agentId, path, owners) => {
  expect(ownersInstead(areas, { agentId, path })).toEqual(owners);
});

it('says nothing where nobody has a part', () => {
  expect(ownersInstead([], { agentId: 'api', path: 'a' })).toBeNull();
});
