import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SPACES = [
  'swarm',
  'coord',
  'task',
  'gate',
  'handoff',
  'context',
  'lock',
  'cache',
  'session',
  'events',
  'chain',
  'broadcast',
  'mesh',
];
/** A quote, one of the key spaces, a colon and at once the next part: `coord:${taskId}`, 'lock:x'. */
const KEY_LITERAL = new RegExp(`['"\`](?:${SPACES.join('|')}):(?:\\$\\{|[a-zA-Z0-9*<{])`);

const MADE_IN = 'src/protocol/keys.ts';

const keyLiterals = (text: string): string[] => text.split('\n').filter((line) => KEY_LITERAL.test(line));

describe('[L-06] coordination keys', () => {
  it('are written in one place only', () => {
    const found = globSync('src/**/*.ts')
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => !path.endsWith('.test.ts') && path !== MADE_IN)
      .flatMap((path) => keyLiterals(readFileSync(path, 'utf8')).map((line) => `${path}: ${line.trim()}`));
    expect(found).toEqual([]);
  });

  it('are found by this check where there are some', () => {
    expect(keyLiterals(readFileSync(MADE_IN, 'utf8')).length).toBeGreaterThan(30);
    expect(
      keyLiterals("const a = `coord:${id}:x`;\nconst b = 'lock:r';\nconst c = 'task: none';"),
    ).toHaveLength(2);
  });
});
