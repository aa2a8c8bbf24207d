import type { LoopReview } from '../../src/app/review/loop-review.ts';
import { err, ok } from '../../src/base/result.ts';
import { playedText } from './played-text.ts';

const isBase = (commit: string): boolean => /^a+$/.test(commit);
const RESULT = 'b'.repeat(40);

const NOT_PLAYED = err({ kind: 'state', message: 'This is not played back.' } as const);

/** Two files that the played loops changed. */
export const playedReview: LoopReview = {
  revisions: () =>
    Promise.resolve(
      ok([
        { kind: 'base', commit: 'a'.repeat(40) },
        { kind: 'start', iteration: 1, commit: 'a'.repeat(40) },
        { kind: 'integrated', iteration: 1, commit: RESULT, start: 'a'.repeat(40), agents: ['backend-1'] },
      ]),
    ),
  standings: () => Promise.resolve(ok([])),
  restore: () => Promise.resolve(NOT_PLAYED),
  compare: () =>
    Promise.resolve(
      ok([
        {
          status: 'added',
          before: null,
          after: { path: 'src/auth/jwt.ts', mode: '100644', oid: '1'.repeat(40) },
        },
        {
          status: 'modified',
          before: { path: 'README.md', mode: '100644', oid: '2'.repeat(40) },
          after: { path: 'README.md', mode: '100644', oid: '3'.repeat(40) },
        },
      ]),
    ),
  counts: () =>
    Promise.resolve(
      ok([
        { path: 'src/auth/jwt.ts', status: 'added', added: 10, removed: 0 },
        { path: 'README.md', status: 'modified', added: 1, removed: 1 },
      ]),
    ),
  read: (commit, file) => Promise.resolve(ok(new TextEncoder().encode(playedText(file, isBase(commit))))),
  look: (commit, file) =>
    Promise.resolve(
      ok({
        kind: 'file',
        oid: commit,
        size: new TextEncoder().encode(playedText(file, isBase(commit))).length,
      }),
    ),
  hunks: () => Promise.resolve(ok(null)),
  hunksOfAgent: () => Promise.resolve(NOT_PLAYED),
  revise: () => Promise.resolve(NOT_PLAYED),
  leaveOut: () => Promise.resolve(NOT_PLAYED),
  leaveOutSent: () => Promise.resolve(NOT_PLAYED),
  wouldTake: () => Promise.resolve(NOT_PLAYED),
  take: () => Promise.resolve(NOT_PLAYED),
  takeBack: () => Promise.resolve(NOT_PLAYED),
};
