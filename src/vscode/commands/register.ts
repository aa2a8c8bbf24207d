import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Command, Front } from '../front.ts';
import type { LOOP_TOOLS } from '../loop-tools/loop-tools.ts';
import { copyPath, openTerminal, openWorktree, showTranscript, takeOver } from './agents.ts';
import { answerStuck, nudgeAgent, stopAgent } from './care.ts';
import { cleanUp } from './clean-up.ts';
import { addFeedback, pauseLoop, resumeLoop, stopLoop } from './control.ts';
import { decide } from './decide.ts';
import { copyDoctorReport, doctor, doctorFix, showCompliance } from './doctor.ts';
import { newEpic, previewEpic, startEpic } from './epic.ts';
import { chooseSetUp } from './set-up.ts';
import { setRedisPassword } from './redis-password.ts';
import { showCoordination } from './show-coordination.ts';
import { showDiff, showFileDiff } from './show-diff.ts';
import { showLoop } from './show-loop.ts';
import { startFromFailingTest, startFromIssue, startFromSelection, startFromTodo } from './start-from.ts';
import { startLoop, watchDemo } from './start-loop.ts';
import {
  changeThresholds,
  compareIterations,
  exportRecord,
  releaseHandOver,
  retryAgent,
  setBreakpoints,
  showAgentDiff,
  showHandOver,
} from './steer.ts';

const loopTool =
  (name: keyof typeof LOOP_TOOLS): Command =>
  async (front, argument) =>
    (await import('../loop-tools/loop-tools.ts')).LOOP_TOOLS[name](front, argument);

const COMMANDS: Readonly<Record<string, Command>> = {
  startLoop,
  watchDemo,
  newEpic,
  startEpic,
  showLoop,
  chooseSetUp,
  stopLoop,
  pauseLoop,
  resumeLoop,
  decide,
  addFeedback,
  changeThresholds,
  retryAgent,
  setBreakpoints,
  releaseHandOver,
  showHandOver,
  compareIterations,
  exportRecord,
  showAgentDiff,
  openTerminal,
  takeOver,
  showTranscript,
  showDiff,
  showFileDiff,
  openWorktree,
  copyPath,
  doctor,
  doctorFix,
  copyDoctorReport,
  showCompliance,
  cleanUp,
  nudgeAgent,
  stopAgent,
  answerStuck,
  setRedisPassword,
  showCoordination,
  archiveLoop: loopTool('archiveLoop'),
  continueLoop: loopTool('continueLoop'),
  exportPatch: loopTool('exportPatch'),
  loopHistory: loopTool('loopHistory'),
  loopQueue: loopTool('loopQueue'),
  renameLoop: loopTool('renameLoop'),
  showWholeDiff: loopTool('showWholeDiff'),
  startNow: loopTool('startNow'),
  unarchiveLoop: loopTool('unarchiveLoop'),
  showLog: (front) => Promise.resolve(front.channel.show()),
  refresh: (front) => front.loops.refresh(),
  previewEpic,
  startFromSelection,
  startFromTodo,
  startFromFailingTest,
  startFromIssue,
};

/** Commands may be called without a click on them being enabled; Restricted Mode holds here too. */
const WITHOUT_TRUST = new Set(['newEpic', 'previewEpic', 'showLog', 'showLoop']);

export function registerCommands(front: Front): vscode.Disposable {
  const registered = Object.entries(COMMANDS).map(([name, command]) =>
    vscode.commands.registerCommand(`cfn.${name}`, async (argument: unknown) => {
      if (!vscode.workspace.isTrusted && !WITHOUT_TRUST.has(name)) {
        const message = l10n.t('Loops run programs. Trust this folder to start one.');
        return front.messages.failed({ kind: 'state', message });
      }
      front.telemetry.send('commandRun', { command: name });
      try {
        await command(front, argument);
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
