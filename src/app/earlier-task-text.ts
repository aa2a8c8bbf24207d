import type { Continuation, EarlierTask, LoopConfig } from '../domain/loop/config.ts';
import type { Role } from '../domain/loop/model.ts';
import { fencedItems, onOneLine } from './quoted-words.ts';

const DESCRIPTION_LENGTH = 4000;

/** What agents are told of the loops that theirs goes on from; empty where there are none. */
export function earlierTaskText({ continuesTask }: LoopConfig, role: Role): string {
  if (!continuesTask) return '';
  const where =
    role === 'implementer'
      ? 'Its result is already in your worktree. Keep what it does unless the task asks for something else.'
      : 'Its result is the base of the diff: judge only what came after it.';
  return [
    `This task goes on from the finished loop ${continuesTask.taskId}, whose outcome was ${outcomeOf(continuesTask)} ${where}`,
    `Its task was:\n\n${quoted(continuesTask.description)}`,
    continuesTask.deferred.length > 0 ? `Left for later then:\n\n${fencedItems(continuesTask.deferred)}` : '',
    before(continuesTask),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function before({ before: tasks }: Continuation): string {
  if (tasks.length === 0) return '';
  const lines = tasks.map((task) => `${task.taskId}, ${outcomeOf(task)} ${firstLine(task.description)}`);
  return `Before it, oldest first:\n\n${list(lines)}`;
}

const outcomeOf = ({ outcome, reason }: EarlierTask): string =>
  reason.trim() === '' ? `${outcome}.` : `${outcome} (${firstLine(reason)}).`;

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

const firstLine = (text: string): string => onOneLine(text.trim().split(/\r?\n/, 1)[0] ?? '').slice(0, 200);

const quoted = (text: string): string =>
  text
    .slice(0, DESCRIPTION_LENGTH)
    .split(/\r?\n/)
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
