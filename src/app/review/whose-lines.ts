import type { Commit } from '../../domain/loop/model.ts';
import type { LoopReview, Revision } from './loop-review.ts';
import { revisionAuthors } from './revisions.ts';

/** The implementer whose work a change is; null where several made it, or that is not known. */
export interface WhoseLines {
  ofFile(path: string): string | null;
  /** By the hunk's id where several changed the file. */
  ofHunk(path: string, hunk: string): Promise<string | null>;
}

/** Of the combined work of an iteration, or of one attempt. */
export function whoseLines(
  review: Pick<LoopReview, 'hunks'>,
  revisions: readonly Revision[],
  commit: Commit,
): WhoseLines {
  const attempt = revisions.find((each) => each.kind === 'attempt' && each.commit === commit);
  const combined = revisions.find(
    (each) => (each.kind === 'integrated' || each.kind === 'result') && each.commit === commit,
  );
  const upTo = combined && 'iteration' in combined ? combined.iteration : 0;
  const authors = (path: string) =>
    attempt?.kind === 'attempt'
      ? [attempt]
      : revisionAuthors(revisions, upTo).filter(({ paths }) => paths.includes(path));
  const only = (ids: readonly string[]): string | null => {
    const [first, ...others] = new Set(ids);
    return first !== undefined && others.length === 0 ? first : null;
  };
  return {
    ofFile: (path) => only(authors(path).map(({ agentId }) => agentId)),
    ofHunk: async (path, hunk) => {
      const made = authors(path);
      const alone = only(made.map(({ agentId }) => agentId));
      if (alone !== null) return alone;
      const agents: string[] = [];
      for (const { agentId, start, commit: to } of made) {
        const own = await review.hunks(start, to, path);
        if (own.ok && own.value?.hunks.some(({ id }) => id === hunk)) agents.push(agentId);
      }
      return only(agents);
    },
  };
}
