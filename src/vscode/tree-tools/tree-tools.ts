/** What one does with the rows of the trees; loaded when it is done first. */
import {
  copyPath,
  openShell,
  openTerminal,
  openWorktree,
  showTranscript,
  takeOver,
} from '../commands/agents.ts';
import { answerStuck, nudgeAgent, stopAgent } from '../commands/care.ts';
import { cleanUp } from '../commands/clean-up.ts';
import { decide } from '../commands/decide.ts';
import { rescueWork, restartAgent } from './again.ts';
import { answerQuestion } from './answer-question.ts';
import { answer } from './answer.ts';
import { filterAgents, showAllAgents } from './filter.ts';
import { removeAgent, restoreAgent } from './remove-agent.ts';
import { removeLoop } from './remove-loop.ts';
import { repairWorktrees } from './repair-worktrees.ts';
import { snooze, unsnooze } from './snooze.ts';

export const TREE_TOOLS = {
  answer,
  answerQuestion,
  answerStuck,
  cleanUp,
  copyPath,
  decide,
  filterAgents,
  nudgeAgent,
  openTerminal,
  openShell,
  openWorktree,
  removeAgent,
  removeLoop,
  repairWorktrees,
  rescueWork,
  restartAgent,
  restoreAgent,
  showAllAgents,
  showTranscript,
  snooze,
  stopAgent,
  takeOver,
  unsnooze,
};
