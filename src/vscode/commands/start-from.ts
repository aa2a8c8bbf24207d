/** Starts from what a person points at: a selection, a comment, a failing test, an issue. */
import type { Draft } from '../drafts/draft.ts';
import type { Command, Front } from '../front.ts';
import { startTask } from './start-loop.ts';

async function start(front: Front, draft: Draft | string | undefined): Promise<void> {
  if (draft === undefined) return;
  if (typeof draft === 'string') return front.messages.failed({ kind: 'input', message: draft });
  await startTask(front, draft);
}

export const startFromSelection: Command = async (front) => {
  const { fromSelection } = await import('../drafts/from-editor.ts');
  await start(front, await fromSelection());
};

export const startFromTodo: Command = async (front, argument) => {
  const { fromTodo } = await import('../drafts/from-editor.ts');
  await start(front, await fromTodo(argument));
};

export const startFromFailingTest: Command = async (front) => {
  const { fromFailingTest } = await import('../drafts/from-failing-test.ts');
  await start(front, await fromFailingTest(front));
};

/** Opens an epic to be read first: an issue is a stranger's text. */
export const startFromIssue: Command = async (front) => {
  const { epicFromIssue } = await import('../drafts/from-issue.ts');
  await start(front, await epicFromIssue());
};
