import * as vscode from 'vscode';
import type { AgentCareSettings } from '../app/core.ts';

const SECOND_MS = 1000;

/** What the settings say about agents that seem stuck; numbers out of range count as the nearest that is allowed. */
export function agentCare(): AgentCareSettings {
  const settings = vscode.workspace.getConfiguration('cfn.agents');
  const restartAfter = settings.get<number | null>('restartAfter', 600);
  return {
    stuckAfterMs: Math.max(30, settings.get<number>('stuckAfter', 120)) * SECOND_MS,
    nudges: Math.min(10, Math.max(0, settings.get<number>('nudges', 2))),
    restartAfterMs: restartAfter === null ? null : Math.max(60, restartAfter) * SECOND_MS,
  };
}
