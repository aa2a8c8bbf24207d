import type { TestResult } from './test-results.mts';

export interface ChecklistItem {
  readonly id: string;
  readonly element: string;
}
export type ConformanceStatus = 'passed' | 'failed' | 'not yet';

export interface ConformanceRow extends ChecklistItem {
  readonly tests: readonly TestResult[];
  readonly status: ConformanceStatus;
}

const BRACKETS = /\[([^\]]+)\]/g;
const IDS = /\b(DP|SI|FL|AF|P3|X)-(\d+)(?:\s*(?:…|\.{2,3}|–|-)\s*(?:\1-)?(\d+))?/g;

/** The ids in a title's square brackets: `[FL-020] [FL-021]`, `[DP-011, DP-012]`, `[FL-080…082]`. */
export function idsInTitle(title: string): readonly string[] {
  const ids = new Set<string>();
  for (const [, inside = ''] of title.matchAll(BRACKETS)) {
    for (const [, kind = '', first = '', last] of inside.matchAll(IDS)) {
      for (let number = Number(first); number <= Number(last ?? first); number += 1) {
        ids.add(`${kind}-${String(number).padStart(first.length, '0')}`);
      }
    }
  }
  return [...ids];
}

export interface Conformance {
  readonly rows: readonly ConformanceRow[];
  /** Ids in titles that the checklist does not have: misspelt, most likely. */
  readonly unknown: readonly string[];
}

/** A failed test makes its ids failed; skipped ones prove nothing. */
export function conformance(
  checklist: readonly ChecklistItem[],
  results: readonly TestResult[],
): Conformance {
  const byId = new Map<string, TestResult[]>();
  for (const result of results) {
    for (const id of idsInTitle(result.title)) byId.set(id, [...(byId.get(id) ?? []), result]);
  }
  const known = new Set(checklist.map((item) => item.id));
  return {
    rows: checklist.map((item) => {
      const tests = byId.get(item.id) ?? [];
      return { ...item, tests, status: statusOf(tests) };
    }),
    unknown: [...byId.keys()].filter((id) => !known.has(id)),
  };
}

function statusOf(tests: readonly TestResult[]): ConformanceStatus {
  if (tests.some((test) => test.status === 'failed')) return 'failed';
  return tests.some((test) => test.status === 'passed') ? 'passed' : 'not yet';
}

export function conformancePage(rows: readonly ConformanceRow[]): string {
  const count = (status: ConformanceStatus): number => rows.filter((row) => row.status === status).length;
  return [
    '# Conformance',
    '',
    'Made by `npm run conformance` from the results of the last test run. A test names the elements that it proves in',
    'its title. An element without a test that ran is *not yet* there, whatever the code may hold.',
    '',
    `${rows.length} elements: ${count('passed')} passed, ${count('failed')} failed, ${count('not yet')} not yet.`,
    '',
    '| id | element | tests | status |',
    '| --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row.id} | ${cell(row.element)} | ${cell(testsOf(row))} | ${row.status} |`),
    '',
  ].join('\n');
}

function testsOf(row: ConformanceRow): string {
  const places = new Set(row.tests.map((test) => test.file ?? test.tier));
  return row.tests.length === 0 ? '' : `${row.tests.length}: ${[...places].sort().join(', ')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}
