import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  conformance,
  conformancePage,
  idsInTitle,
  type ChecklistItem,
} from '../../scripts/conformance-table.mts';
import type { TestResult } from '../../scripts/test-results.mts';

const checklist = JSON.parse(
  readFileSync(new URL('../conformance/checklist.json', import.meta.url), 'utf8'),
) as readonly ChecklistItem[];

const test = (title: string, status: TestResult['status']): TestResult => ({ title, status, tier: 'unit' });
const row = (id: string, results: readonly TestResult[]) =>
  conformance(checklist, results).rows.find((each) => each.id === id)!;

describe('the conformance page', () => {
  it.each([
    ['[FL-020] [FL-021] goes on', ['FL-020', 'FL-021']],
    ['the loop > [FL-080…082] replays the trace', ['FL-080', 'FL-081', 'FL-082']],
    ['[FL-080..FL-082] replays', ['FL-080', 'FL-081', 'FL-082']],
    ['[DP-011, DP-012] [X-02] more', ['DP-011', 'DP-012', 'X-02']],
    ['[P3-043] [P3-044] scores', ['P3-043', 'P3-044']],
    ['names FL-020 in passing [and more]', []],
  ])('reads the ids of a title (%#)', (title, ids) => {
    expect(idsInTitle(title)).toEqual(ids);
  });

  it('lets failed win over passed, and counts skipped as not yet', () => {
    expect(row('FL-022', [test('[FL-022] a', 'passed'), test('[FL-022] b', 'skipped')]).status).toBe(
      'passed',
    );
    expect(row('FL-022', [test('[FL-022] a', 'passed'), test('[FL-022] b', 'failed')]).status).toBe('failed');
    expect(row('FL-022', [test('[FL-022] b', 'skipped')]).status).toBe('not yet');
    expect(row('FL-022', []).status).toBe('not yet');
  });

  it('names ids that the checklist does not have', () => {
    expect(conformance(checklist, [test('[FL-999] [FL-020] a', 'passed')]).unknown).toEqual(['FL-999']);
  });

  it('has one line for each element of the checklist', () => {
    expect(new Set(checklist.map((item) => item.id)).size).toBe(checklist.length);
    expect(checklist.length).toBe(405);
    const page = conformancePage(conformance(checklist, [test('[X-33] a | b', 'passed')]).rows);
    const lines = page.split('\n').filter((line) => /^\| [A-Z0-9]+-\d+ \|/.test(line));
    expect(lines).toHaveLength(405);
    expect(lines.every((line) => /\| (passed|failed|not yet) \|$/.test(line))).toBe(true);
    expect(lines.at(-1)).toBe('| X-33 | large changes in prompts | 1: unit | passed |');
  });
});
