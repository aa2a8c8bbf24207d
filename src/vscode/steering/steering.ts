/** Steering that is used now and then; loaded when it is. */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { LoopError } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Result } from '../../base/result.ts';
import { pickAgent } from '../commands/pick-agent.ts';
import { pickLoop } from '../commands/pick-loop.ts';
import { handOverUri } from './hand-over-documents.ts';
import type { Command, Front } from '../front.ts';
import { isActive, taskTitle } from '../words.ts';

function told(front: Front, done: Result<unknown, LoopError>, note: string): void {
  if (done.ok) front.messages.note(note);
  else front.messages.failed(done.error);
}

interface Asked {
  readonly name: string;
  readonly now: number;
  readonly takes: string;
  readonly fits: (value: number) => boolean;
}

/** Undefined when the person gave up; null when the value stays. */
async function askNumber(asked: Asked, step: string): Promise<number | null | undefined> {
  const text = await vscode.window.showInputBox({
    title: `Change Thresholds (${step}): ${asked.name}`,
    prompt: `${asked.takes} Enter keeps ${asked.now}.`,
    value: String(asked.now),
    ignoreFocusOut: true,
    validateInput: (typed) =>
      asked.fits(Number(typed)) && typed.trim() !== ''
        ? undefined
        : `${asked.name} takes ${asked.takes.toLowerCase()}`,
  });
  if (text === undefined) return undefined;
  return Number(text) === asked.now ? null : Number(text);
}

const share = (value: number): boolean => Number.isFinite(value) && value >= 0 && value <= 1;

export const changeThresholds: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: 'Change Thresholds',
    filter: isActive,
    none: 'No loop is running.',
  });
  if (!view) return;
  const { thresholds, maxIterations, iteration } = view;
  const gate = await askNumber(
    {
      name: 'Gate',
      now: thresholds.next.gate ?? thresholds.gate,
      takes: 'A number from 0 to 1.',
      fits: share,
    },
    '1/3',
  );
  if (gate === undefined) return;
  const consensus = await askNumber(
    {
      name: 'Consensus',
      now: thresholds.next.consensus ?? thresholds.consensus,
      takes: 'A number from 0 to 1.',
      fits: share,
    },
    '2/3',
  );
  if (consensus === undefined) return;
  const least = Math.max(1, iteration);
  const most = await askNumber(
    {
      name: 'Iterations',
      now: maxIterations,
      takes: `A whole number from ${least} to 10.`,
      fits: (value) => Number.isInteger(value) && value >= least && value <= 10,
    },
    '3/3',
  );
  if (most === undefined) return;
  const changed = {
    ...(gate === null ? {} : { gate }),
    ...(consensus === null ? {} : { consensus }),
    ...(most === null ? {} : { maxIterations: most }),
  };
  if (Object.keys(changed).length === 0) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const done = await opened.value.changeThresholds(view.taskId, changed);
  told(front, done, 'The new thresholds count from the next iteration on.');
};

interface ProgramItem extends vscode.QuickPickItem {
  readonly spec: string | null;
}

/** A new attempt, by the same program or another one. */
export const retryAgent: Command = async (front, argument) => {
  const picked = await pickAgent(front, argument, {
    title: 'Retry Agent',
    filter: (agent) => agent.startedAt !== null,
    none: 'No agent has run yet.',
  });
  if (!picked) return;
  const { view, agent } = picked;
  const found = await (await front.loops.core()).agents();
  const others = found.filter((each) => each.id !== agent.preset && each.path !== null);
  const items: ProgramItem[] = [
    { label: `${agent.preset} again`, description: 'a fresh agent of the same program', spec: null },
    ...others.map((each) => ({
      label: each.id,
      description: each.version === null ? each.title : `${each.title} ${each.version}`,
      spec: each.id,
    })),
    ...(agent.preset === 'demo' ? [] : [{ label: 'demo', description: 'scripted, for $0', spec: 'demo' }]),
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: `Retry ${agent.id}`,
    placeHolder: 'Who runs it? A running attempt is ended first; what it changed is kept under its own ref.',
  });
  if (!chosen) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const options = chosen.spec === null ? {} : { spec: chosen.spec };
  told(front, await opened.value.retryAgent(view.taskId, agent.id, options), `${agent.id} runs again.`);
};

