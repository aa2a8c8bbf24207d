import { describe, expect, it } from 'vitest';
import { onlyPrints, splitShellLine } from './shell-line.ts';

describe('a shell line', () => {
  it('is split into simple commands', () => {
    expect(splitShellLine(`tsc -p . && A=1 jest "a b" 'c "d"' e\\ f;x||y`)).toEqual([
      { operator: '', words: ['tsc', '-p', '.'] },
      { operator: '&&', words: ['A=1', 'jest', 'a b', 'c "d"', 'e f'] },
      { operator: ';', words: ['x'] },
      { operator: '||', words: ['y'] },
    ]);
  });

  it.each(['a | b', 'a > b', 'a $(b)', 'a `b`', 'a $X', 'a & b', '(a)', 'a "$X"', '&& a', 'a "unclosed', ''])(
    'is not understood: %s',
    (line) => {
      expect(splitShellLine(line)).toBeNull();
    },
  );
});

describe('[L-40] a script that checks nothing', () => {
  it.each([
    'echo ok',
    'echo "Error: no test specified" && exit 1',
    'true',
    ':',
    'exit 0',
    'FORCE_COLOR=1 echo "1 passing"',
    'cross-env CI=1 echo ok',
    'node -e "process.exit(0)"',
    `node -e "console.log('ok')"`,
    '',
    'echo ok; exit 0',
  ])('%s', (script) => {
    expect(onlyPrints(script)).toBe(true);
  });

  it.each([
    'vitest run',
    'echo start && vitest run',
    'node test.js',
    'node -e "require(\'./test\')"',
    'echo ok | sh',
  ])('is not: %s', (script) => {
    expect(onlyPrints(script)).toBe(false);
  });
});
