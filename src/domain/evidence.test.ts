import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeEvidence, judgeRun, type CheckResult, type CommandReport } from './evidence.ts';
import type { Mode } from './loop/model.ts';

const check = (id: string, outcome: CheckResult['outcome'] = 'passed', message?: string): CheckResult =>
  message === undefined ? { id, outcome } : { id, outcome, message };

function report(checks: readonly CheckResult[], over: Partial<CommandReport> = {}): CommandReport {
  return {
    command: 'npm test',
    status: checks.length === 0 ? 'unavailable' : 'ended',
    exitCode: checks.some((one) => one.outcome === 'failed') ? 1 : 0,
    detailed: true,
    checks,
    tail: '',
    durationMs: 5,
    ...over,
  };
}
const exitReport = (exitCode: number): CommandReport =>
  report([check('exit code', exitCode === 0 ? 'passed' : 'failed')], { detailed: false, exitCode });

function judge(
  base: CommandReport,
  left: CommandReport,
  options: {
    restored?: CommandReport;
    files?: readonly string[];
    mode?: Mode;
    acceptance?: readonly string[];
  } = {},
) {
  return judgeEvidence({
    mode: options.mode ?? 'standard',
    commands: [
      {
        command: 'npm test',
        base,
        left,
        restored: options.restored ?? left,
        protectedFilesChanged: options.files ?? [],
      },
    ],
    ...(options.acceptance ? { acceptance: options.acceptance } : {}),
  });
}

const green = report([check('a'), check('b')]);

