export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';

/** Fields of a structured log line (DP-120); `timestamp` and `level` are added by the sink. */
export interface LogFields {
  readonly taskId?: string;
  readonly agentId?: string;
  readonly correlation?: string;
  readonly [key: string]: unknown;
}

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger;
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
};

/** Writes every line to all of them. */
export function teeLogger(...loggers: readonly Logger[]): Logger {
  return {
    debug: (message, fields) => loggers.forEach((logger) => logger.debug(message, fields)),
    info: (message, fields) => loggers.forEach((logger) => logger.info(message, fields)),
    warn: (message, fields) => loggers.forEach((logger) => logger.warn(message, fields)),
    error: (message, fields) => loggers.forEach((logger) => logger.error(message, fields)),
    with: (fields) => teeLogger(...loggers.map((logger) => logger.with(fields))),
  };
}
