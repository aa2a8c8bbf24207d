/** What was found and said of loops' commits: in editors, in Problems and in the review view. */
import type * as vscode from 'vscode';
import type { ReviewContext, ReviewSection } from '../review/section.ts';
import { createCommentCommands } from './comment-commands.ts';
import { createCommentThreads } from './comment-threads.ts';
import { createDrafts, type Drafts } from './drafts.ts';
import { createCommitTexts } from './placed.ts';
import { createProblems } from './problems.ts';
import { createTakenFiles } from './taken-section.ts';
import { createOpenThreads, createVerifiedThreads } from './thread-sections.ts';
import { createUnsent } from './unsent.ts';
import { createThreadStore } from './threads-store.ts';

export interface ReviewComments extends vscode.Disposable {
  readonly drafts: Drafts;
  readonly taken: ReviewSection;
  readonly open: ReviewSection;
  readonly verified: ReviewSection;
  readonly commands: ReturnType<typeof createCommentCommands>;
}

export function createReviewComments({ front, subjects }: ReviewContext): ReviewComments {
  const { loops } = front;
  const drafts = createDrafts(front.memory);
  const threads = createThreadStore(loops);
  const deps = { loops, subjects, threads, drafts, texts: createCommitTexts(loops) };
  const unsent = createUnsent(front, drafts);
  const groups = { ...deps, unsent };
  const shown = createCommentThreads(deps);
  const problems = createProblems(deps);
  return {
    drafts,
    taken: createTakenFiles(front, drafts),
    open: createOpenThreads(groups),
    verified: createVerifiedThreads(groups),
    commands: createCommentCommands({ ...deps, front, shown }),
    dispose: () => {
      for (const each of [shown, problems, threads, unsent, drafts]) each.dispose();
    },
  };
}
