/** The rows that a command of a tree was called with: all that are selected, where it was one of several. */
export const selectedRows = (argument: unknown, selected: unknown): readonly unknown[] =>
  Array.isArray(selected) && selected.length > 1 ? selected : [argument];
