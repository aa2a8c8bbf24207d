import { l10n } from 'vscode';
import * as vscode from 'vscode';

interface Template extends vscode.QuickPickItem {
  /** A snippet. */
  readonly text: string;
}

const CHECKED = '\n## Acceptance\n- ${9:`npm test` is green}\n';

export const EPIC_TEMPLATES: readonly Template[] = [
  {
    label: l10n.t('Feature'),
    description: l10n.t('one implementer, three validators'),
    text: `---\nmode: \${1|standard,mvp,enterprise|}\nagents: [\${2:claude}]\n---\n\${3:What should be possible afterwards?}\n\n## Requirements\n- \${4:requirement}\n${CHECKED}`,
  },
  {
    label: l10n.t('Bug fix'),
    description: l10n.t('small crew; the failing case first'),
    text: `---\nmode: mvp\nagents: [\${1:claude}]\n---\n\${2:What goes wrong, and how can it be seen?}\n\nWhat should happen instead: \${3:…}\n\n## Requirements\n- A test that fails without the fix\n- \${4:nothing else changes}\n${CHECKED}`,
  },
  {
    label: l10n.t('Split'),
    description: l10n.t('several implementers, each with a part of its own'),
    text: `---\nmode: standard\nstrategy: split\nagents: [\${1:api=claude}, \${2:web=claude}]\nparts: # part i is for implementer i\n  - task: \${3:the API}\n    files: ["\${4:src/api/**}"]\n  - task: \${5:the page}\n    files: ["\${6:web/**}"]\n---\n\${7:What should be different afterwards?}\n\n## Requirements\n- \${8:requirement}\n${CHECKED}`,
  },
  {
    label: l10n.t('Race'),
    description: l10n.t('several implementers do the whole task, the best one goes on'),
    text: `---\nmode: standard\nstrategy: race\nagents: [\${1:claude}, \${2:codex}]\nbudget: \${3:10} # US dollars\n---\n\${4:What should be different afterwards?}\n${CHECKED}`,
  },
  {
    label: l10n.t('You decide'),
    description: l10n.t('an agent recommends, you confirm'),
    text: `---\nmode: \${1|standard,mvp,enterprise|}\nagents: [\${2:claude}]\nproductOwner: \${3:claude}+human\nevidence: [\${4:npm test}]\n---\n\${5:What should be different afterwards?}\n${CHECKED}`,
  },
  {
    label: l10n.t('Empty'),
    description: l10n.t('a description alone; everything else by your settings'),
    text: '${1:What should be different afterwards?}\n',
  },
];

/** Asks for a template and opens it as a new file; `text` goes there instead when it is given. */
export async function openNewEpic(): Promise<void> {
  const template = await vscode.window.showQuickPick(EPIC_TEMPLATES, {
    title: l10n.t('New Epic File'),
    placeHolder: l10n.t('What kind of task?'),
  });
  if (!template) return;
  const document = await vscode.workspace.openTextDocument({ language: 'cfn-epic', content: '' });
  const editor = await vscode.window.showTextDocument(document);
  await editor.insertSnippet(new vscode.SnippetString(template.text));
}
