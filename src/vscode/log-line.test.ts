import { expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { createRedactor } from '../base/redact.ts';
import { createStructuredLogger } from '../base/structured-logger.ts';
import { formatChannelLine } from './log-line.ts';

it('[DP-120] [X-19] a line of the output channel holds the fields of the seeds, and no secret', () => {
  const lines: string[] = [];
  const redactor = createRedactor({ sha256: () => 'abcdef0123', base64: () => '' });
  redactor.add('hunter2-hunter2');
  const logger = createStructuredLogger({
    sinks: [{ write: (record) => void lines.push(formatChannelLine(record)) }],
    redactor,
    clock: { ...systemClock, now: () => 1_731_752_400_123 },
  });
  logger.with({ taskId: 'task-001' }).info('Started with hunter2-hunter2', { agentId: 'backend-1', pid: 7 });
  const [message, json = ''] = lines[0]?.split(/ (?=\{)/) ?? [];
  expect(message).toBe('Started with [secret sha256:abcdef01]');
  expect(JSON.parse(json)).toEqual({
    timestamp: '2024-11-16T10:20:00Z',
    level: 'INFO',
    task_id: 'task-001',
    agent_id: 'backend-1',
    message: 'Started with [secret sha256:abcdef01]',
    pid: 7,
  });
});
