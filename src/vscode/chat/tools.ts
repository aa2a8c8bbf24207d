/** The verbs of loops as tools that a language model may call; what steers or costs asks the person. */
import * as vscode from 'vscode';
import { l10n } from 'vscode';
import type * as z from 'zod/mini';
import { statusFacts, whyFacts } from '../../app/loop-facts.ts';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { parseToolInput, TOOL_INPUTS, type ToolName } from '../../protocol/tool-inputs.ts';
import { planText, planWish, type StartWish } from '../commands/start-loop.ts';
import { consequences } from '../consequences.ts';
import type { Front } from '../front.ts';
import { isActive, needsPerson, taskTitle } from '../words.ts';
import { plain } from './answers.ts';

type Confirmation = vscode.LanguageModelToolConfirmationMessages;

interface ToolBody<Input> {
  /** Shown while the tool runs. */
  readonly doing: () => string;
  /** What the person agrees to beforehand; without it the tool only reads, or asks by itself. */
  readonly confirm?: (front: Front, input: Input) => Promise<Result<Confirmation, string>>;
  readonly run: (front: Front, input: Input) => Promise<Result<unknown, string>>;
}

/** Takes what a model hands over; checks it first. */
interface Tool {
  prepare(front: Front, raw: unknown): Promise<Result<vscode.PreparedToolInvocation, string>>;
  run(front: Front, raw: unknown): Promise<Result<unknown, string>>;
}

function tool<S extends z.core.$ZodObject>(name: ToolName, schema: S, body: ToolBody<z.output<S>>): Tool {
  const parse = (raw: unknown) => parseToolInput(name, schema, raw);
  return {
    prepare: async (front, raw) => {
      const input = parse(raw);
      if (!input.ok) return input;
      const invocationMessage = body.doing();
      if (!body.confirm) return ok({ invocationMessage });
      const confirmed = await body.confirm(front, input.value);
      return confirmed.ok ? ok({ invocationMessage, confirmationMessages: confirmed.value }) : confirmed;
    },
    run: async (front, raw) => {
      const input = parse(raw);
      return input.ok ? body.run(front, input.value) : input;
    },
  };
}

const LOOPS_TOLD = 5;

const told = <T>(result: Result<T, LoopError>): Result<T, string> =>
  result.ok ? result : err(result.error.message);

async function service(front: Front): Promise<Result<LoopService, string>> {
  return told(await front.loops.service());
}

/** The loop that is named, or the only one that fits. */
async function loopOf(
  front: Front,
  taskId: string | undefined,
  fits: (view: LoopView) => boolean,
  none: string,
): Promise<Result<{ readonly service: LoopService; readonly view: LoopView }, string>> {
  const opened = await service(front);
  if (!opened.ok) return opened;
  if (taskId !== undefined) {
    const view = front.loops.view(taskId);
    if (!view) return err(`There is no loop ${taskId}; cfn_status names those that are there.`);
    return fits(view) ? ok({ service: opened.value, view }) : err(none);
  }
  const [view, ...others] = front.loops.views().filter(fits);
  if (!view) return err(none);
  if (others.length === 0) return ok({ service: opened.value, view });
  return err(
    `Several loops fit: ${[view, ...others].map((each) => each.taskId).join(', ')}; name one as taskId.`,
  );
}

const startLoop = tool('cfn_start_loop', TOOL_INPUTS.cfn_start_loop, {
  doing: () => l10n.t('Starting a loop'),
  confirm: async (front, input) => {
    const planned = told(await planWish(front, wishOf(input)));
    if (!planned.ok) return planned;
    return ok({ title: l10n.t('Start this loop?'), message: lines(planText(planned.value.plan)) });
  },
  run: async (front, input) => {
    const planned = told(await planWish(front, wishOf(input)));
    if (!planned.ok) return planned;
    const { service: loops, plan } = planned.value;
    const started = told(await loops.start(plan));
    if (!started.ok) return started;
    front.loops.adopt(started.value);
    front.showPanel(plan.taskId);
    return ok({ started: plan.taskId, summary: plan.summary });
  },
});

type StartInput = z.output<typeof TOOL_INPUTS.cfn_start_loop>;

function wishOf({ task, requirements, acceptance, ...settings }: StartInput): StartWish {
  return {
    description: task,
    requirements: requirements ?? [],
    acceptance: acceptance ?? [],
    layers: [{ settings, label: (name) => name }],
  };
}

