import { describe, expect, it } from 'vitest';
import type { ComplianceReport } from '../app/compliance/compliance.ts';
import { toReport, type HealthCheck } from '../app/health/health-report.ts';
import type { Monitoring } from '../app/monitoring.ts';
import { ok } from '../base/result.ts';
import { dispatch } from './dispatch.ts';
import { createTestLoop } from './test-loop.ts';
import { createTestWorld } from './test-service.ts';

const start = (argv: readonly string[], monitoring: Partial<Monitoring> = {}) => {
  const world = createTestWorld({ monitoring, loops: [createTestLoop('t1')] });
  return { ...world, exit: dispatch(argv, '1.2.3', world.context) };
};
const check = (change: Partial<HealthCheck>): HealthCheck => ({
  id: 'node',
  title: 'Node',
  meaning: 'Runs cfn.',
  state: 'ok',
  detail: '24.0.0',
  advice: [],
  fix: null,
  ...change,
});
const broken = check({
  id: 'store',
  title: 'Coordination store',
  state: 'error',
  detail: '[ERROR] Redis not responding: no answer\u001b[2J',
  advice: ['Look at store.log.'],
  fix: 'start-store',
});
const examine = (...checks: readonly HealthCheck[]) => ({ examine: () => Promise.resolve(toReport(checks)) });

describe('cfn doctor', () => {
  it('[SI-123] exits with 0 without an error and with 1 for any number of them, which it says', async () => {
    const well = start(['doctor'], examine(check({})));
    expect(await well.exit).toBe(0);
    expect(well.output.stdout).toBe('OK       Node  24.0.0\n\n0 errors, 0 warnings.\n');
    const ill = start(['doctor'], examine(broken, broken));
    expect(await ill.exit).toBe(1);
    expect(ill.output.stdout).toContain('\n2 errors, 0 warnings.\n');
    expect(ill.output.stdout).toContain('→ Look at store.log.\n');
    expect(ill.output.stdout).toContain('→ cfn doctor --fix: Start the coordination store\n');
    expect(ill.output.stdout).not.toContain('\u001b');
  });

  it('[SI-123] writes one object with --json, and the words of the seeds to standard error', async () => {
    const { exit, output } = start(['doctor', '--json'], examine(check({}), broken));
    expect(await exit).toBe(1);
    expect(output.stderr).toBe('[ERROR] Redis not responding\n');
    const report = JSON.parse(output.stdout) as Record<string, unknown>;
    expect(Object.keys(report)).toEqual(['errors', 'warnings', 'checks', 'health', 'fixes']);
    expect(report).toMatchObject({ errors: 1, warnings: 0, health: { healthy: true }, fixes: [] });
  });

  it('names each fix before it is done, does it once and looks again', async () => {
    let fixed = false;
    const order: string[] = [];
    const { exit, output } = start(['doctor', '--fix'], {
      examine: () => Promise.resolve(toReport(fixed ? [check({})] : [broken, broken])),
      fix: (id) => {
        order.push(`${id} after ${JSON.stringify(output.stdout)}`);
        fixed = true;
        return Promise.resolve(ok('It answers on port 4000.'));
      },
    });
    expect(await exit).toBe(0);
    expect(order).toEqual(['start-store after "Start the coordination store …\\n"']);
    expect(output.stdout).toContain('  done: It answers on port 4000.\nOK       Node  24.0.0\n');
    const nothing = start(['doctor', '--fix'], examine(check({})));
    expect(await nothing.exit).toBe(0);
    expect(nothing.output.stdout).toContain('There is nothing that can be fixed from here.\n');
  });

  it('[DP-150] prints the boxes of a loop by group', async () => {
    const report: ComplianceReport = {
      taskId: 't1',
      met: 1,
      notMet: 0,
      notApplicable: 0,
      boxes: [
        {
          id: 'DP-150',
          group: 'Security',
          box: 'Validate all inputs',
          how: 'By schemas.',
          state: 'met',
          proof: '5 fit.',
        },
      ],
    };
    const asked: string[] = [];
    const compliance: Monitoring['compliance'] = (taskId) => {
      asked.push(taskId);
      return Promise.resolve(ok(report));
    };
    const text = start(['doctor', '--compliance', 't1'], { compliance });
    expect(await text.exit).toBe(0);
    expect(text.output.stdout).toContain('t1: 1 met, 0 not met, 0 not applicable.\n');
    expect(text.output.stdout).toMatch(/Security\n {2}met {13}DP-150 {2}Validate all inputs\n {26}5 fit\.\n/);
    const json = start(['doctor', '--compliance', 't1', '--json'], { compliance });
    expect(await json.exit).toBe(0);
    expect(JSON.parse(json.output.stdout)).toEqual(report);
    expect(asked).toEqual(['t1', 't1']);
  });

  it('[SI-127] shows keys of a pattern and the end of the log', async () => {
    const patterns: string[] = [];
    const keys: Monitoring['keys'] = (pattern) => {
      patterns.push(pattern);
      return Promise.resolve(
        ok([
          { name: 'coord:t1:decision', type: 'list', ttlSeconds: 60 },
          { name: 'mine', type: 'string', ttlSeconds: null },
        ]),
      );
    };
    const all = start(['doctor', '--keys'], { keys });
    expect(await all.exit).toBe(0);
    expect(all.output.stdout).toBe('list   60 s   coord:t1:decision\nstring no end mine\n');
    expect(await start(['doctor', '--keys', 'swarm:*'], { keys }).exit).toBe(0);
    expect(patterns).toEqual(['coord:*', 'swarm:*']);
    const lines: number[] = [];
    const logTail: Monitoring['logTail'] = (count) => {
      lines.push(count);
      return Promise.resolve(['{"level":"INFO"}']);
    };
    const log = start(['doctor', '--log', '5'], { logTail });
    expect(await log.exit).toBe(0);
    expect(log.output.stdout).toBe('{"level":"INFO"}\n');
    expect(lines).toEqual([5]);
  });

  it.each([
    [['--log', '0'], /^--log is "0"; it takes a whole number from 1 to 1000\.$/m],
    [['--compliance', '../x'], /^--compliance is "\.\.\/x"; it takes /],
    [['--fix', '--keys'], /^cfn doctor takes one of /],
    [['--repo', '/nonexistent'], /^--repo is /],
  ])('refuses %j in one sentence', async (argv, sentence) => {
    const { exit, output } = start(['doctor', ...argv]);
    expect(await exit).toBe(2);
    expect(output.stderr).toMatch(sentence);
  });
});

it('[DP-123] cfn status says when something is missing that a loop needs', async () => {
  const message = 'Degraded: the coordination store does not answer. Loops go on; cfn doctor says more.';
  const { exit, output } = start(['status'], {
    summary: () =>
      Promise.resolve({
        store: 'silent',
        latencyMs: null,
        indexExists: true,
        healthy: false,
        state: 'degraded',
        message,
      }),
  });
  expect(await exit).toBe(0);
  expect(output.stderr).toBe(`${message}\n`);
  expect(output.stdout).toContain('t1  it 1/10');
});

it('[DP-122] cfn metrics prints the text and nothing else', async () => {
  const text = '# TYPE cfn_loop_duration_seconds histogram\n';
  const { exit, output } = start(['metrics'], { metrics: () => Promise.resolve(ok(text)) });
  expect(await exit).toBe(0);
  expect(output).toEqual({ stdout: text, stderr: '' });
});
