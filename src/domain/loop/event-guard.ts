import type { EventBody } from './events.ts';

/** Tells events of these types from all others, for whoever handles them together. */
export function eventGuard<Type extends EventBody['type']>(...types: readonly Type[]) {
  const known: ReadonlySet<EventBody['type']> = new Set(types);
  return <T extends { readonly type: EventBody['type'] }>(
    event: T,
  ): event is Extract<T, { readonly type: Type }> => known.has(event.type);
}
