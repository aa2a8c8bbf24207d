import { describe, expect, it } from 'vitest';
import type { CheckResult, CommandReport } from '../evidence.ts';
import { judgeStack, strictest } from './stack-verdict.ts';

type Checks = Readonly<Record<string, CheckResult['outcome']>>;

const tests = (checks: Checks, over: Partial<CommandReport> = {}): CommandReport => ({
  command: 'npm test',
  status: 'ended',
  exitCode: Object.values(checks).includes('failed') ? 1 : 0,
  detailed: true,
  checks: Object.entries(checks).map(([id, outcome]) => ({ id, outcome })),
  tail: 'the end of the output',
  durationMs: 1,
  ...over,
});
const ending = (exitCode: number) =>
  tests({ 'exit code': exitCode === 0 ? 'passed' : 'failed' }, { detailed: false, exitCode });
const unable = tests({}, { status: 'unavailable', detailed: false, exitCode: null });
const late = tests({}, { status: 'timeout', detailed: false, exitCode: null });

const GREEN: Checks = { a: 'passed', b: 'passed' };
const RED: Checks = { a: 'passed', b: 'failed' };

describe('a stack against its branch', () => {
  it.each([
    ['all that passed passes', tests(GREEN), tests({ ...GREEN, c: 'passed' })],
    ['what fails is what failed on the branch', tests(RED), tests({ ...RED, c: 'passed' })],
    ['a command failed before too', ending(1), ending(1)],
    ['a command fails no more', ending(1), ending(0)],
    ['a new command passes', unable, tests(GREEN)],
    ['nothing could run on either', unable, unable],
    ['the coverage was too low before too', tests(GREEN, { exitCode: 1 }), tests(GREEN, { exitCode: 1 })],
    [
      'a file that could not be loaded is loaded',
      tests({ 'a.test': 'failed' }),
      tests({ 'a.test > x': 'passed', 'a.test > y': 'failed' }),
    ],
  ])('is green where %s', (_name, base, report) => {
    expect(judgeStack('enterprise', [{ base, report }])).toMatchObject({ status: 'green', checks: [] });
  });

  it.each([
    ['a check fails now', tests(GREEN), tests(RED), 'the check "b" fails'],
    ['a check is gone', tests(GREEN), tests({ a: 'passed' }), 'the check "b" passed at the base and is gone'],
    ['a new check fails', tests(GREEN), tests({ ...GREEN, c: 'failed' }), 'the check "c" fails'],
    ['a new check fails on a red branch', tests(RED), tests({ ...RED, c: 'failed' }), 'the check "c" fails'],
    ['a command fails now', ending(0), ending(1), 'the end of the output'],
    ['a command does not end now', ending(0), late, 'did not end within its time limit'],
    ['a new command fails', unable, ending(1), 'the end of the output'],
    ['the coverage is too low now', tests(GREEN), tests(GREEN, { exitCode: 1 }), 'reports no failing check'],
  ])('is red where %s, and says which check', (_name, base, report, said) => {
    const verdict = judgeStack('mvp', [{ base, report }]);
    expect(verdict.status).toBe('red');
    expect(verdict.checks.join('\n')).toContain(said);
  });

  it('names of a red branch only the checks that are new', () => {
    const verdict = judgeStack('mvp', [{ base: tests(RED), report: tests({ ...RED, c: 'failed' }) }]);
    expect(verdict.checks.join('\n')).not.toContain('"b"');
  });

  it('proves nothing where no command ran a check', () => {
    expect(judgeStack('mvp', [{ base: unable, report: unable }]).proved).toBe(false);
    expect(judgeStack('mvp', []).proved).toBe(false);
    expect(judgeStack('mvp', [{ base: unable, report: tests(GREEN) }]).proved).toBe(true);
  });

  it('takes the strictest mode of the loops', () => {
    expect(strictest(['standard', 'mvp'])).toBe('standard');
    expect(strictest(['mvp', 'enterprise', 'standard'])).toBe('enterprise');
    const half = { base: unable, report: tests({ a: 'passed', b: 'passed', c: 'passed', d: 'failed' }) };
    expect(judgeStack('mvp', [half]).status).toBe('green');
    expect(judgeStack('standard', [half]).status).toBe('red');
  });
});
