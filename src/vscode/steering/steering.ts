/** Steering that is used now and then; loaded when it is. */
import { l10n } from 'vscode';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { LoopError } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Result } from '../../base/result.ts';
import { pickAgents } from '../commands/pick-agent.ts';
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
    title: l10n.t('Change Thresholds ({0}): {1}', step, asked.name),
    prompt: l10n.t('{0} Enter keeps {1}.', asked.takes, asked.now),
    value: String(asked.now),
    ignoreFocusOut: true,
    validateInput: (typed) =>
      asked.fits(Number(typed)) && typed.trim() !== ''
        ? undefined
        : l10n.t('{0} takes {1}', asked.name, asked.takes.toLowerCase()),
  });
  if (text === undefined) return undefined;
  return Number(text) === asked.now ? null : Number(text);
}

const share = (value: number): boolean => Number.isFinite(value) && value >= 0 && value <= 1;

export const changeThresholds: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Change Thresholds'),
    filter: isActive,
    none: l10n.t('No loop is running.'),
  });
  if (!view) return;
  const { thresholds, maxIterations, iteration } = view;
  const gate = await askNumber(
    {
      name: l10n.t('Gate'),
      now: thresholds.next.gate ?? thresholds.gate,
      takes: l10n.t('A number from 0 to 1.'),
      fits: share,
    },
    '1/3',
  );
  if (gate === undefined) return;
  const consensus = await askNumber(
    {
      name: l10n.t('Consensus'),
      now: thresholds.next.consensus ?? thresholds.consensus,
      takes: l10n.t('A number from 0 to 1.'),
      fits: share,
    },
    '2/3',
  );
  if (consensus === undefined) return;
  const least = Math.max(1, iteration);
  const most = await askNumber(
    {
      name: l10n.t('Iterations'),
      now: maxIterations,
      takes: l10n.t('A whole number from {0} to 10.', least),
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
  told(front, done, l10n.t('The new thresholds count from the next iteration on.'));
};

interface ProgramItem extends vscode.QuickPickItem {
  readonly spec: string | null;
}

/** A new attempt, by the same program or another one, of each selected agent. */
export const retryAgent: Command = async (front, argument, selected) => {
  const picked = await pickAgents(front, argument, selected, {
    title: l10n.t('Retry Agent'),
    filter: (agent) => agent.startedAt !== null,
    none: l10n.t('No agent has run yet.'),
  });
  const [first] = picked;
  if (!first) return;
  const names = picked.map((each) => each.agent.id).join(', ');
  const { agent } = first;
  const found = await (await front.loops.core()).agents();
  const others = found.filter(
    (each) => (picked.length > 1 || each.id !== agent.preset) && each.path !== null,
  );
  const items: ProgramItem[] = [
    {
      label: picked.length === 1 ? l10n.t('{0} again', agent.preset) : l10n.t('Each its own again'),
      description: l10n.t('a fresh agent of the same program'),
      spec: null,
    },
    ...others.map((each) => ({
      label: each.id,
      description: each.version === null ? each.title : `${each.title} ${each.version}`,
      spec: each.id,
    })),
    ...(picked.length === 1 && agent.preset === 'demo'
      ? []
      : [{ label: 'demo', description: l10n.t('scripted, for $0'), spec: 'demo' }]),
  ];
  const chosen = await vscode.window.showQuickPick(items, {
    title: l10n.t('Retry {0}', names),
    placeHolder: l10n.t(
      'Who runs it? A running attempt is ended first; what it changed is kept under its own ref.',
    ),
  });
  if (!chosen) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const options = chosen.spec === null ? {} : { spec: chosen.spec };
  for (const each of picked) {
    const done = await opened.value.retryAgent(each.view.taskId, each.agent.id, options);
    if (!done.ok) return front.messages.failed(done.error);
  }
  front.messages.note(
    picked.length === 1 ? l10n.t('{0} runs again.', names) : l10n.t('{0} run again.', names),
  );
};

/** Every public event of the loop, as JSON lines. */
export const exportRecord: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Export Record'),
    filter: () => true,
    none: l10n.t('There is no loop yet.'),
  });
  if (!view) return;
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const history = await opened.value.history(view.taskId);
  if (!history.ok) return front.messages.failed(history.error);
  const target = await vscode.window.showSaveDialog({
    title: l10n.t('Record of "{0}"', taskTitle(view, 40)),
    filters: { 'JSON lines': ['jsonl'] },
    ...(front.loops.folder
      ? { defaultUri: vscode.Uri.joinPath(front.loops.folder, '..', `${view.taskId}.jsonl`) }
      : {}),
  });
  if (!target) return;
  const text = history.value.map((event) => `${JSON.stringify(event)}\n`).join('');
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  front.messages.note(l10n.t('{0} events were written to {1}.', history.value.length, target.fsPath));
};

const POINTS = [
  l10n.t('Task'),
  l10n.t('Output'),
  l10n.t('Extract'),
  l10n.t('Mean'),
  l10n.t('Gate'),
  l10n.t('Review'),
  l10n.t('Final'),
];

export const setBreakpoints: Command = async (front, argument) => {
  const view = await pickLoop(front, argument, {
    title: l10n.t('Set Breakpoints on Transfer Points'),
    filter: isActive,
    none: l10n.t('No loop is running.'),
  });
  if (!view) return;
  const items = POINTS.map((name, index) => ({
    label: l10n.t('TP {0}', index + 1),
    description: name,
    point: index + 1,
    picked: view.breakpoints.includes(index + 1),
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: l10n.t('Set Breakpoints on Transfer Points'),
    placeHolder: l10n.t(
      'The loop stops before these, shows what is handed over, and waits for you. Nothing times out.',
    ),
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
    title: l10n.t('Release Hand-Over'),
    filter: isHeld,
    none: l10n.t('No loop is held before a transfer point.'),
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
    const title = l10n.t('TP {0}: iteration {1} ↔ {2}', point, iteration - 1, iteration);
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
    title: l10n.t('Show Hand-Over'),
    filter: (each) => each.transferPoints.length > 0,
    none: l10n.t('Nothing was handed over yet.'),
  });
  const newest = new Map(view?.transferPoints.map((each) => [each.point, each.iteration]));
  const items = [...newest].map(([point, iteration]) => ({
    label: l10n.t('TP {0}', point),
    description: l10n.t('{0}, iteration {1}', POINTS[point - 1] ?? '', iteration),
    point,
    iteration,
  }));
  if (!view) return null;
  const chosen = await vscode.window.showQuickPick(items, { title: l10n.t('Show Hand-Over') });
  return chosen
    ? { taskId: view.taskId, point: chosen.point, iteration: chosen.iteration, what: 'payload' }
    : null;
}

export { handOverDocument } from './hand-over-documents.ts';
