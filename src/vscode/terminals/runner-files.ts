/** What the editor reads of an agent's runner, and asks of it. */
import * as vscode from 'vscode';
import { ATTEMPT_FILES, TAKEN_OVER } from '../../protocol/attempt-folder.ts';
import { attemptControlSchema, runnerStateSchema, type AttemptControl } from '../../protocol/attempt.ts';

/** A JSON file of an attempt's folder; `null` when it is not there or not readable. */
async function readJson(folder: string, name: string): Promise<unknown> {
  const file = vscode.Uri.joinPath(vscode.Uri.file(folder), name);
  try {
    return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
  } catch {
    return null;
  }
}

/** Pid of the runner of an attempt, from what the runner itself wrote. */
export async function runnerPid(folder: string): Promise<number | null> {
  const state = runnerStateSchema.safeParse(await readJson(folder, ATTEMPT_FILES.runner));
  return state.success ? state.data.runner.pid : null;
}

export async function askForTakeOver(folder: string): Promise<void> {
  const before = attemptControlSchema.safeParse(await readJson(folder, ATTEMPT_FILES.control));
  const control: AttemptControl = {
    version: 1,
    cancel: { reason: TAKEN_OVER },
    suspendedMs: before.success ? before.data.suspendedMs : 0,
  };
  const file = vscode.Uri.joinPath(vscode.Uri.file(folder), ATTEMPT_FILES.control);
  // Whole or not at all: the runner looks at it at any moment.
  const aside = file.with({ path: `${file.path}.editor` });
  await vscode.workspace.fs.writeFile(aside, new TextEncoder().encode(JSON.stringify(control)));
  await vscode.workspace.fs.rename(aside, file, { overwrite: true });
}
