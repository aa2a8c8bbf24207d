import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { correlationKey } from '../../domain/correlation.ts';
import { createStructuredLogger, formatLogText, type LogRecord } from '../../base/structured-logger.ts';
import { createFileSink } from './file-sink.ts';
import { createNodeRedactor } from './redactor.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-log-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clock = { ...systemClock, now: () => 1_731_752_400_123 };
const record: LogRecord = { timestamp: '2024-11-16T10:20:00Z', level: 'INFO', message: 'x'.repeat(80) };
const linesOf = async (name: string) =>
  (await readFile(join(folder, name), 'utf8'))
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

describe('the log', () => {
  it('[DP-120] has a line of JSON with the fields of the seeds', async () => {
    const sink = createFileSink({ folder, name: 'cfn' });
    const logger = createStructuredLogger({ sinks: [sink], redactor: createNodeRedactor(), clock });
    logger.with({ taskId: 'task-001', agentId: 'backend-1' }).info('Agent started', { pid: 7 });
    logger.debug('not important');
    logger.warn('alone');
    await sink.flush();
    expect(await linesOf('cfn.log')).toEqual([
      {
        timestamp: '2024-11-16T10:20:00Z',
        level: 'INFO',
        task_id: 'task-001',
        agent_id: 'backend-1',
        message: 'Agent started',
        pid: 7,
      },
      { timestamp: '2024-11-16T10:20:00Z', level: 'WARNING', message: 'alone' },
    ]);
  });

  it('[DP-081] [DP-011] [DP-012] carries the correlation key in the text that people read', () => {
    const texts: string[] = [];
    const sink = { write: (line: LogRecord) => void texts.push(formatLogText(line)) };
    const logger = createStructuredLogger({ sinks: [sink], redactor: createNodeRedactor(), clock });
    const correlation = correlationKey('query-agents-v2', 3, 1_731_752_400_000);
    logger.info('Starting operation', { correlation });
    logger.error('Alone');
    expect(texts).toEqual([
      '[INFO] query-agents-v2:iter-3:1731752400000: Starting operation',
      '[ERROR] Alone',
    ]);
  });

  it('[X-19] holds no secret in any field', async () => {
    const sink = createFileSink({ folder, name: 'cfn' });
    const redactor = createNodeRedactor(['sesame-open-1']);
    const logger = createStructuredLogger({ sinks: [sink], redactor, clock });
    logger.info('sesame-open-1', {
      taskId: 'sesame-open-1',
      error: new Error('sesame-open-1'),
      list: ['sesame-open-1'],
    });
    await sink.flush();
    const text = await readFile(join(folder, 'cfn.log'), 'utf8');
    expect(text).not.toContain('sesame');
    expect(text).toContain('[secret sha256:');
  });

  it('is put aside when it is large, and only so many are kept', async () => {
    const sink = createFileSink({ folder, name: 'cfn', maxBytes: 1000, keep: 2 });
    for (let n = 0; n < 60; n += 1) {
      sink.write(record);
      await sink.flush();
    }
    expect((await readdir(folder)).sort()).toEqual(['cfn.1.log', 'cfn.2.log', 'cfn.log']);
    const sizes = await Promise.all(
      (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
    );
    expect(Math.max(...sizes)).toBeLessThan(1200);
  });

  it('says how many lines it could not write, once it can again', async () => {
    const blocked = join(folder, 'logs');
    await writeFile(blocked, 'in the way');
    const sink = createFileSink({ folder: blocked, name: 'cfn' });
    sink.write(record);
    sink.write(record);
    await sink.flush();
    await rm(blocked);
    sink.write(record);
    await sink.flush();
    const lines = await linesOf('logs/cfn.log');
    expect(lines).toEqual([{ level: 'WARNING', message: '2 lines are missing here' }, record]);
  });
});
