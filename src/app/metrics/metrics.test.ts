import { describe, expect, it } from 'vitest';
import type { Logger } from '../../base/logger.ts';
import { silentLogger } from '../../base/logger.ts';
import { err, ok } from '../../base/result.ts';
import { implementer, passing, startedLoop, type Answers } from '../../domain/loop/test-loop.ts';
import { createDurationPush } from './duration-push.ts';
import { exposition } from './exposition.ts';
import type { MetricFamily } from './families.ts';
import { loopMetrics } from './loop-metrics.ts';

const events = (agent: Answers['agent'], change: Parameters<typeof startedLoop>[0] = {}) => {
  const loop = startedLoop(change);
  loop.run({ agent });
  return loop.events;
};
const text = (...loops: Parameters<typeof loopMetrics>[0]) => exposition(loopMetrics(loops));
const lines = (all: string, name: string) =>
  all.split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'));

describe('the metrics of loops', () => {
  it('[DP-122] have the duration under the name of the seeds, as a histogram', () => {
    const loop = events(passing);
    const all = text(loop, loop);
    const seconds = ((loop.at(-1)?.at ?? 0) - (loop[0]?.at ?? 0)) / 1000;
    expect(all).toContain('# TYPE cfn_loop_duration_seconds histogram\n');
    const series = lines(all, 'cfn_loop_duration_seconds');
    expect(series[0]).toBe('cfn_loop_duration_seconds_bucket{mode="standard",outcome="PROCEED",le="10"} 2');
    expect(series.slice(-3)).toEqual([
      'cfn_loop_duration_seconds_bucket{mode="standard",outcome="PROCEED",le="+Inf"} 2',
      `cfn_loop_duration_seconds_sum{mode="standard",outcome="PROCEED"} ${seconds * 2}`,
      'cfn_loop_duration_seconds_count{mode="standard",outcome="PROCEED"} 2',
    ]);
  });

  it('count loops, attempts, tokens, cost, gates, consensus, decisions and events', () => {
    const usage = { input: 100, cachedInput: 40, output: 7 };
    const all = text(
      events((id, role, i, a) => ({
        ...passing(id, role, i, a),
        usage,
        costUsd: role === 'validator' ? null : 0.25,
      })),
    );
    expect(lines(all, 'cfn_loops_total')).toEqual(['cfn_loops_total{mode="standard",outcome="PROCEED"} 1']);
    expect(lines(all, 'cfn_agent_attempts_total')).toEqual([
      'cfn_agent_attempts_total{preset="demo",role="implementer",ending="completed"} 1',
      'cfn_agent_attempts_total{preset="demo",role="validator",ending="completed"} 3',
      'cfn_agent_attempts_total{preset="demo",role="product-owner",ending="completed"} 1',
    ]);
    expect(lines(all, 'cfn_agent_tokens_total')).toEqual([
      'cfn_agent_tokens_total{preset="demo",kind="input"} 500',
      'cfn_agent_tokens_total{preset="demo",kind="cached_input"} 200',
      'cfn_agent_tokens_total{preset="demo",kind="output"} 35',
    ]);
    expect(lines(all, 'cfn_agent_cost')).toEqual([
      'cfn_agent_cost_usd_total{preset="demo"} 0.5',
      'cfn_agent_cost_unknown_total{preset="demo"} 3',
    ]);
    expect(lines(all, 'cfn_gate_checks_total')).toEqual([
      'cfn_gate_checks_total{mode="standard",result="passed"} 1',
    ]);
    expect(lines(all, 'cfn_consensus_checks_total')).toEqual([
      'cfn_consensus_checks_total{mode="standard",result="passed"} 1',
    ]);
    expect(lines(all, 'cfn_decisions_total')).toEqual([
      'cfn_decisions_total{decision="PROCEED",by="agent",defaulted="false"} 1',
    ]);
    expect(lines(all, 'cfn_agent_attempt_seconds_count{preset="demo",role="validator"}')).toEqual([
      'cfn_agent_attempt_seconds_count{preset="demo",role="validator"} 3',
    ]);
    expect(all).toContain('cfn_journal_events_total{type="AgentExited"} 5\n');
  });

  it('tell a wait for a person, while it lasts and when it is over', () => {
    const loop = startedLoop({ decidedBy: 'person' });
    loop.run({ agent: passing });
    expect(lines(text(loop.events), 'cfn_loops_unfinished')).toEqual([
      'cfn_loops_unfinished{state="waiting"} 1',
    ]);
    expect(lines(text(loop.events), 'cfn_wait_seconds_count')).toEqual([]);
    loop.send({ kind: 'decide', decision: 'PROCEED', reason: '', feedback: [], confirm: [] });
    loop.run({ agent: passing });
    const all = text(loop.events);
    expect(lines(all, 'cfn_waits_total')).toEqual(['cfn_waits_total{for="decision"} 1']);
    expect(lines(all, 'cfn_wait_seconds_count')).toEqual(['cfn_wait_seconds_count{for="decision"} 1']);
    expect(lines(all, 'cfn_loops_unfinished')).toEqual([]);
    expect(all).toContain('cfn_decisions_total{decision="PROCEED",by="person",defaulted="false"} 1\n');
  });

  it('never name a task or an agent, so that their number is bounded', () => {
    const all = text(events((id, role, i, a) => (i < 3 ? { ending: 'failed' } : passing(id, role, i, a))));
    expect(all).not.toMatch(/task-001|implementer-1|validator-1/);
    expect(all).toContain('ending="failed"');
  });

  it('are the same after a restart, since they are made from the journals alone', () => {
    const loop = events(() => implementer(0.2), { maxIterations: 2 });
    expect(text(JSON.parse(JSON.stringify(loop)) as typeof loop)).toBe(text(loop));
  });

  it('are well-formed, line by line', () => {
    const sample =
      /^[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="(\\["\\n]|[^"\\\n])*")(,[a-zA-Z_]\w*="(\\["\\n]|[^"\\\n])*")*\})? [-+]?(\d+(\.\d+)?(e[-+]?\d+)?|Inf|NaN)$/;
    const all = text(events(passing));
    expect(all.endsWith('\n')).toBe(true);
    for (const line of all.trimEnd().split('\n')) {
      expect(line).toMatch(line.startsWith('#') ? /^# (HELP|TYPE) [a-z_]+ .+$/ : sample);
    }
    const typed = Array.from(all.matchAll(/^# TYPE (\S+)/gm), (match) => match[1]);
    expect(new Set(typed).size).toBe(typed.length);
  });
});

it('the text format escapes labels and help', () => {
  const family: MetricFamily = {
    type: 'counter',
    name: 'a_total',
    help: 'a\\b\nc',
    samples: [{ labels: { path: 'C:\\x "y"\n' }, value: Number.POSITIVE_INFINITY }],
  };
  expect(exposition([family])).toBe(
    '# HELP a_total a\\\\b\\nc\n# TYPE a_total counter\na_total{path="C:\\\\x \\"y\\"\\n"} +Inf\n',
  );
});

describe('the push of a duration', () => {
  const pushes = (
    url: string | null,
    answer = ok<void>(undefined) as ReturnType<typeof ok<void>> | ReturnType<typeof err<string>>,
  ) => {
    const requests: unknown[] = [];
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
    const push = createDurationPush({
      url: () => url,
      push: (request) => {
        requests.push(request);
        return Promise.resolve(answer);
      },
      logger,
    });
    return { push, requests, warnings };
  };

  it('[DP-121] [X-20] sends the metric of the seeds to their job, only where a gateway was named', async () => {
    const { push, requests } = pushes('http://127.0.0.1:9091');
    await push({ taskId: 't', durationMs: 6341 });
    expect(requests).toEqual([
      {
        url: 'http://127.0.0.1:9091',
        job: 'cfn_loop',
        body: expect.stringMatching(
          /^# HELP .*\n# TYPE cfn_loop_duration_seconds gauge\ncfn_loop_duration_seconds 6\.341\n$/,
        ) as string,
      },
    ]);
    for (const none of [null, '', ' ']) {
      const off = pushes(none);
      await off.push({ taskId: 't', durationMs: 1 });
      expect(off.requests).toEqual([]);
    }
  });

  it('[DP-121] logs a failure and goes on', async () => {
    const { push, warnings } = pushes('http://127.0.0.1:9091', err('the Pushgateway answered 503: busy'));
    await push({ taskId: 't', durationMs: 1 });
    expect(warnings).toEqual([
      'The duration of the loop could not be pushed: the Pushgateway answered 503: busy.',
    ]);
  });
});
