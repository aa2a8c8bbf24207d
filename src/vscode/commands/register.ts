import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { BRING_HOME } from '../bring-home/bring-home.ts';
import type { Command, Front } from '../front.ts';
import type { LOOP_TOOLS } from '../loop-tools/loop-tools.ts';
import type { ReviewComments } from '../review-comments/review-comments.ts';
import type { REVIEW_TOOLS } from '../review/review-tools.ts';
import type { HUNK_TOOLS } from '../review-hunks/hunk-tools.ts';
import type { TREE_TOOLS } from '../tree-tools/tree-tools.ts';
import type { LOOP_COMMANDS } from './loop-commands.ts';
import {
  changeThresholds,
  exportRecord,
  releaseHandOver,
  retryAgent,
  setBreakpoints,
  showHandOver,
} from './steer.ts';

const loopCommand =
  (name: keyof typeof LOOP_COMMANDS): Command =>
  async (front, argument, selected) =>
    (await import('./loop-commands.ts')).LOOP_COMMANDS[name](front, argument, selected);

const wayHome =
  (name: keyof typeof BRING_HOME): Command =>
  async (front, argument, selected) =>
    (await import('../bring-home/bring-home.ts')).BRING_HOME[name](front, argument, selected);

const loopTool =
  (name: keyof typeof LOOP_TOOLS): Command =>
  async (front, argument) =>
    (await import('../loop-tools/loop-tools.ts')).LOOP_TOOLS[name](front, argument);

const treeTool =
  (name: keyof typeof TREE_TOOLS): Command =>
  async (front, argument, selected) =>
    (await import('../tree-tools/tree-tools.ts')).TREE_TOOLS[name](front, argument, selected);

const reviewTool =
  (name: keyof typeof REVIEW_TOOLS): Command =>
  async (front, argument, selected) =>
    (await import('../review/review.ts')).REVIEW_TOOLS[name](front, argument, selected);

const hunkTool =
  (name: keyof typeof HUNK_TOOLS): Command =>
  async (front, argument) =>
    (await import('../review-hunks/hunk-review.ts')).HUNK_TOOLS[name](front, argument);

const reviewComment =
  (name: keyof ReviewComments['commands']): Command =>
  async (front, argument) =>
    (await front.review()).comments.commands[name](argument);

