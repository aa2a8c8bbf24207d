/** The rows of the sidebar: the store, who holds and who waits, what was changed by hand; pure. */
import { l10n } from 'vscode';
import type { StoreSummary } from '../../app/keys/store-glance.ts';
import { clockTime, visible } from '../words.ts';
import { changeText, countText, storeName } from './draw-store.ts';
import { shownName } from './shown-text.ts';

export interface StoreRow {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  /** Bytes; null: the row is about no key. */
  readonly key: string | null;
  readonly children: readonly StoreRow[];
}

const row = (given: Pick<StoreRow, 'id' | 'label' | 'icon'> & Partial<StoreRow>): StoreRow => ({
  description: '',
  key: null,
  children: [],
  ...given,
});

export function storeRows(summary: StoreSummary, now: number): readonly StoreRow[] {
  const { waits, locks, changes } = summary;
  const groups = [
    row({
      id: 'waits',
      label: l10n.t('Waiting'),
      icon: 'watch',
      children: waits.map((wait) =>
        row({
          id: `wait ${wait.client}`,
          label: visible(wait.name) || (wait.taskId ?? l10n.t('orchestrator')),
          description: `${wait.keys.map(shownName).join(', ')} · ${clockTime(now - wait.since)}`,
          icon: 'loading~spin',
          key: wait.keys[0] ?? null,
        }),
      ),
    }),
    row({
      id: 'locks',
      label: l10n.t('Locks'),
      icon: 'lock',
      children: locks.map(({ name, facts }) =>
        row({
          id: `lock ${shownName(name)}`,
          label: shownName(name),
          description: lockText(facts, now),
          icon: 'lock',
          key: name,
        }),
      ),
    }),
    row({
      id: 'changes',
      label: l10n.t('Changed by hand'),
      icon: 'history',
      children: changes.newest.toReversed().map((change, index) =>
        row({
          id: `change ${changes.count - index}`,
          label: new Date(change.at).toLocaleTimeString(),
          description: changeText(change),
          icon: 'edit',
        }),
      ),
    }),
  ];
  const counted = groups
    .filter(({ children }) => children.length > 0)
    .map((group) => ({ ...group, description: String(countOf(group, changes.count)) }));
  return [storeRow(summary), ...counted];
}

const countOf = ({ id, children }: StoreRow, changes: number): number =>
  id === 'changes' ? changes : children.length;

function lockText(facts: StoreSummary['locks'][number]['facts'], now: number): string {
  const left = facts?.endsAt == null ? l10n.t('no end') : clockTime(facts.endsAt - now);
  return facts?.owner == null ? left : l10n.t('{0}, {1} left', visible(facts.owner), left);
}

function storeRow({ state, size }: StoreSummary): StoreRow {
  switch (state.kind) {
    case 'ended':
      return row({
        id: 'store',
        label: storeName(''),
        description: l10n.t('not running; a loop starts it'),
        icon: 'circle-outline',
      });
    case 'up':
      return row({
        id: 'store',
        label: storeName(state.behind),
        description: countText(size),
        icon: 'database',
      });
    case 'down':
      return row({
        id: 'store',
        label: storeName(state.behind),
        description: l10n.t('unreachable: {0}', visible(state.problem)),
        icon: 'debug-disconnect',
      });
  }
}
