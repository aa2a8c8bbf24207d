import { describe, expect, it } from 'vitest';
import { ok } from '../base/result.ts';
import { testConfig } from '../domain/loop/test-loop.ts';
import { checkSparse, sparseOf } from './sparse.ts';

const asked: unknown[] = [];
const repository = {
  missingFolders: (commit: string, paths: readonly string[]) => {
    asked.push([commit, paths]);
    return Promise.resolve(ok(paths.filter((path) => path !== 'src')));
  },
};

describe('the folders of sparse worktrees', () => {
  it('are passed on with the base, and are nothing where a loop has everything', () => {
    expect(sparseOf({ ...testConfig, sparse: ['src'] })).toEqual({
      folders: ['src'],
      base: testConfig.baseCommit,
    });
    expect(sparseOf(testConfig)).toBeUndefined();
  });

  it('have to be there at the base; one sentence names the first that is not', async () => {
    expect(await checkSparse(repository, { ...testConfig, sparse: ['src'] })).toMatchObject({ ok: true });
    expect(asked).toEqual([[testConfig.baseCommit, ['src']]]);
    expect(await checkSparse(repository, { ...testConfig, sparse: ['src', 'a"b', 'x'] })).toEqual({
      ok: false,
      error: {
        kind: 'input',
        message: `sparse names "a\\"b", which is no folder of the base commit ${testConfig.baseCommit.slice(0, 12)}; it takes folders that are there, from the root of the repository.`,
      },
    });
  });

  it('are not asked for where a loop has everything', async () => {
    asked.length = 0;
    expect(await checkSparse(repository, testConfig)).toEqual(ok(testConfig));
    expect(asked).toEqual([]);
  });
});
