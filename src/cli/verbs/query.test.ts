import { expect, it } from 'vitest';
import type { Monitoring } from '../../app/monitoring.ts';
import { err, ok } from '../../base/result.ts';
import { dispatch } from '../dispatch.ts';
import { createTestWorld } from '../test-service.ts';

const start = (argv: readonly string[], query: Monitoring['query']) => {
  const world = createTestWorld({ monitoring: { query } });
  return { ...world, exit: dispatch(['query', ...argv], '1.2.3', world.context) };
};
const rows = [
  { agent: 'api', score: 0.5, summary: 'one\ntwo\u001b[2J' },
  { agent: 'web', score: null, summary: 'x'.repeat(300) },
];

it('shows rows under the names of their columns, and as JSON with everything in them', async () => {
  const asked: string[] = [];
  const answer: Monitoring['query'] = ({ sql }) => {
    asked.push(sql);
    return Promise.resolve(ok(rows));
  };
  const shown = start(['SELECT 1'], answer);
  expect(await shown.exit).toBe(0);
  const lines = shown.output.stdout.split('\n');
  expect(lines.slice(0, 2)).toEqual(['agent  score  summary', 'api    0.5    one two\uFFFD[2J']);
  expect(lines[2]).toHaveLength(120);
  const json = start(['--json', '-'], answer);
  json.stdin.end('SELECT 2\n');
  expect(await json.exit).toBe(0);
  expect(json.output.stdout).toBe(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const tables = start(['--tables'], answer);
  expect(await tables.exit).toBe(0);
  expect(asked).toEqual(['SELECT 1', 'SELECT 2\n', expect.stringContaining('sqlite_master')]);
  const none = start(['SELECT 3'], () => Promise.resolve(ok([])));
  expect(await none.exit).toBe(0);
  expect(none.output.stdout).toBe('No rows.\n');
});

it('[SI-054] ends with 1 for a statement that fails, and with 2 where there is nothing to ask', async () => {
  const message = '[ERROR] SQLite query failed: SELEC 1 (near "SELEC": syntax error)';
  const wrong = start(['SELEC 1'], () => Promise.resolve(err({ kind: 'input', message } as const)));
  expect(await wrong.exit).toBe(1);
  expect(wrong.output.stderr).toBe(`${message}\n`);
  const nowhere = err({ kind: 'state', message: 'No loop has run in this repository.' } as const);
  const nothing = start(['SELECT 1'], () => Promise.resolve(nowhere));
  expect(await nothing.exit).toBe(2);
  const never: Monitoring['query'] = () => Promise.reject(new Error('asked'));
  const empty = start([''], never);
  expect(await empty.exit).toBe(2);
  expect(empty.output.stderr).toMatch(/^SQL is missing; .*\n$/);
});
