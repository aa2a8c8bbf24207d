import type { HealthSummary } from '../health/health-summary.ts';
import type { MetricFamily } from './families.ts';

/** What no journal tells: how store and index are at this moment. */
export function liveMetrics(summary: HealthSummary): readonly MetricFamily[] {
  const gauge = (name: string, help: string, value: number | null): MetricFamily => ({
    type: 'gauge',
    name,
    help,
    samples: value === null ? [] : [{ labels: {}, value }],
  });
  return [
    gauge(
      'cfn_store_up',
      'Whether the coordination store answers; it runs only while it is used.',
      summary.store === 'answers' ? 1 : 0,
    ),
    gauge(
      'cfn_store_ping_seconds',
      'Median of several pings.',
      summary.latencyMs === null ? null : summary.latencyMs / 1000,
    ),
    gauge('cfn_index_up', 'Whether the index file exists.', summary.indexExists ? 1 : 0),
    gauge(
      'cfn_degraded',
      'Whether something is missing that a loop needs.',
      summary.state === 'degraded' ? 1 : 0,
    ),
  ];
}
