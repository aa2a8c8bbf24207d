import type { Result } from '../../base/result.ts';
import type { GitError } from '../../ports/worktrees.ts';

/**
 * Asks git about a commit or tree once, and keeps the last answers for as long as there is something to ask with: what
 * an object's full name stands for never changes. Errors are not kept.
 */
export function keptAnswers<By extends object, T>(
  limit: number,
  ask: (by: By, object: string) => Promise<Result<T, GitError>>,
): (by: By, object: string) => Promise<Result<T, GitError>> {
  const kept = new WeakMap<By, Map<string, Promise<Result<T, GitError>>>>();
  return async (by, object) => {
    const answers = kept.get(by) ?? new Map<string, Promise<Result<T, GitError>>>();
    kept.set(by, answers);
    const answer = answers.get(object) ?? ask(by, object);
    answers.delete(object);
    answers.set(object, answer);
    for (const old of [...answers.keys()].slice(0, -limit)) answers.delete(old);
    const answered = await answer;
    if (!answered.ok && answers.get(object) === answer) answers.delete(object);
    return answered;
  };
}
