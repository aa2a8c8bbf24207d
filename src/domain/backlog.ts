import { completed, exitsOf, iterations, type IterationRecord, type LoopState } from './loop/state.ts';

/** What a product owner left for later. */
export interface Deferred {
  readonly text: string;
  /** The product owner that left it. */
  readonly by: string;
  /** The newest iteration in which it was left. */
  readonly iteration: number;
}

/** Items of all decisions of a loop, each once, in the order in which they first came up. */
export function deferredIn(state: LoopState): readonly Deferred[] {
  const items = new Map<string, Deferred>();
  for (const record of iterations(state)) {
    for (const item of deferredAt(record)) items.set(sameItem(item.text), item);
  }
  return [...items.values()];
}

/** Also where a person decided after an agent had recommended: that it can wait stays said. */
function deferredAt(record: IterationRecord): readonly Deferred[] {
  return exitsOf(record.owners).flatMap((exit) => {
    if (!completed(exit) || exit.result?.role !== 'product-owner') return [];
    return exit.result.deferred
      .filter((text) => text.trim() !== '')
      .map((text) => ({ text: text.trim(), by: exit.agentId, iteration: record.number }));
  });
}

/** The same item in other spacing or case is no second one. */
const sameItem = (text: string): string => text.trim().replaceAll(/\s+/g, ' ').toLowerCase();
