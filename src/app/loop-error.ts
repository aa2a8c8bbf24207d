import { err, type Err, type Result } from '../base/result.ts';
import type { GitError } from '../ports/worktrees.ts';
import type { LoopError } from './loop-service.ts';

export const fail = (kind: LoopError['kind'], message: string): Err<LoopError> => err({ kind, message });

/** What git refuses is the person's to change; all else is a fault. */
export const gitFailure = ({ kind, message }: GitError): Err<LoopError> =>
  fail(kind === 'refused' ? 'state' : 'internal', message);

export const told = <T>(result: Result<T, GitError>): Result<T, LoopError> =>
  result.ok ? result : gitFailure(result.error);
