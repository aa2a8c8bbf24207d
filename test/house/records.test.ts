import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TTL_SECONDS } from '../../src/protocol/keys.ts';
import { ROW_RETENTION } from '../../src/app/row-retention.ts';
import { ROOT } from './sources.ts';

const folder = join(ROOT, 'docs', 'adr');
const record = (start: string): string => {
  const name = readdirSync(folder).find((each) => each.startsWith(start));
  if (!name) throw new Error(`There is no decision record ${start} in ${folder}`);
  return readFileSync(join(folder, name), 'utf8');
};

describe('the decision records', () => {
  it('all have a number of their own, a date and a status', () => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.md'));
    const numbers = names.map((name) => name.slice(0, 4));
    expect(new Set(numbers).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(2);
    const incomplete = names.filter(
      (name) =>
        !/^# \d+\. .+\n\nDate: \d{4}-\d\d-\d\d\. Status: \w+\.\n/.test(
          readFileSync(join(folder, name), 'utf8'),
        ),
    );
    expect(incomplete).toEqual([]);
  });

  it('[DP-001] decide on dual-layer persistence with the lifetimes that the code uses', () => {
    const text = record('0001').replaceAll(/ +\|/g, ' |');
    expect(text).toMatch(
      /^# 1\. Dual-Layer Persistence \(Redis \+ SQLite\/PostgreSQL\)\n\n.*Status: Accepted/,
    );
    expect(text).toContain(`| audit logs | archived after ${ROW_RETENTION.auditDays} days |`);
    expect(text).toContain(`| transaction logs | archived after ${ROW_RETENTION.transactionDays} days |`);
    expect(text).toContain(`| cached query results | ${TTL_SECONDS.cache / 3600} hour |`);
    expect(text).toContain(`| coordination signals and state | ${TTL_SECONDS.coordination / 3600} hours |`);
  });

  it('[DP-011] decide on correlation-based tracing', () => {
    expect(record('0006')).toMatch(/^# 6\. Correlation-Based Tracing\n\n.*Status: Accepted/);
  });
});
