import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { liveCollisions, liveTrespasses } from '../../app/review/live-collisions.ts';
import { Emitter } from '../../base/emitter.ts';
import { collisionText, trespassText } from '../collision-words.ts';
import { observeShown } from '../observed-loops.ts';
import { isActive, taskTitle } from '../words.ts';
import { nameOf } from './file-words.ts';
import type { ReviewContext, ReviewRow, ReviewSection } from './section.ts';

const fold = vscode.TreeItemCollapsibleState;

interface Said {
  readonly id: string;
  readonly text: string;
  /** Somebody's work may be lost by it. */
  readonly grave: boolean;
  readonly path: string;
}

const saidOf = (loop: LoopView): readonly Said[] => [
  ...liveCollisions(loop).map((collision) => ({
    id: `collisions/${loop.taskId}/${collision.path}`,
    text: collisionText(collision),
    grave: collision.kind === 'overlapping',
    path: collision.path,
  })),
  ...liveTrespasses(loop).map((trespass) => ({
    id: `collisions/${loop.taskId}/${trespass.agentId}/${trespass.owners.join()}`,
    text: trespassText(trespass),
    grave: trespass.owners.length > 0,
    path: trespass.paths[0] ?? '',
  })),
];

function sayingRow(loop: LoopView, { id, text, grave, path }: Said): ReviewRow {
  return {
    id,
    item: () => {
      const item = new vscode.TreeItem(text, fold.None);
      item.id = id;
      item.iconPath = new vscode.ThemeIcon(
        grave ? 'warning' : 'info',
        grave ? new vscode.ThemeColor('list.warningForeground') : undefined,
      );
      item.tooltip = `${text}\n${taskTitle(loop, 80)}`;
      item.accessibilityInformation = { label: text };
      item.description = nameOf(path);
      return item;
    },
  };
}

/** Agents at work that are in each other's way: known before their work is combined, as long as somebody looks. */
export function createCollisionRows({ front, view }: ReviewContext): ReviewSection {
  const changed = new Emitter<void>();
  const { loops } = front;
  const rows = (): readonly ReviewRow[] =>
    loops
      .views()
      .filter(isActive)
      .flatMap((loop) => saidOf(loop).map((said) => sayingRow(loop, said)));
  let drawn = '';
  const look = () => {
    const now = JSON.stringify(loops.views().filter(isActive).map(saidOf));
    if (now === drawn) return;
    drawn = now;
    changed.fire();
  };
  const listening = [
    loops.onChange(look),
    observeShown(loops, () => (view.visible ? 'all' : []), view.onDidChangeVisibility),
  ];
  return {
    heading: () => {
      const all = rows();
      return all.length === 0
        ? null
        : {
            id: 'collisions',
            item: () => {
              const item = new vscode.TreeItem(l10n.t('In each other’s way'), fold.Expanded);
              item.id = 'collisions';
              item.description = l10n.t('agents at work');
              return item;
            },
            children: () => all,
          };
    },
    summary: () => '',
    onChange: changed.event,
    dispose: () => {
      for (const each of [...listening, changed]) each.dispose();
    },
  };
}
