import { shown } from '../../base/shown.ts';

/** Another repository at a path of this one. */
export interface Submodule {
  /** Forward slashes, relative to the root. */
  readonly path: string;
  /** Its files are laid out in worktrees; otherwise its folder is empty there. */
  readonly present: boolean;
}

const MAX_NAMED = 3;

/** Paths as a sentence quotes them. */
export function namedPaths(paths: readonly string[]): string {
  const named = paths.slice(0, MAX_NAMED).map(shown).join(', ');
  return paths.length > MAX_NAMED ? `${named} and ${paths.length - MAX_NAMED} more` : named;
}

const submodules = (paths: readonly string[]): string =>
  `the submodule${paths.length === 1 ? '' : 's'} ${namedPaths(paths)}`;

/** One sentence for a person whose checkout lacks some. */
export const absentText = (paths: readonly string[]): string =>
  `The files of ${submodules(paths)} are not in your checkout, so agents and tests find ${paths.length === 1 ? 'an empty folder' : 'empty folders'}; run "git submodule update --init --recursive" to have them.`;

/** What a person is told of an agent that changed files of submodules. */
export const leftOutNote = (paths: readonly string[]): string =>
  `changes in ${submodules(paths)} are no part of the result`;

/** What an agent is told that changed files of submodules. */
export const leftOutText = (paths: readonly string[]): string =>
  `Your changes in ${submodules(paths)} are no part of the result, since a submodule is another repository; they are kept in a rescue ref. Do the task in the files of this repository, or say in your result what the submodule would need.`;
