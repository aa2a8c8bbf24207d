import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitCommandLine } from './command-line.ts';

const split = (text: string) => {
  const result = splitCommandLine(text);
  return result.ok ? result.value : result.error;
};

describe('splitting a command line', () => {
  it.each<[string, readonly string[]]>([
    ['', []],
    [' \t\n ', []],
    ['sh -c "echo hi"', ['sh', '-c', 'echo hi']],
    [`sh -c 'printf "%s" "$X"'`, ['sh', '-c', 'printf "%s" "$X"']],
    ['a""b', ['ab']],
    [`"" ''`, ['', '']],
    ['a\\ b', ['a b']],
    ['"a\\qb"', ['a\\qb']],
    ['"\\$ \\` \\" \\\\"', ['$ ` " \\']],
    [`'\\'`, ['\\']],
    ['a\\\nb', ['ab']],
    ['"a\\\nb"', ['ab']],
    ['\\\n', []],
    [
      '$HOME *.ts ~ # | ; && >x $(id) `id`',
      ['$HOME', '*.ts', '~', '#', '|', ';', '&&', '>x', '$(id)', '`id`'],
    ],
    ["'C:\\Program Files\\x.exe' -v", ['C:\\Program Files\\x.exe', '-v']],
    ['ä 日本 🦊', ['ä', '日本', '🦊']],
  ])('splits %j by POSIX quoting rules, expanding nothing', (text, words) => {
    expect(split(text)).toEqual(words);
  });

  it.each([
    ["a 'b", 'has a single quote that is never closed'],
    ['a "b', 'has a double quote that is never closed'],
    ['a "b\\', 'has a double quote that is never closed'],
    ['a \\', 'ends with a lone backslash'],
    ['a\0b', 'holds a NUL character, which no program can be given'],
  ])('refuses %j', (text, error) => {
    expect(split(text)).toBe(error);
  });

  it('gives back any words, however they were quoted', () => {
    const quotes = [
      (word: string) => `'${word.replaceAll("'", `'\\''`)}'`,
      (word: string) => `"${word.replaceAll(/[$`"\\]/g, '\\$&')}"`,
      (word: string) =>
        word === '' ? "''" : word.replaceAll(/[\s\S]/g, (char) => (char === '\n' ? "'\n'" : `\\${char}`)),
    ];
    const word = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(word, fc.nat(2))), (words) => {
        const line = words.map(([text, how]) => quotes[how]!(text)).join(' ');
        expect(split(line)).toEqual(words.map(([text]) => text));
      }),
    );
  });

  it.skipIf(process.platform === 'win32')('agrees with the shell about quotes and backslashes', () => {
    let compared = 0;
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', "'", '"', '\\'), maxLength: 12 });
    fc.assert(
      fc.property(text, (line) => {
        const words = splitCommandLine(line);
        const shell = spawnSync('sh', ['-c', `printf '<%s>' ${line}`], { encoding: 'utf8' });
        if (!words.ok || words.value.length === 0) return;
        compared += 1;
        expect(shell.stdout).toBe(words.value.map((word) => `<${word}>`).join(''));
      }),
      { numRuns: 100 },
    );
    expect(compared).toBeGreaterThan(10);
  });
});
