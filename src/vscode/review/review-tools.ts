/** What one does with what loops made; loaded with the review. */
import { compareIterations, compareRevisions } from './compare.ts';
import {
  compareFile,
  copyReviewPath,
  markReviewed,
  nextReviewFile,
  openReviewDiff,
  openReviewFile,
} from './file-commands.ts';
import { restoreIteration, showIterationDiff } from './iteration-commands.ts';
import { openReviewChanges, review, reviewAgainst, reviewAsList, reviewAsTree } from './review-commands.ts';
import { leaveFile, takeFile } from './take-files.ts';
import { showAgentDiff, showDiff, showFileDiff, showWholeDiff } from './show-diffs.ts';

export const REVIEW_TOOLS = {
  compareFile,
  compareIterations,
  compareRevisions,
  copyReviewPath,
  leaveFile,
  markReviewed,
  nextReviewFile,
  openReviewChanges,
  openReviewDiff,
  openReviewFile,
  restoreIteration,
  review,
  reviewAgainst,
  reviewAsList,
  reviewAsTree,
  showAgentDiff,
  showDiff,
  showFileDiff,
  showIterationDiff,
  showWholeDiff,
  takeFile,
};
