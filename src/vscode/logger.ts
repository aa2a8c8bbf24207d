import * as vscode from 'vscode';
import type { LogFields, Logger } from '../base/logger.ts';

/** Structured lines in the output channel, whose level the user sets in VS Code. */
export function createChannelLogger(channel: vscode.LogOutputChannel, fields: LogFields = {}): Logger {
  const line = (message: string, more?: LogFields) => {
    const all = { ...fields, ...more };
    return Object.keys(all).length === 0 ? message : `${message} ${JSON.stringify(all)}`;
  };
  return {
    debug: (message, more) => channel.debug(line(message, more)),
    info: (message, more) => channel.info(line(message, more)),
    warn: (message, more) => channel.warn(line(message, more)),
    error: (message, more) => channel.error(line(message, more)),
    with: (more) => createChannelLogger(channel, { ...fields, ...more }),
  };
}

export const createLogChannel = () => vscode.window.createOutputChannel('CFN Loop', { log: true });
