/** Open findings in the Problems view, at the file on disk where their lines stand. */
import * as vscode from 'vscode';
import { coalesce } from '../../base/coalesce.ts';
import { linesOf } from '../../domain/review/anchor.ts';
import { isOpen, type Thread } from '../../domain/review/thread.ts';
import { visible } from '../words.ts';
import type { CommentDeps } from './comment-threads.ts';
import { placeIn } from './placed.ts';
import { SEVERITY } from './thread-words.ts';

const DRAW_MS = 300;
/** More than this in one loop is read in the review, not in a list of problems. */
const MAX_FINDINGS = 500;

export function createProblems({ loops, subjects, threads, texts }: CommentDeps): vscode.Disposable {
  const problems = vscode.languages.createDiagnosticCollection('cfn-review');
  let drawing = 0;

  /** The checkout first, then the worktrees of agents: the first where the lines still stand. */
  async function find(
    thread: Thread,
    taskId: string,
    read: typeof readLines,
  ): Promise<[vscode.Uri, vscode.Diagnostic] | null> {
    const { file, commit } = thread;
    if (file === null) return null;
    const before = await texts.lines(commit, file);
    if (before === null) return null;
    const worktrees = (loops.view(taskId)?.agents ?? []).flatMap(({ role, worktree }) =>
      role === 'implementer' && worktree !== null ? [vscode.Uri.file(worktree)] : [],
    );
    for (const root of loops.folder ? [loops.folder, ...worktrees] : worktrees) {
      const uri = vscode.Uri.joinPath(root, file);
      const lines = await read(uri);
      const shown = lines && placeIn(thread, '', before, lines);
      if (shown && !shown.outdated) return [uri, diagnosticOf(thread, shown.place)];
    }
    return null;
  }

  async function draw(): Promise<void> {
    const turn = ++drawing;
    const taskId = subjects.current?.taskId;
    const active = taskId !== undefined && loops.view(taskId)?.outcome === null;
    const open = active
      ? threads.of(taskId).filter((thread) => thread.kind === 'finding' && isOpen(thread))
      : [];
    const read = eachOnce(readLines);
    const found: [vscode.Uri, vscode.Diagnostic][] = [];
    for (const thread of open.slice(0, MAX_FINDINGS)) {
      const one = taskId === undefined ? null : await find(thread, taskId, read);
      if (one) found.push(one);
    }
    // A later look has begun meanwhile.
    if (turn !== drawing) return;
    const byFile = new Map<string, { readonly uri: vscode.Uri; readonly all: vscode.Diagnostic[] }>();
    for (const [uri, diagnostic] of found) {
      const one = byFile.get(uri.toString()) ?? { uri, all: [] };
      one.all.push(diagnostic);
      byFile.set(uri.toString(), one);
    }
    problems.clear();
    for (const { uri, all } of byFile.values()) problems.set(uri, all);
  }

  const soon = coalesce(DRAW_MS, () => void draw());
  soon.soon();
  return vscode.Disposable.from(
    problems,
    soon,
    threads.onChange(soon.soon),
    subjects.onChange(soon.soon),
    vscode.workspace.onDidSaveTextDocument(soon.soon),
  );
}

/** Several findings stand in one file. */
function eachOnce<T>(read: (uri: vscode.Uri) => Promise<T>): (uri: vscode.Uri) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (uri) => {
    const key = uri.toString();
    const reading = known.get(key) ?? read(uri);
    known.set(key, reading);
    return reading;
  };
}

async function readLines(uri: vscode.Uri): Promise<readonly string[] | null> {
  try {
    return linesOf(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)));
  } catch {
    // Not in this checkout.
    return null;
  }
}

function diagnosticOf(thread: Thread, place: { readonly line: number; readonly endLine: number }) {
  const range = new vscode.Range(place.line - 1, 0, place.endLine - 1, Number.MAX_SAFE_INTEGER);
  const said = thread.remarks.flatMap(({ by, finding }) =>
    finding ? [`${visible(by)}: ${visible(finding.text)}`] : [],
  );
  const severity = thread.severity ? `${SEVERITY[thread.severity]}: ` : '';
  const { Hint } = vscode.DiagnosticSeverity;
  const diagnostic = new vscode.Diagnostic(range, `${severity}${said.join('\n')}`, Hint);
  diagnostic.source = 'CFN';
  return diagnostic;
}
