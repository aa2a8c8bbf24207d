import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { EPIC_FIELDS, EPIC_SECTIONS } from '../../protocol/epic-fields.ts';
import { FRONT_MATTER_NAMES, takes, type FrontMatterName } from '../../protocol/settings.ts';
import type { Loops } from '../loops.ts';
import { profileDescription } from '../commands/pick-profiles.ts';
import { keyAt, placeIn } from './place.ts';

const linesOf = (document: vscode.TextDocument) => document.getText().split(/\r\n|\n|\r/);

function helpFor(name: FrontMatterName): vscode.MarkdownString {
  const { does, example } = EPIC_FIELDS[name];
  const text = new vscode.MarkdownString(l10n.t('{0}\n\nTakes {1}.', does, takes(name)));
  return text.appendCodeblock(`${name}: ${example}`, 'yaml');
}

export function completionProvider(loops: Loops): vscode.CompletionItemProvider {
  return {
    provideCompletionItems: async (document, position) => {
      const lines = linesOf(document);
      const place = placeIn(lines, position.line, position.character);
      switch (place.kind) {
        case 'key':
          return keyItems(lines);
        case 'value':
          return valueItems(loops, place.name);
        case 'heading':
          return headingItems(document.lineAt(position.line).range);
        case 'elsewhere':
          return [];
      }
    },
  };
}

/** A key may stand once. */
function keyItems(lines: readonly string[]): vscode.CompletionItem[] {
  const used = new Set(lines.map((line) => /^([A-Za-z]+)\s*:/.exec(line)?.[1]));
  return FRONT_MATTER_NAMES.filter((name) => !used.has(name)).map((name) => {
    const item = new vscode.CompletionItem(name, vscode.CompletionItemKind.Property);
    item.insertText = `${name}: `;
    item.documentation = helpFor(name);
    if (EPIC_FIELDS[name].values.length > 0 || EPIC_FIELDS[name].agents) {
      item.command = { command: 'editor.action.triggerSuggest', title: l10n.t('Suggest') };
    }
    return item;
  });
}

async function valueItems(loops: Loops, name: FrontMatterName): Promise<vscode.CompletionItem[]> {
  const { values, agents } = EPIC_FIELDS[name];
  const given = values.map((value) => new vscode.CompletionItem(value, vscode.CompletionItemKind.EnumMember));
  return agents ? [...given, ...(await presetItems(loops)), ...(await profileItems(loops))] : given;
}

/** `"@reviewer"`: YAML takes no plain text that begins with an at sign. */
async function profileItems(loops: Loops): Promise<vscode.CompletionItem[]> {
  if (!vscode.workspace.isTrusted) return [];
  const profiles = await (await loops.core()).profiles({ repository: loops.folder?.fsPath ?? null });
  return profiles
    .filter((profile) => profile.hiddenBy === null)
    .map((profile) => {
      const item = new vscode.CompletionItem(`@${profile.id}`, vscode.CompletionItemKind.User);
      item.insertText = `"@${profile.id}"`;
      item.detail = profileDescription(profile);
      item.documentation = profile.description;
      item.sortText = `2${profile.id}`;
      return item;
    });
}

/** Those that are installed come first. In Restricted Mode nothing is looked for. */
async function presetItems(loops: Loops): Promise<vscode.CompletionItem[]> {
  if (!vscode.workspace.isTrusted) return [];
  const found = await (await loops.core()).agents();
  return found.map((agent) => {
    const item = new vscode.CompletionItem(agent.id, vscode.CompletionItemKind.Value);
    item.detail = agent.path === null ? l10n.t('{0}, not installed', agent.title) : agent.title;
    item.sortText = `${agent.path === null ? 1 : 0}${agent.id}`;
    return item;
  });
}

function headingItems(range: vscode.Range): vscode.CompletionItem[] {
  return EPIC_SECTIONS.map((title) => {
    const item = new vscode.CompletionItem(`## ${title}`, vscode.CompletionItemKind.Struct);
    item.insertText = new vscode.SnippetString(`## ${title}\n- $0`);
    item.range = range;
    return item;
  });
}

export const hoverProvider: vscode.HoverProvider = {
  provideHover: (document, position) => {
    const name = keyAt(linesOf(document), position.line, position.character);
    return name === null ? null : new vscode.Hover(helpFor(name));
  },
};
