import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeEvidence, type CheckResult, type CommandReport } from './evidence.ts';
import { flakyIds, FLAKY_COUNTS, withSecondTry, worthASecondTry } from './flaky.ts';
import { MODES, type Mode } from './loop/model.ts';

type Outcome = CheckResult['outcome'];

function report(
  outcomes: Readonly<Record<string, Outcome>>,
  over: Partial<CommandReport> = {},
): CommandReport {
  const checks = Object.entries(outcomes).map(([id, outcome]) => ({ id, outcome }));
  return {
    command: 'npm test',
    status: checks.length === 0 ? 'unavailable' : 'ended',
    exitCode: checks.some(({ outcome }) => outcome === 'failed') ? 1 : 0,
    detailed: true,
    checks,
    tail: '',
    durationMs: 5,
    ...over,
  };
}
const exitReport = (exitCode: number): CommandReport =>
  report({ 'exit code': exitCode === 0 ? 'passed' : 'failed' }, { detailed: false, exitCode });

const judge = (mode: Mode, base: CommandReport, left: CommandReport) =>
  judgeEvidence({
    mode,
    commands: [{ command: 'npm test', base, left, restored: left, protectedFilesChanged: [] }],
  });

const GREEN = report({ a: 'passed', b: 'passed' });
const RED = report({ a: 'failed', b: 'passed' });
const RANK = { passed: 3, unconfirmed: 2, unavailable: 1, failed: 0 } as const;

const outcomes = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.constantFrom<Outcome>('passed', 'failed', 'skipped'),
);
const reports = fc.oneof(
  outcomes.map((all) => report(all)),
  fc.constantFrom(exitReport(0), exitReport(1), report({ a: 'failed' }, { status: 'timeout' })),
);
const modes = fc.constantFrom(...MODES);

describe('flaky checks', () => {
  it('tries again what fails and did not fail at the base', () => {
    expect(worthASecondTry(GREEN, RED)).toBe(true);
    expect(worthASecondTry(GREEN, report({ a: 'passed', b: 'passed', c: 'failed' }))).toBe(true);
    expect(worthASecondTry(RED, RED)).toBe(false);
    expect(worthASecondTry(GREEN, GREEN)).toBe(false);
    expect(worthASecondTry(exitReport(0), exitReport(1))).toBe(true);
    expect(worthASecondTry(exitReport(1), RED)).toBe(false);
    expect(worthASecondTry(GREEN, { ...RED, status: 'timeout' })).toBe(false);
  });

  it.each([
    ['mvp', 'passed', []],
    ['standard', 'unconfirmed', ['flaky:npm test > a']],
    ['enterprise', 'failed', []],
  ] as const)('in %s count as %s', (mode, status, unconfirmedFiles) => {
    const verdict = judge(mode, GREEN, withSecondTry(mode, RED, GREEN));
    expect(verdict).toMatchObject({ status, unconfirmedFiles });
    expect(verdict.notes).toEqual([expect.stringContaining('"a" is flaky')]);
    expect(verdict.feedback.join()).toContain('"a" is flaky');
    expect(verdict.perCommand[1]?.flaky).toEqual(['a']);
    const byCode = judge(mode, exitReport(0), withSecondTry(mode, exitReport(1), exitReport(0)));
    expect(byCode.status).toBe(status);
  });

  it('take what did not run at the second try for failed', () => {
    for (const second of [report({ b: 'passed' }), report({ a: 'skipped', b: 'passed' })])
      expect(judge('mvp', GREEN, withSecondTry('mvp', RED, second)).status).toBe('failed');
  });

  it('a second try never makes anything better than it says itself, nor hides that there was one', () => {
    fc.assert(
      fc.property(modes, reports, reports, reports, (mode, base, first, second) => {
        fc.pre(worthASecondTry(base, first));
        const both = withSecondTry(mode, first, second);
        const rank = (one: CommandReport) => RANK[judge(mode, base, one).status];
        expect(rank(both)).toBeLessThanOrEqual(Math.max(rank(first), rank(second)));
        const marked = flakyIds([both]).length > 0;
        const better = rank(both) > rank(first) && FLAKY_COUNTS[mode] !== 'passed';
        expect(!better || marked).toBe(true);
        expect(!marked || mode !== 'standard' || judge(mode, base, both).status !== 'passed').toBe(true);
        const failedOf = (one: CommandReport) =>
          one.checks.filter(({ outcome }) => outcome === 'failed').length;
        expect(mode !== 'enterprise' || !marked || failedOf(both) > 0).toBe(true);
      }),
    );
  });

  it('a check that fails at both tries is as bad as ever', () => {
    fc.assert(
      fc.property(modes, outcomes, (mode, all) => {
        const one = report(all);
        fc.pre(one.status === 'ended');
        expect(withSecondTry(mode, one, one).checks).toEqual(one.checks);
      }),
    );
  });
});