describe('evidence', () => {
  it('passes when everything that passed at the base still passes', () => {
    const verdict = judge(green, report([check('a'), check('b'), check('c')]));
    expect(verdict).toMatchObject({ status: 'passed', reasons: [], feedback: [], unconfirmedFiles: [] });
    expect(
      verdict.perCommand.map((one) => [one.run, one.status, one.passed, one.passRate, one.baseline]),
    ).toEqual([
      ['base', 'passed', 2, 1, 1],
      ['left', 'passed', 3, 1, 1],
      ['restored', 'passed', 3, 1, 1],
    ]);
  });

  it('[L-37] keeps the numbers of a failing run and names the failing check with its message', () => {
    const verdict = judge(green, report([check('a'), check('b', 'failed', 'expected 1 to be 2')]));
    expect(verdict.status).toBe('failed');
    expect(verdict.perCommand[1]).toMatchObject({ passed: 1, failed: 1, passRate: 0.5, status: 'failed' });
    expect(verdict.feedback).toEqual(['`npm test`: the check "b" fails: expected 1 to be 2']);
  });

  it.each([
    ['is gone', report([check('a'), check('new')])],
    ['is skipped', report([check('a'), check('b', 'skipped')])],
  ])('[L-42] fails when a check that passed at the base %s', (words, left) => {
    const verdict = judge(green, left);
    expect(verdict.status).toBe('failed');
    expect(verdict.feedback.join(' ')).toContain('"b" passed at the base');
    expect(verdict.feedback.join(' ')).toContain(words);
  });

  it('counts checks of the same name instead of looking them up', () => {
    const base = report([check('a'), check('a')]);
    expect(judge(base, report([check('a'), check('z')])).status).toBe('failed');
    expect(judge(base, report([check('a'), check('a')])).status).toBe('passed');
  });

  it('[L-40] is unavailable when neither the base nor the commit ran a check', () => {
    expect(judge(report([]), report([])).status).toBe('unavailable');
    expect(judgeEvidence({ mode: 'mvp', commands: [] }).status).toBe('unavailable');
  });

  it('[L-40] fails when the base ran checks and the commit runs none', () => {
    expect(judge(green, report([])).status).toBe('failed');
    expect(judge(exitReport(1), report([])).status).toBe('failed');
    expect(judge(green, report([check('a', 'skipped'), check('b', 'skipped')])).status).toBe('failed');
  });

  it.each([
    ['mvp', 70, 'passed'],
    ['mvp', 69, 'failed'],
    ['standard', 95, 'passed'],
    ['standard', 94, 'failed'],
    ['enterprise', 98, 'passed'],
    ['enterprise', 97, 'failed'],
  ] as const)('[X-01] in %s mode %d of 100 passing checks are %s', (mode, passing, status) => {
    const at = (n: number) =>
      report(Array.from({ length: 100 }, (_, index) => check(`t${index}`, index < n ? 'passed' : 'failed')));
    expect(judge(at(50), at(passing), { mode }).status).toBe(status);
  });

  it('requires the rate of the base where that is higher than the mode asks', () => {
    const base = report([check('a'), check('b')]);
    const left = report([check('a'), check('b'), check('new', 'failed')]);
    const verdict = judge(base, left, { mode: 'mvp' });
    expect(verdict.status).toBe('failed');
    expect(verdict.reasons.join()).toContain('required 100 %');
  });

  it('requires that something turns green where the base was red', () => {
    const many = Array.from({ length: 50 }, (_, index) => check(`t${index}`));
    const base = report([...many, check('x', 'failed')]);
    const unchanged = judge(base, base);
    expect(unchanged.status).toBe('failed');
    expect(unchanged.reasons.join()).toContain('turned green');
    expect(judge(base, report([...many, check('new'), check('x', 'failed')])).status).toBe('failed');
    expect(judge(base, report([...many, check('x')])).status).toBe('passed');
  });

  it('takes the named acceptance checks instead where they are given', () => {
    const many = Array.from({ length: 50 }, (_, index) => check(`t${index}`));
    const base = report([...many, check('x', 'failed')]);
    const acceptance = ['logs in'];
    const left = (outcome: CheckResult['outcome']) =>
      report([...many, check('x', 'failed'), check('auth.test.ts > logs in', outcome)]);
    expect(judge(base, left('passed'), { acceptance }).status).toBe('passed');
    expect(judge(base, left('skipped'), { acceptance }).status).toBe('failed');
    expect(judge(base, report([...many, check('x')]), { acceptance }).status).toBe('failed');
  });

  it('takes the checks inside a file for the file that could not be loaded at the base', () => {
    const base = report([check('a.test.ts', 'failed', 'add is not exported')]);
    expect(judge(base, report([check('a.test.ts > adds'), check('a.test.ts > twice')])).status).toBe(
      'passed',
    );
    const half = report([check('a.test.ts > adds'), check('a.test.ts > twice', 'failed')]);
    expect(judge(base, half, { mode: 'mvp' }).status).toBe('failed');
    expect(judge(base, report([check('b.test.ts > adds')])).status).toBe('failed');
  });

  it('does not let the deletion of a failing check raise the rate', () => {
    const many = Array.from({ length: 8 }, (_, index) => check(`t${index}`));
    const base = report([...many, check('x', 'failed'), check('y', 'failed')]);
    const verdict = judge(base, report([...many, check('x')]));
    expect(verdict.status).toBe('failed');
    expect(verdict.reasons.join()).toContain('pass rate 90 %');
    expect(verdict.perCommand[1]?.passRate).toBe(1);
  });

  it('compares single exit codes', () => {
    expect(judge(exitReport(0), exitReport(0)).status).toBe('passed');
    expect(judge(exitReport(1), exitReport(0)).status).toBe('passed');
    expect(judge(exitReport(0), exitReport(1)).status).toBe('failed');
    expect(judge(exitReport(1), exitReport(1)).status).toBe('failed');
  });

  it('fails a report that is missing where the base had one, whatever the exit code', () => {
    expect(judge(report([check('a', 'failed')]), exitReport(0)).status).toBe('failed');
  });

  it('takes a report in place of a base that could only fail as a whole', () => {
    expect(judge(exitReport(1), green).status).toBe('passed');
    expect(judge(exitReport(1), report([check('a'), check('b', 'failed')]), { mode: 'mvp' }).status).toBe(
      'failed',
    );
  });

  it('trusts the worse of report and exit code', () => {
    expect(judge(green, report(green.checks, { exitCode: 1 })).status).toBe('failed');
    expect(judge(green, report(green.checks, { exitCode: null })).status).toBe('failed');
    expect(judge(green, report([check('a'), check('b', 'failed')], { exitCode: 0 })).status).toBe('failed');
  });

  it('[L-41] fails a command that ran over its limit, even when its checks so far passed', () => {
    const verdict = judge(green, report(green.checks, { status: 'timeout', exitCode: null }));
    expect(verdict.status).toBe('failed');
    expect(verdict.reasons.join()).toContain('time limit');
  });

  it('is unconfirmed when only the restored run fails or ran nothing, and names the files', () => {
    const files = ['test/b.test.ts', 'test/a.test.ts'];
    for (const restored of [report([check('a'), check('b', 'failed', 'boom')]), report([])]) {
      const verdict = judge(green, green, { restored, files });
      expect(verdict.status).toBe('unconfirmed');
      expect(verdict.unconfirmedFiles).toEqual(['test/a.test.ts', 'test/b.test.ts']);
      expect(verdict.perCommand.map((one) => one.status)).toEqual(['passed', 'passed', 'unconfirmed']);
    }
  });

  it('fails when the second run differs although no protected file changed', () => {
    const verdict = judge(green, green, { restored: report([check('a'), check('b', 'failed')]) });
    expect(verdict).toMatchObject({ status: 'failed', unconfirmedFiles: [] });
  });

  it('judges each command by itself', () => {
    const bad = report([check('a', 'failed'), check('b')]);
    const one = { command: 'npm test', base: green, left: green, restored: green, protectedFilesChanged: [] };
    const verdict = judgeEvidence({ mode: 'mvp', commands: [one, { ...one, left: bad }] });
    expect(verdict.status).toBe('failed');
    expect(verdict.perCommand.map((run) => run.status)).toEqual([
      'passed',
      'passed',
      'passed',
      'passed',
      'failed',
      'passed',
    ]);
  });

  it('gives numbers of a run before the others are over', () => {
    const base = report([check('a'), check('b', 'failed')]);
    const request = { mode: 'mvp', base, protectedFilesChanged: [] } as const;
    expect(judgeRun({ ...request, run: 'base', report: base })).toMatchObject({
      status: 'failed',
      passRate: 0.5,
    });
    expect(judgeRun({ ...request, run: 'left', report: green })).toMatchObject({
      status: 'passed',
      baseline: 0.5,
    });
  });

  it('limits how much feedback an iteration is given', () => {
    const base = report(Array.from({ length: 60 }, (_, index) => check(`t${index}`)));
    const verdict = judge(base, report(base.checks.map((one) => check(one.id, 'failed'))));
    expect(verdict.feedback).toHaveLength(21);
    expect(verdict.feedback.at(-1)).toContain('40 more');
  });
});