const COMMANDS: Readonly<Record<string, Command>> = {
  startLoop: loopCommand('startLoop'),
  watchDemo: loopCommand('watchDemo'),
  newEpic: loopCommand('newEpic'),
  startEpic: loopCommand('startEpic'),
  showLoop: loopCommand('showLoop'),
  chooseSetUp: loopCommand('chooseSetUp'),
  chooseCodePlace: loopCommand('chooseCodePlace'),
  buildImage: loopCommand('buildImage'),
  stopLoop: loopCommand('stopLoop'),
  pauseLoop: loopCommand('pauseLoop'),
  resumeLoop: loopCommand('resumeLoop'),
  decide: treeTool('decide'),
  addFeedback: loopCommand('addFeedback'),
  changeThresholds,
  retryAgent,
  setBreakpoints,
  releaseHandOver,
  showHandOver,
  compareIterations: reviewTool('compareIterations'),
  compareRevisions: reviewTool('compareRevisions'),
  exportRecord,
  showAgentDiff: reviewTool('showAgentDiff'),
  openTerminal: treeTool('openTerminal'),
  openShell: treeTool('openShell'),
  takeOver: treeTool('takeOver'),
  showTranscript: treeTool('showTranscript'),
  showDiff: reviewTool('showDiff'),
  showFileDiff: reviewTool('showFileDiff'),
  openWorktree: treeTool('openWorktree'),
  copyPath: treeTool('copyPath'),
  showAgents: loopCommand('showAgents'),
  tryAgent: loopCommand('tryAgent'),
  doctor: loopCommand('doctor'),
  doctorFix: loopCommand('doctorFix'),
  copyDoctorReport: loopCommand('copyDoctorReport'),
  showCompliance: loopCommand('showCompliance'),
  cleanUp: treeTool('cleanUp'),
  nudgeAgent: treeTool('nudgeAgent'),
  stopAgent: treeTool('stopAgent'),
  answerStuck: treeTool('answerStuck'),
  answerQuestion: treeTool('answerQuestion'),
  setRedisPassword: loopCommand('setRedisPassword'),
  setProviderKey: loopCommand('setProviderKey'),
  forgetProviderKey: loopCommand('forgetProviderKey'),
  showCoordination: loopCommand('showCoordination'),
  bringHome: wayHome('bringHome'),
  bringSeveralHome: wayHome('bringSeveralHome'),
  undoIntegration: wayHome('undoIntegration'),
  archiveLoop: loopTool('archiveLoop'),
  continueLoop: loopTool('continueLoop'),
  exportPatch: loopTool('exportPatch'),
  loopHistory: loopTool('loopHistory'),
  loopQueue: loopTool('loopQueue'),
  renameLoop: loopTool('renameLoop'),
  splitTask: loopTool('splitTask'),
  showWholeDiff: reviewTool('showWholeDiff'),
  startNow: loopTool('startNow'),
  unarchiveLoop: loopTool('unarchiveLoop'),
  compareFile: reviewTool('compareFile'),
  copyReviewPath: reviewTool('copyReviewPath'),
  markReviewed: reviewTool('markReviewed'),
  nextReviewFile: reviewTool('nextReviewFile'),
  openReviewChanges: reviewTool('openReviewChanges'),
  openReviewDiff: reviewTool('openReviewDiff'),
  openReviewFile: reviewTool('openReviewFile'),
  restoreIteration: reviewTool('restoreIteration'),
  showIterationDiff: reviewTool('showIterationDiff'),
  leaveFile: reviewTool('leaveFile'),
  takeFile: reviewTool('takeFile'),
  review: reviewTool('review'),
  reviewAgainst: reviewTool('reviewAgainst'),
  reviewAsList: reviewTool('reviewAsList'),
  reviewAsTree: reviewTool('reviewAsTree'),
  acceptFinding: reviewComment('acceptFinding'),
  addComment: reviewComment('addComment'),
  cancelComment: reviewComment('cancelComment'),
  deleteComment: reviewComment('deleteComment'),
  dismissFinding: reviewComment('dismissFinding'),
  editComment: reviewComment('editComment'),
  resolveThread: reviewComment('resolveThread'),
  saveComment: reviewComment('saveComment'),
  sendReview: reviewComment('sendReview'),
  showThread: reviewComment('showThread'),
  showLog: (front) => Promise.resolve(front.channel.show()),
  refresh: async (front) => {
    await front.loops.refresh();
    await front.trees.refresh();
  },
  previewEpic: loopCommand('previewEpic'),
  startFromSelection: loopCommand('startFromSelection'),
  startFromTodo: loopCommand('startFromTodo'),
  startFromFailingTest: loopCommand('startFromFailingTest'),
  startFromIssue: loopCommand('startFromIssue'),
  answer: treeTool('answer'),
  filterAgents: treeTool('filterAgents'),
  removeAgent: treeTool('removeAgent'),
  removeLoop: treeTool('removeLoop'),
  repairWorktrees: treeTool('repairWorktrees'),
  rescueWork: treeTool('rescueWork'),
  restartAgent: treeTool('restartAgent'),
  restoreAgent: treeTool('restoreAgent'),
  showAllAgents: treeTool('showAllAgents'),
  snooze: treeTool('snooze'),
  unsnooze: treeTool('unsnooze'),
  acceptHunk: hunkTool('acceptHunk'),
  rejectHunk: hunkTool('rejectHunk'),
  acceptFile: hunkTool('acceptFile'),
  rejectFile: hunkTool('rejectFile'),
  acceptAgent: hunkTool('acceptAgent'),
  rejectAgent: hunkTool('rejectAgent'),
  undoChoice: hunkTool('undoChoice'),
  redoChoice: hunkTool('redoChoice'),
  nextHunk: hunkTool('nextHunk'),
  previousHunk: hunkTool('previousHunk'),
  nextFile: hunkTool('nextFile'),
  previousFile: hunkTool('previousFile'),
  leaveOutRejected: hunkTool('leaveOutRejected'),
  undoReviewChange: hunkTool('undoReviewChange'),
};

/** Commands may be called without a click on them being enabled; Restricted Mode holds here too. */
const WITHOUT_TRUST = new Set(['newEpic', 'previewEpic', 'showLog', 'showLoop']);

export function registerCommands(front: Front): vscode.Disposable {
  const registered = Object.entries(COMMANDS).map(([name, command]) =>
    vscode.commands.registerCommand(`cfn.${name}`, async (argument: unknown, selected: unknown) => {
      if (!vscode.workspace.isTrusted && !WITHOUT_TRUST.has(name)) {
        const message = l10n.t('Loops run programs. Trust this folder to start one.');
        return front.messages.failed({ kind: 'state', message });
      }
      front.telemetry.send('commandRun', { command: name });
      try {
        await command(front, argument, selected);
      } catch (error) {
        front.channel.error(error instanceof Error ? error : String(error));
        front.messages.failed({
          kind: 'internal',
          message: l10n.t('That did not work: {0}', error instanceof Error ? error.message : String(error)),
        });
      }
    }),
  );
  return vscode.Disposable.from(...registered);
}
