/**
 * How a result becomes part of the user's work. `merge`: a merge commit. `squash`: one new commit. `rebase`: the
 * result's commits anew on top of the branch. `apply`: changed files in the working tree, nothing committed.
 */
export const WAYS = ['merge', 'squash', 'rebase', 'apply'] as const;
export type Way = (typeof WAYS)[number];

/** Ways that several results can take, one on top of the other. */
export const STACK_WAYS = ['merge', 'squash'] as const satisfies readonly Way[];
export type StackWay = (typeof STACK_WAYS)[number];
