import * as vscode from 'vscode';
import { TELEMETRY_EVENTS, type TelemetryData, type TelemetryEvent } from './events.ts';

export interface TelemetryLog extends vscode.Disposable {
  send<E extends TelemetryEvent>(event: E, data: TelemetryData<E>): void;
}

/** The schema holds at run time, too: what a type let through by a cast is not told. */
export function openTelemetryLog(): TelemetryLog {
  const channel = vscode.window.createOutputChannel('CFN Telemetry', { log: true });
  const sender: vscode.TelemetrySender = {
    sendEventData: (event, data) => channel.info(`${event} ${JSON.stringify(data ?? {})}`),
    // Errors carry paths and texts, so they are never told.
    sendErrorData: () => undefined,
  };
  const logger = vscode.env.createTelemetryLogger(sender, {
    ignoreBuiltInCommonProperties: true,
    ignoreUnhandledErrors: true,
  });
  return {
    send: (event, data) => {
      if (TELEMETRY_EVENTS[event].safeParse(data).success) logger.logUsage(event, data);
    },
    dispose: () => {
      logger.dispose();
      channel.dispose();
    },
  };
}
