import * as vscode from 'vscode';
import { KNOWN_PRESETS } from '../../app/presets.ts';
import { crewProblems, type CrewProblem } from '../../protocol/epic-crew.ts';
import type { Loops } from '../loops.ts';

/** Carries what could stand there instead, for the fix. */
export class CrewDiagnostic extends vscode.Diagnostic {
  readonly instead: readonly string[];
  constructor({ line, from, to, message, severity, instead }: CrewProblem) {
    const { Error: wrong, Warning: doubtful } = vscode.DiagnosticSeverity;
    super(new vscode.Range(line - 1, from, line - 1, to), message, severity === 'error' ? wrong : doubtful);
    this.instead = instead;
  }
}

export async function crewDiagnostics(
  document: vscode.TextDocument,
  loops: Loops,
): Promise<readonly CrewDiagnostic[]> {
  const text = document.getText();
  const profiles = text.includes('@') ? await profileIds(loops) : null;
  return crewProblems(text, { presets: KNOWN_PRESETS, profiles }).map(
    (problem) => new CrewDiagnostic(problem),
  );
}

/** In Restricted Mode nothing is looked for. */
async function profileIds(loops: Loops): Promise<readonly string[] | null> {
  if (!vscode.workspace.isTrusted) return null;
  const profiles = await (await loops.core()).profiles({ repository: loops.folder?.fsPath ?? null });
  return profiles.map(({ id }) => id);
}
