import type { Clock } from './clock.ts';
import type { LogFields, Logger, LogLevel } from './logger.ts';
import type { Redactor } from './redact.ts';

/** One line of a log, redacted, with the names that the seeds give its fields. */
export interface LogRecord {
  /** `%Y-%m-%dT%H:%M:%SZ`, UTC. */
  readonly timestamp: string;
  readonly level: LogLevel;
  readonly task_id?: string;
  readonly agent_id?: string;
  readonly correlation?: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface LogSink {
  /** Never throws and never waits. */
  write(record: LogRecord): void;
}

const LEVELS: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARNING', 'ERROR'];

export interface StructuredLoggerOptions {
  readonly sinks: readonly LogSink[];
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** Less important lines are dropped; `INFO` by default. */
  readonly level?: LogLevel;
}

export function createStructuredLogger(options: StructuredLoggerOptions, base: LogFields = {}): Logger {
  const lowest = LEVELS.indexOf(options.level ?? 'INFO');
  const write = (level: LogLevel, message: string, fields: LogFields = {}): void => {
    if (LEVELS.indexOf(level) < lowest) return;
    const record = logRecord(options, { level, message, fields: { ...base, ...fields } });
    for (const sink of options.sinks) sink.write(record);
  };
  return {
    debug: (message, fields) => write('DEBUG', message, fields),
    info: (message, fields) => write('INFO', message, fields),
    warn: (message, fields) => write('WARNING', message, fields),
    error: (message, fields) => write('ERROR', message, fields),
    with: (fields) => createStructuredLogger(options, { ...base, ...fields }),
  };
}

function logRecord(
  options: StructuredLoggerOptions,
  line: { readonly level: LogLevel; readonly message: string; readonly fields: LogFields },
): LogRecord {
  const { taskId, agentId, correlation, ...others } = line.fields;
  const { redact, redactData } = options.redactor;
  return {
    ...Object.fromEntries(Object.entries(others).map(([name, value]) => [name, redactData(value)])),
    timestamp: `${new Date(options.clock.now()).toISOString().slice(0, 19)}Z`,
    level: line.level,
    ...(taskId === undefined ? {} : { task_id: redact(taskId) }),
    ...(agentId === undefined ? {} : { agent_id: redact(agentId) }),
    ...(correlation === undefined ? {} : { correlation: redact(correlation) }),
    message: redact(line.message),
  };
}

/** For people: `[INFO] run-agent:iter-3:1731752400000: Starting operation`. */
export function formatLogText(record: LogRecord): string {
  const key = record.correlation ?? record.task_id;
  return `[${record.level}] ${key === undefined ? '' : `${key}: `}${record.message}`;
}