const outcome = fc.constantFrom<CheckResult['outcome']>('passed', 'failed', 'skipped');
const checks = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), outcome }), {
  maxLength: 12,
});
const anyReport = fc
  .record({
    checks,
    exit: fc.constantFrom('agrees' as const, 0, 1, null),
    status: fc.constantFrom('ended' as const, 'ended' as const, 'ended' as const, 'timeout' as const),
    detailed: fc.boolean(),
  })
  .map(({ checks, exit, status, detailed }): CommandReport => {
    const exitCode = exit === 'agrees' ? (checks.some((one) => one.outcome === 'failed') ? 1 : 0) : exit;
    if (!detailed) return Object.assign(exitReport(exitCode ?? 1), { status });
    return report(checks, { status: checks.length === 0 ? 'unavailable' : status, exitCode });
  });
const mode = fc.constantFrom<Mode>('mvp', 'standard', 'enterprise');
/** A base and two later runs; half of the time these grew out of the base, so that verdicts of all kinds occur. */
const runs = fc
  .record({
    mode,
    base: anyReport,
    left: anyReport,
    restored: anyReport,
    grown: fc.boolean(),
    same: fc.boolean(),
  })
  .map(({ grown, same, ...all }) => {
    if (!grown) return all;
    const mended = all.base.checks.map((one, index) => (index % 2 === 0 ? check(one.id) : one));
    const left = report([...mended, check('new')], { detailed: all.base.detailed });
    return Object.assign(all, { left, restored: same ? left : all.restored });
  });
