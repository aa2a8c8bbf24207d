import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { below } from './safe-paths.ts';

describe('a path below a folder', () => {
  it.each(['', '/etc/passwd', '../x', 'a/../../x', 'a//b', './a', 'a\\b', 'a\0b'])('is never %j', (name) => {
    for (const platform of ['linux', 'win32'] as const) expect(below('/root', name, platform)).toBeNull();
  });

  it.each(['.. /x', 'a/...', 'C:x', 'a:stream', 'nul', 'src/CON.txt', 'a./b'])(
    'is not %j on Windows',
    (name) => {
      expect(below('/root', name, 'win32')).toBeNull();
      expect(below('/root', name, 'linux')).not.toBeNull();
    },
  );

  it('is any other name', () => {
    for (const name of ['a', 'a/b.c', '.hidden', 'console.ts', 'a b/c']) {
      expect(below('/root', name, 'win32')).toBe(join('/root', name));
    }
  });
});
