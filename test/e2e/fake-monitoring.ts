/** What a doctor might find, for looking at its report without a broken machine. */
import type { HealthCheck, HealthReport } from '../../src/app/health/health-report.ts';
import { toReport } from '../../src/app/health/health-report.ts';
import type { Monitoring } from '../../src/app/monitoring.ts';
import { BOXES, type ComplianceReport } from '../../src/app/compliance/compliance.ts';
import { ok } from '../../src/base/result.ts';

const check = (change: Partial<HealthCheck> & Pick<HealthCheck, 'id' | 'title' | 'detail'>): HealthCheck => ({
  meaning: '',
  state: 'ok',
  advice: [],
  fix: null,
  ...change,
});

const BROKEN = check({
  id: 'index',
  title: 'Index',
  meaning: 'The SQLite file for queries, asked for SELECT 1; made from the journals.',
  state: 'error',
  detail: '[ERROR] Database not accessible: file is not a database <b>&',
  advice: ['Nothing is lost: it is made again from the journals.'],
  fix: 'rebuild-index',
});

const OTHERS: readonly HealthCheck[] = [
  check({ id: 'node', title: 'Node', detail: '24.21.0' }),
  check({ id: 'git', title: 'git', detail: '2.39.5' }),
  check({
    id: 'service-orchestrator',
    title: 'Service orchestrator',
    meaning: 'The process that writes the journal of each unfinished loop.',
    state: 'error',
    detail: '[ERROR] Service orchestrator not running: the process of fix-login was killed',
    advice: ['cfn resume fix-login'],
  }),
  check({
    id: 'agents',
    title: 'Agents',
    meaning: 'The agent CLIs that a crew can be made of.',
    state: 'warning',
    detail: 'No agent CLI was found (claude, codex); the scripted preset demo works without',
    advice: ['Install an agent CLI, or give a program of yours: --implementer "exec:./my-agent".'],
  }),
  check({ id: 'docker', title: 'Docker', state: 'skipped', detail: 'not used' }),
  check({ id: 'disk', title: 'Disk', detail: 'state 195 kB, worktrees 2.1 GB, 81.0 GB free' }),
  check({
    id: 'store',
    title: 'Coordination store',
    detail: 'PONG in 0.167 ms on port 43571, 3 connections, 51 keys',
  }),
  check({ id: 'service-postgres', title: 'Service postgres', state: 'skipped', detail: 'not used' }),
  check({
    id: 'leases',
    title: 'Port leases',
    detail: '3 branches with ports, 2 of ended loops',
    fix: 'release-leases',
  }),
];

/** The real boxes with played judgements. */
const playedCompliance = (taskId: string): ComplianceReport => ({
  taskId,
  met: BOXES.length - 1,
  notMet: 1,
  notApplicable: 0,
  boxes: BOXES.map(({ id, group, box, how }, index) => ({
    id,
    group,
    box,
    how,
    state: index === 3 ? ('not met' as const) : ('met' as const),
    proof: `${index + 1} of 20 <measured>.`,
  })),
});

/** A machine with a damaged index, until it is rebuilt. */
export function createFakeMonitoring(record: (call: unknown) => void): Monitoring {
  let rebuilt = false;
  const report = (): HealthReport =>
    toReport([
      ...(rebuilt ? [{ ...BROKEN, state: 'ok' as const, detail: 'SELECT 1 answered', fix: null }] : [BROKEN]),
      ...OTHERS,
    ]);
  return {
    examine: () => Promise.resolve(report()),
    summary: () =>
      Promise.resolve({
        store: 'answers',
        latencyMs: 0.167,
        indexExists: true,
        healthy: true,
        state: 'healthy',
        message: 'The coordination store answers and the index is there.',
      }),
    fix: (id) => {
      record(['fix', id]);
      rebuilt = true;
      return Promise.resolve(ok('It holds 41 events of 1 loop.'));
    },
    metrics: () => Promise.resolve(ok('')),
    query: () => Promise.resolve(ok([])),
    compliance: (taskId) => Promise.resolve(ok(playedCompliance(taskId))),
    keys: () => Promise.resolve(ok([])),
    logTail: () => Promise.resolve([]),
  };
}
