import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { liveCollisions } from '../../app/review/live-collisions.ts';
import { Emitter } from '../../base/emitter.ts';
import { collisionText } from '../collision-words.ts';
import { observeShown } from '../observed-loops.ts';
import { isActive, taskTitle } from '../words.ts';
import { nameOf } from './file-words.ts';
import type { ReviewContext, ReviewRow, ReviewSection } from './section.ts';

const fold = vscode.TreeItemCollapsibleState;

/** Agents at work that change the same files: known before their work is combined, as long as somebody looks. */
export function createCollisionRows({ front, view }: ReviewContext): ReviewSection {
  const changed = new Emitter<void>();
  const { loops } = front;
  const rows = (): readonly ReviewRow[] =>
    loops
      .views()
      .filter(isActive)
      .flatMap((loop) =>
        liveCollisions(loop).map((collision) => {
          const id = `collisions/${loop.taskId}/${collision.path}`;
          return {
            id,
            item: () => {
              const text = collisionText(collision);
              const item = new vscode.TreeItem(text, fold.None);
              const overlaps = collision.kind === 'overlapping';
              item.id = id;
              item.iconPath = new vscode.ThemeIcon(
                overlaps ? 'warning' : 'info',
                overlaps ? new vscode.ThemeColor('list.warningForeground') : undefined,
              );
              item.tooltip = `${text}\n${taskTitle(loop, 80)}`;
              item.accessibilityInformation = { label: text };
              item.description = nameOf(collision.path);
              return item;
            },
          };
        }),
      );
  let drawn = '';
  const look = () => {
    const now = JSON.stringify(loops.views().filter(isActive).map(liveCollisions));
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
              const item = new vscode.TreeItem(l10n.t('Same files at the same time'), fold.Expanded);
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
