import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handOver } from './hand-over.ts';

describe.skipIf(process.platform === 'win32')('handing an environment over', () => {
  let exchange: string;
  beforeEach(() => (exchange = mkdtempSync(join(tmpdir(), 'cfn-exchange-'))));
  afterEach(() => rmSync(exchange, { recursive: true, force: true }));

  const run = (argv: readonly string[], input = ''): string =>
    execFileSync(argv[0] ?? '', argv.slice(1), { env: {}, input, encoding: 'utf8' });
  const node = [process.execPath, '-e'];
  // What stands for our own Node inside has no path here.
  const here = (argv: readonly string[]) => argv.map((word) => (word === 'node' ? process.execPath : word));

  it('gives every value to the letter, by a file for nobody else, which is gone before the program begins', () => {
    const value = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !text.includes('\0'));
    const name = fc
      .stringMatching(/^[A-Z_][A-Z0-9_]{0,12}$/)
      .filter((text) => !/^(?:_|PATH|PWD|OLDPWD|SHLVL|IFS|PS\d|PPID|UID|EUID|OPTIND|LINENO)$/.test(text));
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 5 }), (env) => {
        const program =
          'process.stdout.write(JSON.stringify([process.env, require("fs").readdirSync(process.argv[1])]))';
        const { argv } = handOver(exchange, {
          env: { ...env, X: '1' },
          argv: [...node, program, exchange],
          stdinFile: null,
          talks: false,
        });
        expect(statSync(join(exchange, readdirSync(exchange)[0] ?? '')).mode & 0o777).toBe(0o600);
        expect(JSON.stringify(argv)).not.toContain(
          JSON.stringify(Object.values(env).find((text) => text.length > 20) ?? '\0'),
        );
        const [seen, left] = JSON.parse(run(here(argv))) as [Record<string, string>, string[]];
        expect(seen).toMatchObject({ ...env, X: '1' });
        expect(left).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });

  it('makes a file its standard input, and none an empty one', () => {
    const prompt = join(exchange, 'prompt.md');
    writeFileSync(prompt, 'Do it.');
    const echo = { env: {}, argv: ['/bin/cat'], talks: false };
    expect(run(handOver(exchange, { ...echo, stdinFile: prompt }).argv)).toBe('Do it.');
    expect(run(handOver(exchange, { ...echo, stdinFile: null }).argv)).toBe('');
    expect(run(handOver(exchange, { ...echo, stdinFile: null, talks: true }).argv, 'Hello')).toBe('Hello');
  });

  it('tells a program that is not there from one that ends as if it were not', () => {
    const ending = (argv: readonly string[], stdinFile: string | null, talks = false) => {
      const handed = handOver(exchange, { env: { PATH: '/usr/bin:/bin' }, argv, stdinFile, talks });
      const [shell = '', ...words] = handed.argv;
      const { status, stderr } = spawnSync(shell, words, { env: {}, encoding: 'utf8' });
      const missing = handed.missing();
      handed.discard();
      return { status, stderr, missing };
    };
    for (const talks of [false, true]) {
      expect(ending(['no-such-program', 'a'], null, talks)).toEqual({
        status: 127,
        stderr: '',
        missing: true,
      });
      expect(ending(['/no/such/program'], null, talks)).toMatchObject({ missing: true });
      expect(ending(['sh', '-c', 'exit 127'], null, talks)).toMatchObject({ status: 127, missing: false });
      expect(ending([exchange], null, talks)).toMatchObject({ status: 126, missing: false });
    }
    expect(readdirSync(exchange)).toEqual([]);
  });

  it('leaves nothing of what no container came to read', () => {
    handOver(exchange, { env: { KEY: 'k' }, argv: ['true'], stdinFile: null, talks: false }).discard();
    expect(readdirSync(exchange)).toEqual([]);
  });
});
