/** What is wrong with an epic, as squiggles, and what can be done about it with a click. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { parseEpic, type EpicProblem } from '../../protocol/epic-file.ts';
import { FRONT_MATTER_NAMES } from '../../protocol/settings.ts';
import { EPIC_SECTIONS } from '../../protocol/epic-fields.ts';
import type { Loops } from '../loops.ts';
import { brokenLinks } from './body-links.ts';
import { CrewDiagnostic, crewDiagnostics } from './crew-problems.ts';

const SOURCE = 'CFN';
/** Typing is not interrupted by half-written words turning red. */
const CALM_MS = 300;
const LANGUAGE = 'cfn-epic';

export function watchEpics(loops: Loops): vscode.Disposable {
  const shown = vscode.languages.createDiagnosticCollection('cfn-epic');
  const timers = new Map<string, NodeJS.Timeout>();
  const check = (document: vscode.TextDocument) => {
    if (document.languageId !== LANGUAGE || document.isClosed) return;
    const problems = epicProblems(document);
    shown.set(document.uri, problems);
    const { version } = document;
    void Promise.all([crewDiagnostics(document, loops), brokenLinks(document)]).then(
      (more) => {
        if (document.isClosed || document.version !== version) return;
        for (const each of more.flat()) each.source = SOURCE;
        shown.set(document.uri, [...problems, ...more.flat()]);
      },
      // Without a core nothing can be said about profiles; what is wrong with it is told elsewhere.
      () => undefined,
    );
  };
  const soon = (document: vscode.TextDocument) => {
    if (document.languageId !== LANGUAGE) return;
    const key = document.uri.toString();
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => {
        timers.delete(key);
        check(document);
      }, CALM_MS),
    );
  };
  for (const document of vscode.workspace.textDocuments) check(document);
  return vscode.Disposable.from(
    shown,
    vscode.workspace.onDidOpenTextDocument((document) => check(document)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => soon(document)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      clearTimeout(timers.get(uri.toString()));
      timers.delete(uri.toString());
      shown.delete(uri);
    }),
    {
      dispose: () => {
        for (const timer of timers.values()) clearTimeout(timer);
      },
    },
  );
}

function epicProblems(document: vscode.TextDocument): vscode.Diagnostic[] {
  const epic = parseEpic(document.getText());
  return epic.ok
    ? epic.value.warnings.map((problem) => mark(document, problem, vscode.DiagnosticSeverity.Warning))
    : [mark(document, epic.error, vscode.DiagnosticSeverity.Error)];
}

function mark(
  document: vscode.TextDocument,
  { line, message }: EpicProblem,
  severity: vscode.DiagnosticSeverity,
): vscode.Diagnostic {
  const { text, range } = document.lineAt(Math.min(line, document.lineCount) - 1);
  const start = range.start.translate(0, text.length - text.trimStart().length);
  const diagnostic = new vscode.Diagnostic(new vscode.Range(start, range.end), message, severity);
  diagnostic.source = SOURCE;
  return diagnostic;
}

export const fixProvider: vscode.CodeActionProvider = {
  provideCodeActions: (document, _range, { diagnostics }) =>
    diagnostics.filter(({ source }) => source === SOURCE).flatMap((each) => fixesFor(document, each)),
};

function fixesFor(document: vscode.TextDocument, diagnostic: vscode.Diagnostic): vscode.CodeAction[] {
  const line = document.lineAt(diagnostic.range.start.line);
  const key = /^([A-Za-z]\w*)\s*:/.exec(line.text)?.[1];
  if (key !== undefined && diagnostic.message.includes('is not known here')) {
    const range = new vscode.Range(line.range.start, line.range.start.translate(0, key.length));
    const close = FRONT_MATTER_NAMES.filter((name) => isClose(name, key));
    return close.map((name) =>
      replacement({ title: l10n.t('Change to "{0}"', name), document, diagnostic, range, text: name }),
    );
  }
  if (diagnostic instanceof CrewDiagnostic) {
    const { range } = diagnostic;
    return diagnostic.instead.map((text) =>
      replacement({
        title: l10n.t('Change to "{0}"', text),
        document,
        diagnostic,
        range,
        text: asYaml(text),
      }),
    );
  }
  if (diagnostic.message.startsWith('The section ')) {
    return EPIC_SECTIONS.map((title) =>
      replacement({
        title: l10n.t('Change the section to "{0}"', title),
        document,
        diagnostic,
        range: line.range,
        text: `## ${title}`,
      }),
    );
  }
  return [];
}

/** A plain text of YAML begins with no at sign. */
const asYaml = (text: string): string => (text.startsWith('@') ? JSON.stringify(text) : text);

/** The same word but for case, separators, a plural or its end. */
function isClose(name: string, given: string): boolean {
  const plain = (text: string) =>
    text
      .toLowerCase()
      .replaceAll(/[^a-z]/g, '')
      .replace(/s$/, '');
  const [mine, theirs] = [plain(name), plain(given)];
  return mine === theirs || (theirs.length >= 3 && (mine.startsWith(theirs) || theirs.startsWith(mine)));
}

interface Replacement {
  readonly title: string;
  readonly document: vscode.TextDocument;
  readonly diagnostic: vscode.Diagnostic;
  readonly range: vscode.Range;
  readonly text: string;
}

function replacement({ title, document, diagnostic, range, text }: Replacement): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  action.edit.replace(document.uri, range, text);
  action.diagnostics = [diagnostic];
  return action;
}
