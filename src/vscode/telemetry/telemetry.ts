import * as vscode from 'vscode';
import { loadOnce } from '../../base/load-once.ts';
import type { TelemetryData, TelemetryEvent } from './events.ts';
import type { TelemetryLog } from './telemetry-log.ts';

export interface Telemetry extends vscode.Disposable {
  /** Does nothing unless the person has switched it on, here and in the editor. */
  send<E extends TelemetryEvent>(event: E, data: TelemetryData<E>): void;
}

/**
 * Events go to the editor's own telemetry logger, which obeys `telemetry.telemetryLevel`. There is no server of ours:
 * the sender writes what would be sent into a log channel, where a person can read it.
 */
export function createTelemetry(): Telemetry {
  const load = async () => (await import('./telemetry-log.ts')).openTelemetryLog();
  let log = loadOnce<TelemetryLog>(load);
  const close = () => {
    log.ifLoaded((opened) => opened.dispose());
    log = loadOnce(load);
  };
  const configured = vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration('cfn.telemetry') && !isEnabled()) close();
  });
  return {
    send: (event, data) => {
      if (isEnabled()) void log.get().then((opened) => opened.send(event, data));
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
