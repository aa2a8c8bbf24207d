import { l10n } from 'vscode';
import type * as vscode from 'vscode';
import { createStaticPanel } from '../static-page/panel.ts';
import { AGENTS_PAGE_COMMANDS, agentsHtml, type AgentsContent, type TriedAgent } from './agents-html.ts';

export interface AgentsPanel extends vscode.Disposable {
  /** Opens the tab, or brings it to the front. */
  reveal(): void;
  show(found: Pick<AgentsContent, 'agents' | 'verified'>): void;
  /** Test runs stay on the page until the next one of the same preset. */
  showTrial(preset: string, tried: TriedAgent): void;
  readonly tried: AgentsContent['tried'];
  readonly isOpen: boolean;
}

const NOTHING: Pick<AgentsContent, 'agents' | 'verified'> = { agents: null, verified: new Map() };

export function createAgentsPanel(extension: vscode.Uri): AgentsPanel {
  const tried = new Map<string, TriedAgent>();
  let found = NOTHING;
  const panel = createStaticPanel({
    extension,
    viewType: 'cfn.agentsPage',
    title: l10n.t('CFN: Agents'),
    commands: AGENTS_PAGE_COMMANDS,
    onClosed: () => (found = NOTHING),
  });
  const draw = () => panel.draw((frame) => agentsHtml({ ...found, tried }, frame));
  return {
    reveal: () => {
      if (panel.reveal()) draw();
    },
    show: (content) => {
      found = content;
      draw();
    },
    showTrial: (preset, standing) => {
      tried.set(preset, standing);
      draw();
    },
    tried,
    get isOpen() {
      return panel.isOpen;
    },
    dispose: () => panel.dispose(),
  };
}
