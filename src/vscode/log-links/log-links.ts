/** Files and agents that output names, as links; a file is only ever opened within its agent's worktree. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { attemptSpecSchema } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import type { Loops } from '../loops.ts';
import type { AgentTerminals } from '../terminals/terminal-runtime.ts';
import { agentOfLine, findLinks, type FoundLink } from './find-links.ts';
import { fileWithin } from './within.ts';

interface Owner {
  readonly taskId: string | null;
  readonly worktree: string | null;
}

type Target =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'agent'; readonly taskId: string; readonly agentId: string };

class AgentLink extends vscode.TerminalLink {
  readonly target: Target;
  constructor({ start, length }: FoundLink, target: Target) {
    super(start, length, target.kind === 'file' ? l10n.t('Open in the worktree') : l10n.t('Show transcript'));
    this.target = target;
  }
}

/** More than a person clicks; finding them must not hold up the editor. */
const MAX_LINKS = 2000;

export interface LogLinks {
  inTerminal(line: string, terminal: vscode.Terminal): Promise<vscode.TerminalLink[]>;
  open(link: vscode.TerminalLink): Promise<void>;
  inDocument(document: vscode.TextDocument): Promise<vscode.DocumentLink[]>;
}

export function createLogLinks(loops: Loops, terminals: AgentTerminals): LogLinks {
  const agents = () =>
    loops.views().flatMap(({ taskId, agents: all }) => all.map((agent) => ({ taskId, agent })));
  const ids = () => new Set(agents().map(({ agent }) => agent.id));
  /** Of the newest loop that has such an agent. */
  const ownerById = (id: string): Owner | null => {
    const found = agents().find(({ agent }) => agent.id === id);
    return found ? { taskId: found.taskId, worktree: found.agent.worktree } : null;
  };

  async function ownerOfFolder(folder: string): Promise<Owner> {
    const found = agents().find(({ agent }) => agent.folder === folder);
    if (found) return { taskId: found.taskId, worktree: found.agent.worktree };
    // An earlier attempt: what it was started with says where it worked.
    const file = vscode.Uri.joinPath(vscode.Uri.file(folder), ATTEMPT_FILES.spec);
    try {
      const bytes = await vscode.workspace.fs.readFile(file);
      const spec = attemptSpecSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
      return { taskId: spec.taskId, worktree: spec.worktree };
    } catch {
      return { taskId: null, worktree: null };
    }
  }

  async function ownerOfTerminal(terminal: vscode.Terminal, line: string): Promise<Owner | null> {
    const folder = await terminals.folderOf(
      terminal,
      agents().flatMap(({ agent }) => agent.folder ?? []),
    );
    if (folder !== null) return ownerOfFolder(folder);
    const said = agentOfLine(line);
    return said === null ? null : ownerById(said);
  }

  async function targetOf(link: FoundLink, owner: Owner): Promise<Target | null> {
    if (link.kind === 'agent') {
      const taskId = owner.taskId ?? ownerById(link.id)?.taskId;
      return taskId ? { kind: 'agent', taskId, agentId: link.id } : null;
    }
    const file = owner.worktree === null ? null : await fileWithin(owner.worktree, link.path);
    return file === null ? null : { kind: 'file', file, line: link.line, column: link.column };
  }

  return {
    inTerminal: async (line, terminal) => {
      const found = findLinks(line, ids());
      if (found.length === 0) return [];
      const owner = await ownerOfTerminal(terminal, line);
      if (!owner) return [];
      const targets = await Promise.all(
        found.map(async (link) => [link, await targetOf(link, owner)] as const),
      );
      return targets.flatMap(([link, target]) => (target ? [new AgentLink(link, target)] : []));
    },
    open: async (link) => {
      if (!(link instanceof AgentLink)) return;
      const { target } = link;
      if (target.kind === 'agent') {
        await vscode.commands.executeCommand('cfn.showTranscript', target);
        return;
      }
      const at = new vscode.Position(target.line - 1, target.column - 1);
      await vscode.window.showTextDocument(vscode.Uri.file(target.file), {
        selection: new vscode.Range(at, at),
      });
    },
    inDocument: async (document) => {
      const whole = document.uri.scheme === 'cfn-transcript' ? await ownerOfFolder(document.uri.query) : null;
      const known = ids();
      const links: vscode.DocumentLink[] = [];
      for (let line = 0; line < document.lineCount && links.length < MAX_LINKS; line += 1) {
        const { text } = document.lineAt(line);
        const said = agentOfLine(text);
        const owner = whole ?? (said === null ? null : ownerById(said)) ?? { taskId: null, worktree: null };
        for (const found of findLinks(text, known)) {
          const target = await targetOf(found, owner);
          if (!target) continue;
          const range = new vscode.Range(line, found.start, line, found.start + found.length);
          links.push(new vscode.DocumentLink(range, uriOf(target)));
        }
      }
      return links;
    },
  };
}

function uriOf(target: Target): vscode.Uri {
  if (target.kind === 'file') {
    return vscode.Uri.file(target.file).with({ fragment: `L${target.line},${target.column}` });
  }
  const argument = encodeURIComponent(JSON.stringify([{ taskId: target.taskId, agentId: target.agentId }]));
  return vscode.Uri.parse(`command:cfn.showTranscript?${argument}`);
}
