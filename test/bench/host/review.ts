/** Executed inside the extension host: how long diffs of a loop's commits take to open, beside plain files on disk. */
import { readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { commitUri } from '../../../src/vscode/review/commit-uri.ts';
import { timed } from '../../../src/base/measure.ts';

/** Written by `review-window.mts`. */
export interface ReviewPlan {
  readonly taskId: string;
  readonly from: string;
  readonly to: string;
  /** Absolute folders with the same files as the two commits. */
  readonly plain: { readonly from: string; readonly to: string };
  /** Paths for one multi-file diff each. */
  readonly pages: readonly (readonly string[])[];
  /** Files whose first two changes are far apart. */
  readonly hunks: readonly string[];
}

export interface ReviewFigures {
  readonly ours: readonly number[];
  readonly plain: readonly number[];
  readonly nextHunk: readonly number[];
  readonly nextChange: readonly number[];
}

export const REVIEW_MARK = 'CFN-BENCH-REVIEW ';

const LATE_MS = 60_000;

type Resource = readonly [vscode.Uri, vscode.Uri, vscode.Uri];

/** Until the editor has the text of both sides of every file. */
function openAll(resources: readonly Resource[]): Promise<number> {
  const wanted = new Set(resources.flatMap(([, before, after]) => [String(before), String(after)]));
  return timed(async () => {
    let watching: vscode.Disposable | undefined;
    const all = new Promise<void>((resolve) => {
      watching = vscode.workspace.onDidOpenTextDocument(({ uri }) => {
        wanted.delete(String(uri));
        if (wanted.size === 0) resolve();
      });
    });
    await vscode.commands.executeCommand('vscode.changes', 'Bench', resources);
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, LATE_MS, 'late'));
    const end = await Promise.race([all, late]);
    watching?.dispose();
    if (end === 'late') throw new Error(`${wanted.size} sides did not come, such as ${[...wanted][0]}`);
  });
}

const closeAll = () => vscode.commands.executeCommand('workbench.action.closeAllEditors');

/** Until the cursor stands where the command puts it. */
async function cursorBy(command: string): Promise<number> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) throw new Error('No editor is active.');
  if (editor.selection.active.line !== 0) {
    const back = moved();
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    await back;
  }
  const there = moved();
  return timed(async () => {
    await vscode.commands.executeCommand(command);
    await there;
  });
}

function moved(): Promise<void> {
  return new Promise((resolve) => {
    const watching = vscode.window.onDidChangeTextEditorSelection(() => {
      watching.dispose();
      resolve();
    });
  });
}

export async function run(): Promise<void> {
  const plan = JSON.parse(readFileSync(process.env['CFN_BENCH_PLAN'] ?? '', 'utf8')) as ReviewPlan;
  const { taskId, from, to, plain } = plan;
  const root = vscode.workspace.workspaceFolders?.[0]?.uri;
  if (!root) throw new Error('No folder is open.');
  const sides = (path: string) => [commitUri(taskId, from, path), commitUri(taskId, to, path)] as const;
  const inCommits = (path: string): Resource => [vscode.Uri.joinPath(root, path), ...sides(path)];
  const onDisk = (path: string): Resource => [
    vscode.Uri.joinPath(root, path),
    vscode.Uri.joinPath(vscode.Uri.file(plain.from), path),
    vscode.Uri.joinPath(vscode.Uri.file(plain.to), path),
  ];
  const figures = {
    ours: [] as number[],
    plain: [] as number[],
    nextHunk: [] as number[],
    nextChange: [] as number[],
  };
  for (const [round, page] of plan.pages.entries()) {
    const both = [
      [figures.ours, page.map(inCommits)],
      [figures.plain, page.map(onDisk)],
    ] as const;
    for (const [samples, resources] of round % 2 === 0 ? both : both.toReversed()) {
      samples.push(await openAll(resources));
      console.log(`CFN-BENCH-PROGRESS page ${round}: ${samples.at(-1)} ms`);
      await closeAll();
    }
  }
  const [ours, theirs] = ['cfn.nextHunk', 'workbench.action.compareEditor.nextChange'] as const;
  for (const [round, path] of plan.hunks.entries()) {
    await vscode.commands.executeCommand('vscode.diff', ...sides(path), 'Bench');
    // Nobody presses a key before the diff is there; until then it is its opening that takes the time.
    await cursorBy(theirs);
    const both = [[figures.nextHunk, ours] as const, [figures.nextChange, theirs] as const];
    for (const [samples, command] of round % 2 === 0 ? both : both.toReversed())
      samples.push(await cursorBy(command));
    await closeAll();
  }
  // The first of each also loads what the window had no use for before.
  const warm = Object.fromEntries(Object.entries(figures).map(([name, samples]) => [name, samples.slice(1)]));
  console.log(`${REVIEW_MARK}${JSON.stringify(warm)}`);
}