const status = tool('cfn_status', TOOL_INPUTS.cfn_status, {
  doing: () => l10n.t('Looking at the loops'),
  run: async (front, { taskId }) => {
    const opened = await service(front);
    if (!opened.ok) return opened;
    if (taskId === undefined) {
      const views = front.loops.views();
      const active = views.filter(isActive);
      return ok({
        loops: (active.length > 0 ? active : views).slice(0, LOOPS_TOLD).map(statusFacts),
        active: active.length,
        all: views.length,
      });
    }
    const found = await loopOf(front, taskId, () => true, '');
    return found.ok ? ok(statusFacts(found.value.view)) : found;
  },
});

const why = tool('cfn_why', TOOL_INPUTS.cfn_why, {
  doing: () => l10n.t('Reading the journal'),
  run: async (front, { taskId, iteration }) => {
    const opened = await service(front);
    if (!opened.ok) return opened;
    const newest = front.loops.views().find(needsPerson) ?? front.loops.views()[0];
    const found = await loopOf(front, taskId ?? newest?.taskId, () => true, 'No loop has run here yet.');
    if (!found.ok) return found;
    const { service: loops, view } = found.value;
    const history = told(await loops.history(view.taskId));
    return history.ok ? ok(whyFacts(view, history.value, iteration ?? null)) : history;
  },
});

const RUNNING = 'No loop is in progress.';

const addFeedback = tool('cfn_add_feedback', TOOL_INPUTS.cfn_add_feedback, {
  doing: () => l10n.t('Adding feedback'),
  confirm: async (front, { taskId, items }) => {
    const found = await loopOf(front, taskId, isActive, RUNNING);
    if (!found.ok) return found;
    const list = items.map((item) => `- ${plain(item)}`).join('\n');
    const title = l10n.t('Add feedback to "{0}"?', taskTitle(found.value.view, 60));
    return ok({
      title,
      message: new vscode.MarkdownString(`${l10n.t('The next iteration is told:')}\n\n${list}`),
    });
  },
  run: async (front, { taskId, items }) => {
    const found = await loopOf(front, taskId, isActive, RUNNING);
    if (!found.ok) return found;
    const { service: loops, view } = found.value;
    const added = told(await loops.addFeedback(view.taskId, items));
    return added.ok ? ok({ taskId: view.taskId, added: items.length }) : added;
  },
});

const decide = tool('cfn_decide', TOOL_INPUTS.cfn_decide, {
  doing: () => l10n.t('Asking you for a decision'),
  run: async (front, { taskId, decision, reason, feedback }) => {
    const found = await loopOf(front, taskId, needsPerson, 'No loop waits for a decision.');
    if (!found.ok) return found;
    const { service: loops, view } = found.value;
    const consequence = consequences(view).find((each) => each.decision === decision)?.text ?? '';
    // A dialog of our own: the chat's confirmations can be switched off, and a decision is a person's.
    const agreed = await front.messages.confirm(
      l10n.t('{0} for "{1}"?', decision, taskTitle(view, 60)),
      [consequence, ...(reason ? [l10n.t('Reason: {0}', reason)] : []), ...(feedback ?? [])].join('\n\n'),
      decision,
    );
    if (!agreed) return err('The person did not agree; nothing was decided.');
    const decided = told(
      await loops.decide(view.taskId, {
        decision,
        ...(reason ? { reason } : {}),
        ...(feedback ? { feedback } : {}),
      }),
    );
    if (!decided.ok) return decided;
    front.loops.adopt(decided.value);
    return ok({ taskId: view.taskId, decision });
  },
});

const TOOLS: Readonly<Record<ToolName, Tool>> = {
  cfn_start_loop: startLoop,
  cfn_status: status,
  cfn_why: why,
  cfn_add_feedback: addFeedback,
  cfn_decide: decide,
};

/** Throws one sentence, which is how a model is told that a tool failed. */
export async function prepareTool(
  front: Front,
  name: ToolName,
  raw: unknown,
): Promise<vscode.PreparedToolInvocation> {
  return valueOf(await TOOLS[name].prepare(front, raw));
}

/** The tool's answer as JSON; throws one sentence where it has none. */
export async function runTool(front: Front, name: ToolName, raw: unknown): Promise<string> {
  return JSON.stringify(valueOf(await TOOLS[name].run(front, raw)));
}

function valueOf<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

/** Line by line, as text. */
const lines = (text: string): vscode.MarkdownString =>
  new vscode.MarkdownString(text.split('\n').map(plain).join('  \n'));
