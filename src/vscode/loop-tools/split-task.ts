import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { containersBesideLoops } from '../../app/container-plan.ts';
import { PREFERRED_PRESETS } from '../../app/presets.ts';
import { agentsOf, PLANNED_FIELDS, planText } from '../../app/split/plan-text.ts';
import { readPartCount } from '../../app/split/part-count.ts';
import { readPlanner, type Planner } from '../../app/split/planner.ts';
import type { SplitProposal, SplitRequest } from '../../app/split/propose-split.ts';
import { err, type Result } from '../../base/result.ts';
import type { LoopError, LoopService } from '../../app/loop-service.ts';
import type { Mode } from '../../domain/loop/model.ts';
import type { StartWish } from '../commands/start-loop.ts';
import type { Command, Front } from '../front.ts';
import { askTask } from '../commands/start-questions.ts';
import { agreeToModels } from '../commands/agree-to-models.ts';
import { readUserSettings } from '../settings.ts';

/** A task to take apart, with what stays of its epic. */
export type Source = Omit<
  SplitRequest,
  'program' | 'permission' | 'containers' | 'count' | 'onWait' | 'signal'
> & {
  readonly kept: readonly string[];
  readonly body: string;
  readonly agents: readonly string[];
};

/** Of the epic that is in front, else of a task in words. The plan is a document of its own, to be edited and started. */
export const splitTask: Command = async (front) => {
  const opened = await front.loops.service();
  if (!opened.ok) return front.messages.failed(opened.error);
  const source = await askSource(front);
  if (source) await proposeParts(front, opened.value, { source, suggested: source.agents.length });
};

/** `suggested`: how many parts there would be if nothing else is said; 0: as many as the agent finds. */
export async function proposeParts(
  front: Front,
  service: LoopService,
  { source, suggested }: { readonly source: Source; readonly suggested: number },
): Promise<void> {
  const planner = await askPlanner(front);
  if (!planner) return;
  const count = await askCount(suggested);
  if (count === undefined) return;
  const refused = await agreeToModels(front, [{ program: planner.program }]);
  if (refused !== null) return front.messages.failed({ kind: 'input', message: refused });
  const proposed = await propose(front, service, { source, planner, count });
  if (proposed === null) return;
  if (!proposed.ok) return front.messages.failed(proposed.error);
  const { parts, marks } = proposed.value;
  const agents = agentsOf(parts.length, source.agents, planner.implementer);
  const content = planText({ ...source, parts, marks, agents });
  const document = await vscode.workspace.openTextDocument({ language: 'cfn-epic', content });
  await vscode.window.showTextDocument(document);
}

/** Null: as many as the agent finds; undefined when the person left the question. */
async function askCount(suggested: number): Promise<number | null | undefined> {
  const read = (text: string) => readPartCount(l10n.t('The number'), text.trim() || undefined);
  const typed = await vscode.window.showInputBox({
    title: l10n.t('Split Task'),
    prompt: l10n.t('Into how many parts? Empty: as many as the agent finds.'),
    value: suggested > 0 ? String(suggested) : '',
    ignoreFocusOut: true,
    validateInput: (text) => {
      const count = read(text);
      return count.ok ? undefined : count.error;
    },
  });
  if (typed === undefined) return undefined;
  const count = read(typed);
  return count.ok ? count.value : undefined;
}

async function askSource(front: Front): Promise<Source | undefined> {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== 'cfn-epic') {
    const task = await askTask('');
    return task === undefined
      ? undefined
      : { description: task, requirements: [], acceptance: [], kept: [], body: task, agents: [] };
  }
  const { epicWithout, parseEpic } = await import('../../protocol/epic-file.ts');
  const epic = parseEpic(document.getText());
  if (!epic.ok) {
    const message = l10n.t('Line {0}: {1}', epic.error.line, epic.error.message);
    front.messages.failed({ kind: 'input', message });
    return undefined;
  }
  const { description, requirements, acceptance, settings } = epic.value;
  const rest = epicWithout(document.getText(), PLANNED_FIELDS);
  return { description, requirements, acceptance, ...rest, agents: settings.agents ?? [] };
}

/** What a start was asked for, as an epic says it: of one that came from no file, its task and mode. */
export async function sourceOfWish(
  { description, requirements, acceptance, epic, layers }: StartWish,
  mode: Mode,
): Promise<Source> {
  const task = { description, requirements, acceptance };
  if (epic === undefined) {
    const body = [description, ...listed('Requirements', requirements), ...listed('Acceptance', acceptance)];
    return { ...task, kept: [`mode: ${mode}`], body: body.join('\n'), agents: [] };
  }
  const { epicWithout } = await import('../../protocol/epic-file.ts');
  const agents = layers.find(({ settings }) => settings.agents)?.settings.agents ?? [];
  return { ...task, ...epicWithout(epic, PLANNED_FIELDS), agents };
}

const listed = (heading: string, items: readonly string[]): readonly string[] =>
  items.length === 0 ? [] : ['', `## ${heading}`, '', ...items.map((item) => `- ${item}`)];

async function askPlanner(front: Front): Promise<Planner | undefined> {
  const core = await front.loops.core();
  const found = (await core.agents()).filter(({ id, path }) => path !== null && id !== 'demo');
  const items = found.map(({ id, title, version }) => ({
    label: id,
    description: version ? `${title} ${version}` : title,
  }));
  if (items.length === 0) {
    front.messages.failed({ kind: 'input', message: l10n.t('No agent CLI was found on this machine.') });
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: l10n.t('Split Task'),
    placeHolder: l10n.t('Who takes it apart? It reads the repository and changes nothing.'),
    ignoreFocusOut: true,
  });
  if (!picked) return undefined;
  const preset = PREFERRED_PRESETS.find((id) => found.some((agent) => agent.id === id)) ?? null;
  const planner = readPlanner(l10n.t('The agent'), picked.label, preset);
  if (planner.ok) return planner.value;
  front.messages.failed({ kind: 'input', message: planner.error });
  return undefined;
}

/** Null: the person called it off. */
async function propose(
  front: Front,
  service: LoopService,
  {
    source,
    planner,
    count,
  }: { readonly source: Source; readonly planner: Planner; readonly count: number | null },
): Promise<Result<SplitProposal, LoopError> | null> {
  const folder = front.loops.folder;
  const user = folder ? readUserSettings(folder) : null;
  if (user && !user.ok) return err({ kind: 'input', message: user.error });
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: l10n.t('An agent takes the task apart …'),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const controller = new AbortController();
    const listening = token.onCancellationRequested(() => controller.abort());
    try {
      const proposed = await service.proposeSplit?.({
        ...source,
        program: planner.program,
        permission: user?.value.settings.permission ?? 'edits',
        containers: containersBesideLoops(user ? [user.value] : []),
        count,
        onWait: (why) => progress.report({ message: why ?? '' }),
        signal: controller.signal,
      });
      return controller.signal.aborted ? null : (proposed ?? null);
    } finally {
      listening.dispose();
    }
  });
}
