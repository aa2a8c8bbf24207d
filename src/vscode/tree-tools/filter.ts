import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { STATUS_WORDS } from '../../app/projections/status-words.ts';
import { AGENT_STATUSES } from '../../domain/agents/status.ts';
import { isStatus, NO_FILTER } from '../agents-tree/wishes.ts';
import type { Command } from '../front.ts';
import { count } from '../panel/figures.ts';

const ACTIVE = 'active';

/** Which agents the tree shows, by how they stand. */
export const filterAgents: Command = async (front) => {
  const { wishes } = front.trees;
  const agents = front.loops.views().flatMap((view) => (view.archived ? [] : view.agents));
  const items = [
    {
      label: l10n.t('only loops that run'),
      description: l10n.t('hides those that have ended'),
      picked: wishes.filter.active,
      word: ACTIVE,
    },
    ...AGENT_STATUSES.map((status) => ({
      label: STATUS_WORDS[status],
      description: count(agents.filter((agent) => agent.status === status).length, 'agent'),
      picked: wishes.filter.statuses.includes(status),
      word: status,
    })),
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: l10n.t('Filter Agents'),
    placeHolder: l10n.t('Show agents that are … Nothing chosen shows all.'),
    canPickMany: true,
  });
  if (!chosen) return;
  const words = chosen.map(({ word }) => word);
  wishes.setFilter({ statuses: words.filter(isStatus), active: words.includes(ACTIVE) });
};

export const showAllAgents: Command = (front) => Promise.resolve(front.trees.wishes.setFilter(NO_FILTER));
