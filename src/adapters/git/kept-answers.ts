import type { Result } from '../../base/result.ts';
import type { GitError } from '../../ports/worktrees.ts';

/**
 * Asks git about commits or trees once, and keeps the last answers for as long as there is something to ask with: what
 * an object's full name stands for never changes. Errors are not kept.
 */
export function keptAnswers<By extends object, Objects extends readonly string[], T>(
  limit: number,
  ask: (by: By, ...objects: Objects) => Promise<Result<T, GitError>>,
): (by: By, ...objects: Objects) => Promise<Result<T, GitError>> {
  const kept = new WeakMap<By, Map<string, Promise<Result<T, GitError>>>>();
  return async (by, ...objects) => {
    const answers = kept.get(by) ?? new Map<string, Promise<Result<T, GitError>>>();
    kept.set(by, answers);
    const key = objects.join(' ');
    const answer = answers.get(key) ?? ask(by, ...objects);
    answers.delete(key);
    answers.set(key, answer);
    for (const old of [...answers.keys()].slice(0, -limit)) answers.delete(old);
    const answered = await answer;
    if (!answered.ok && answers.get(key) === answer) answers.delete(key);
    return answered;
  };
}