const RANK = { failed: 0, unavailable: 0, unconfirmed: 1, passed: 2 } as const;
const files = ['test/x'];
const passing = (of: CommandReport, id: string) =>
  of.checks.filter((one) => one.id === id && one.outcome === 'passed').length;

const counted = (of: CommandReport, id: string) =>
  of.checks.filter((one) => one.id === id && one.outcome !== 'skipped').length;

type Runs = typeof runs extends fc.Arbitrary<infer T> ? T : never;

/** Throws when the rule is broken; gives how many of the runs were ones that the rule is about. */
function casesOf(rule: (run: Runs) => boolean | 'n/a'): number {
  let about = 0;
  fc.assert(
    fc.property(runs, (run) => {
      const result = rule(run);
      if (result === 'n/a') return true;
      about += 1;
      return result;
    }),
    { numRuns: 4_000 },
  );
  return about;
}

describe('evidence, whatever was reported', () => {
  it('never passes when a check that passed at the base does not pass now', () => {
    const cases = casesOf(({ mode, base, left, restored }) => {
      if (judge(base, left, { mode, restored, files }).status !== 'passed') return 'n/a';
      const ids = base.checks.map((one) => one.id);
      return [left, restored].every((now) =>
        base.detailed
          ? ids.every((id) => passing(now, id) >= passing(base, id))
          : base.exitCode !== 0 || now.exitCode === 0,
      );
    });
    expect(cases).toBeGreaterThan(200);
  });

  it('never passes without a check, over its limit, or against its own exit code', () => {
    const cases = casesOf(({ mode, base, left }) => {
      if (judge(base, left, { mode }).status !== 'passed') return 'n/a';
      const contradicts = left.exitCode !== 0 && left.checks.every((one) => one.outcome !== 'failed');
      return left.status === 'ended' && left.checks.some((one) => one.outcome === 'passed') && !contradicts;
    });
    expect(cases).toBeGreaterThan(200);
  });

  it('[L-42] never judges better after checks of the base were deleted or skipped', () => {
    const cases = casesOf(({ mode, base, left, restored }) => {
      if (!left.detailed || !restored.detailed) return 'n/a';
      // Checks that the base did not run, or ran less often, are new: going back to the base is no deletion.
      const known = (of: CommandReport, id: string) => counted(of, id) <= counted(base, id);
      const thin = (of: CommandReport, choice: number): CommandReport => ({
        ...of,
        checks: of.checks.flatMap((one, index) => {
          if (!known(of, one.id) || (index + choice) % 3 === 0) return [one];
          return (index + choice) % 3 === 1 ? [] : [{ ...one, outcome: 'skipped' as const }];
        }),
      });
      const before = judge(base, left, { mode, restored, files });
      return [0, 1, 2].every((choice) => {
        const after = judge(base, thin(left, choice), { mode, restored: thin(restored, choice), files });
        return RANK[after.status] <= RANK[before.status];
      });
    });
    expect(cases).toBeGreaterThan(500);
  });

  it('always says why, and what to do, unless it passed', () => {
    const cases = casesOf(({ mode, base, left, restored }) => {
      const verdict = judge(base, left, { mode, restored, files });
      if (verdict.status === 'passed') return 'n/a';
      const named = (verdict.status === 'unconfirmed') === verdict.unconfirmedFiles.length > 0;
      return verdict.reasons.length > 0 && verdict.feedback.length > 0 && named;
    });
    expect(cases).toBeGreaterThan(500);
  });

  it('is unconfirmed for some runs, so that the rules above are about something', () => {
    const cases = casesOf(({ mode, base, left, restored }) =>
      judge(base, left, { mode, restored, files }).status === 'unconfirmed' ? true : 'n/a',
    );
    expect(cases).toBeGreaterThan(50);
  });
});
