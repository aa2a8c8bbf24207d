import * as vscode from 'vscode';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Redactor } from '../base/redact.ts';
import { createStructuredLogger } from '../base/structured-logger.ts';
import { formatChannelLine } from './log-line.ts';

/** Structured lines in the output channel, whose level the user sets in VS Code. */
export function createChannelLogger(channel: vscode.LogOutputChannel, redactor: Redactor): Logger {
  const write = {
    DEBUG: (line: string) => channel.debug(line),
    INFO: (line: string) => channel.info(line),
    WARNING: (line: string) => channel.warn(line),
    ERROR: (line: string) => channel.error(line),
  };
  return createStructuredLogger({
    sinks: [{ write: (record) => write[record.level](formatChannelLine(record)) }],
    redactor,
    clock: systemClock,
    level: 'DEBUG',
  });
}

export const createLogChannel = () => vscode.window.createOutputChannel('CFN Loop', { log: true });
