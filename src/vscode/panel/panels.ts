import { l10n } from 'vscode';
import type * as vscode from 'vscode';
import type { Front } from '../front.ts';
import { createLazyTab, type LazyTab } from '../lazy-tab.ts';

const VIEW_TYPE = 'cfn.loop';

/** Shows a loop by its id; null: the empty panel. */
export const createPanels = (extension: vscode.Uri, front: () => Front): LazyTab<string | null> =>
  createLazyTab({
    viewType: VIEW_TYPE,
    load: async () => (await import('./loop-panels.ts')).createLoopPanels(VIEW_TYPE, extension, front()),
    messages: () => front().messages,
    problem: (error) => l10n.t('The panel could not be loaded: {0}', String(error)),
  });