/** Every public event of the loop, as JSON lines. */
export const exportRecord: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: 'Export Record',
    filter: () => true,
    none: 'There is no loop yet.',
  });
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const history = await opened.value.history(view.taskId);
  if (!history.ok) return front.messages.failed(history.error);
  const target = await vscode.window.showSaveDialog({
    title: `Record of "${taskTitle(view, 40)}"`,
    filters: { 'JSON lines': ['jsonl'] },
    ...(front.loops.folder
      ? { defaultUri: vscode.Uri.joinPath(front.loops.folder, '..', `${view.taskId}.jsonl`) }
      : {}),
  });
  if (!target) return;
  const text = history.value.map((event) => `${JSON.stringify(event)}\n`).join('');
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  front.messages.note(`${history.value.length} events were written to ${target.fsPath}.`);
};

const POINTS = ['Task', 'Output', 'Extract', 'Mean', 'Gate', 'Review', 'Final'];

export const setBreakpoints: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: 'Set Breakpoints on Transfer Points',
    filter: isActive,
    none: 'No loop is running.',
  });
  if (!view) return;
  const items = POINTS.map((name, index) => ({
    label: `TP ${index + 1}`,
    description: name,
    point: index + 1,
    picked: view.breakpoints.includes(index + 1),
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Set Breakpoints on Transfer Points',
    placeHolder:
      'The loop stops before these, shows what is handed over, and waits for you. Nothing times out.',
    canPickMany: true,
  });
  if (!chosen) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const done = await opened.value.setBreakpoints(
    view.taskId,
    chosen.map((item) => item.point),
  );
  if (!done.ok) front.messages.failed(done.error);
};

const isHeld = (view: LoopView): boolean => view.held !== null;

/** Lets a held hand-over go on as it is; changing it is done in the panel. */
export const releaseHandOver: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: 'Release Hand-Over',
    filter: isHeld,
    none: 'No loop is held before a transfer point.',
  });
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const released = await opened.value.release(view.taskId);
  if (!released.ok) return front.messages.failed(released.error);
  front.loops.adopt(released.value);
};

const handOverArgument = z.object({
  taskId: z.string(),
  point: z.int(),
  iteration: z.int(),
  what: z.enum(['payload', 'prompt', 'compare']),
});

/** What was handed over, the prompt that carried it, or what differs from the iteration before. */
export const showHandOver: Command = async (front, argument) => {
  const given = handOverArgument.safeParse(argument);
  const asked = given.success ? given.data : await askHandOver(front, argument);
  if (!asked) return;
  const { taskId, point, iteration, what } = asked;
  const payload = handOverUri({ taskId, point, iteration, what: 'payload' });
  if (what === 'compare') {
    const before = handOverUri({ taskId, point, iteration: iteration - 1, what: 'payload' });
    const title = `TP ${point}: iteration ${iteration - 1} ↔ ${iteration}`;
    await vscode.commands.executeCommand('vscode.diff', before, payload, title);
    return;
  }
  const uri = what === 'payload' ? payload : handOverUri({ taskId, point, iteration, what });
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true, viewColumn: vscode.ViewColumn.Beside });
};

async function askHandOver(
  front: Front,
  argument: unknown,
): Promise<z.infer<typeof handOverArgument> | null> {
  const view = await pickLoop(front, argument, {
    title: 'Show Hand-Over',
    filter: (each) => each.transferPoints.length > 0,
    none: 'Nothing was handed over yet.',
  });
  const newest = new Map(view?.transferPoints.map((each) => [each.point, each.iteration]));
  const items = [...newest].map(([point, iteration]) => ({
    label: `TP ${point}`,
    description: `${POINTS[point - 1] ?? ''}, iteration ${iteration}`,
    point,
    iteration,
  }));
  if (!view) return null;
  const chosen = await vscode.window.showQuickPick(items, { title: 'Show Hand-Over' });
  return chosen
    ? { taskId: view.taskId, point: chosen.point, iteration: chosen.iteration, what: 'payload' }
    : null;
}

export { showAgentDiff } from './agent-diff.ts';
export { handOverDocument } from './hand-over-documents.ts';
export { compareIterations } from './compare-iterations.ts';
