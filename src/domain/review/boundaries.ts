/** The files of one implementer's part of the task. */
export interface Area {
  readonly agentId: string;
  readonly has: (path: string) => boolean;
}

/**
 * Whose part a file is that an agent changes outside of its own; empty: nobody's. Null where it may change the file, or
 * where nothing was said about whose it is.
 */
export function ownersInstead(
  areas: readonly Area[],
  { agentId, path }: { readonly agentId: string; readonly path: string },
): readonly string[] | null {
  const own = areas.find((area) => area.agentId === agentId);
  if (own?.has(path)) return null;
  const owners = areas.filter((area) => area.has(path)).map((area) => area.agentId);
  return owners.length > 0 || own ? owners : null;
}
