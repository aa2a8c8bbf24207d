import type { Way } from '../../domain/home/ways.ts';
import type { LoopConfig } from '../../domain/loop/config.ts';
import type { CommitLine } from '../../ports/home-git.ts';

const SUBJECT_LENGTH = 72;

/** The first line of what the loop was to do. */
export function intentOf({ description, taskId }: Pick<LoopConfig, 'description' | 'taskId'>): string {
  const line = description
    .split('\n')
    .map((one) => one.replaceAll(/\p{Cc}/gu, ' ').trim())
    .find((one) => one !== '');
  return cut(line ?? taskId, SUBJECT_LENGTH);
}

/** Of the commit that brings a result home. */
export function mergeMessage(config: Pick<LoopConfig, 'description' | 'taskId'>, way: Way): string {
  const intent = intentOf(config);
  return way === 'squash'
    ? `${intent}\n\nResult of the loop ${config.taskId}.\n`
    : `${cut(`Merge loop ${config.taskId}: ${intent}`, SUBJECT_LENGTH)}\n`;
}

/** The task of agents that begin at the merge with its conflicts marked. */
export function conflictTask(conflict: {
  readonly intent: string;
  readonly branch: string | null;
  readonly files: readonly string[];
  readonly theirs: readonly CommitLine[];
}): string {
  const { intent, branch, files, theirs } = conflict;
  const name = branch ?? 'HEAD';
  const others = theirs.map(
    ({ commit, subject }) => `- ${commit.slice(0, 12)} ${cut(subject, SUBJECT_LENGTH)}`,
  );
  return [
    `Resolve the conflicts of merging "${intent}" into ${name}.`,
    '',
    'The files below hold conflict markers. Keep what both sides meant, leave no marker, and change nothing else.',
    '',
    ...files.map((file) => `- ${file}`),
    '',
    `What ${name} has changed in them:`,
    ...(others.length > 0 ? others : ['- nothing that its newest commits name']),
  ].join('\n');
}

function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text;
}
