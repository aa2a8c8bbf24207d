import * as vscode from 'vscode';
import { Emitter, type Listen } from '../../base/emitter.ts';
import { isFiltered, NO_FILTER, NO_ORDER, type Filter, type Order } from './wishes.ts';

/** How the person of this workspace wants the tree; kept over reloads. */
export interface TreeWishes extends vscode.Disposable {
  readonly order: Order;
  readonly filter: Filter;
  setOrder(order: Order): void;
  setFilter(filter: Filter): void;
  readonly onChange: Listen<void>;
}

export function createTreeWishes(memory: vscode.Memento): TreeWishes {
  const changed = new Emitter<void>();
  const wishes = {
    order: memory.get<Order>('treeOrder', NO_ORDER),
    filter: memory.get<Filter>('treeFilter', NO_FILTER),
  };
  /** Menus look for it. */
  const say = () =>
    void vscode.commands.executeCommand('setContext', 'cfn.agentsFiltered', isFiltered(wishes.filter));
  say();
  return {
    get order() {
      return wishes.order;
    },
    get filter() {
      return wishes.filter;
    },
    setOrder: (order) => {
      wishes.order = order;
      void memory.update('treeOrder', order);
      changed.fire();
    },
    setFilter: (filter) => {
      wishes.filter = filter;
      void memory.update('treeFilter', filter);
      say();
      changed.fire();
    },
    onChange: changed.event,
    dispose: () => changed.dispose(),
  };
}
