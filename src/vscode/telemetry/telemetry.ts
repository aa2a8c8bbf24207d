import * as vscode from 'vscode';
import { TELEMETRY_EVENTS, type TelemetryData, type TelemetryEvent } from './events.ts';

export interface Telemetry extends vscode.Disposable {
  /** Does nothing unless the person has switched it on, here and in the editor. */
  send<E extends TelemetryEvent>(event: E, data: TelemetryData<E>): void;
}

/**
 * Events go to the editor's own telemetry logger, which obeys `telemetry.telemetryLevel`. There is no server of ours:
 * the sender writes what would be sent into a log channel, where a person can read it.
 */
export function createTelemetry(): Telemetry {
  let open: { readonly logger: vscode.TelemetryLogger; readonly channel: vscode.LogOutputChannel } | null =
    null;
  const close = () => {
    open?.logger.dispose();
    open?.channel.dispose();
    open = null;
  };
  const configured = vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration('cfn.telemetry') && !isEnabled()) close();
  });
  return {
    send: (event, data) => {
      // The schema holds at run time, too: what a type let through by a cast is not told.
      if (!isEnabled() || !TELEMETRY_EVENTS[event].safeParse(data).success) return;
      open ??= openLogger();
      open.logger.logUsage(event, data);
    },
    dispose: () => {
      configured.dispose();
      close();
    },
  };
}

/** A user's own setting: no repository can switch it on. */
const isEnabled = (): boolean =>
  vscode.workspace.getConfiguration('cfn').get<boolean>('telemetry.enabled', false);

function openLogger() {
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
  return { logger, channel };
}
