/** `@cfn` in the chat: shows what the loops' projections and journals say, and starts nothing by itself. */
import * as vscode from 'vscode';
import { l10n } from 'vscode';
import { whyFacts } from '../../app/loop-facts.ts';
import type { LoopView } from '../../app/projections/loop-view.ts';
import type { Front } from '../front.ts';
import { isActive, needsPerson } from '../words.ts';
import { plain, statusAnswer, whyAnswer } from './answers.ts';
import { iterationIn, loopMeant, verbOf, type Verb } from './asked.ts';

export type Asked = Pick<vscode.ChatRequest, 'command' | 'prompt' | 'references'>;

/** What a follow-up needs to know of the answer before it. */
export interface Answered {
  readonly verb: Verb;
  readonly needsPerson: boolean;
  readonly hasLoop: boolean;
}
const FILES_SHOWN = 10;
const LOOPS_SHOWN = 5;

export async function answer(
  front: Front,
  request: Asked,
  stream: vscode.ChatResponseStream,
): Promise<vscode.ChatResult & { readonly metadata: Answered }> {
  const verb = verbOf(request.command, request.prompt);
  const answered = (needs: boolean) => ({
    metadata: { verb, needsPerson: needs, hasLoop: front.loops.views().length > 0 },
  });
  if (verb === 'start') {
    offerStart(request, stream);
    return answered(false);
  }
  const opened = await front.loops.service();
  if (!opened.ok) {
    stream.markdown(plain(opened.error.message));
    return { ...answered(false), errorDetails: { message: opened.error.message } };
  }
  const views = front.loops.views();
  if (verb === 'why') {
    const view = loopMeant(views, request.prompt);
    if (!view) stream.markdown(statusAnswer([]));
    else await explain(front, view, iterationIn(request.prompt), stream);
    return answered(view !== null && needsPerson(view));
  }
  if (verb === 'help') stream.markdown(`${help()}\n\n`);
  const active = views.filter(isActive);
  const shown = active.length > 0 ? active.slice(0, LOOPS_SHOWN) : views.slice(0, 1);
  stream.markdown(statusAnswer(shown));
  buttons(shown, stream);
  return answered(shown.some(needsPerson));
}

const help = (): string =>
  l10n.t(
    'I answer from what loops have journaled, without a model: `/status` says where they are, `/why` why one waits, failed or decided, and `/start` puts your task into the start of a loop.',
  );

/** The person looks the task over, sees what would run, and confirms; only then anything is created. */
function offerStart({ prompt, references }: Asked, stream: vscode.ChatResponseStream): void {
  const description = [prompt.trim(), ...references.flatMap(referenceText)].join('\n').trim();
  stream.markdown(
    description === ''
      ? l10n.t(
          'Say what should be different afterwards, for example: `@cfn /start add rate limiting to POST /login`.',
        )
      : l10n.t(
          'Nothing has been started. The button asks for mode and agents, shows what would run and what it can cost, and starts when you confirm.',
        ),
  );
  stream.button({
    title: l10n.t('Start Loop…'),
    command: 'cfn.startLoop',
    arguments: [{ proposed: description }],
  });
}

/** `See src/auth.ts, lines 10 to 20.`; only places in the workspace, and never the content. */
function referenceText({ value }: vscode.ChatPromptReference): string[] {
  const uri = value instanceof vscode.Location ? value.uri : value;
  if (!(uri instanceof vscode.Uri) || vscode.workspace.getWorkspaceFolder(uri) === undefined) return [];
  const path = vscode.workspace.asRelativePath(uri, false);
  if (!(value instanceof vscode.Location)) return [`See ${path}.`];
  return [`See ${path}, lines ${value.range.start.line + 1} to ${value.range.end.line + 1}.`];
}

async function explain(
  front: Front,
  view: LoopView,
  iteration: number | null,
  stream: vscode.ChatResponseStream,
): Promise<void> {
  stream.progress(l10n.t('Reading the journal'));
  const opened = await front.loops.service();
  const history = opened.ok ? await opened.value.history(view.taskId) : opened;
  if (!history.ok) return stream.markdown(plain(history.error.message));
  stream.markdown(whyAnswer(view, whyFacts(view, history.value, iteration)));
  const files = view.agents.flatMap(({ worktree, files: changed }) =>
    worktree === null ? [] : changed.map(({ path }) => vscode.Uri.joinPath(vscode.Uri.file(worktree), path)),
  );
  for (const file of files.slice(0, FILES_SHOWN)) stream.reference(file);
  buttons([view], stream);
}

function buttons(views: readonly LoopView[], stream: vscode.ChatResponseStream): void {
  const [view] = views;
  if (!view || views.length > 1) return;
  if (needsPerson(view)) {
    stream.button({ title: l10n.t('Decide…'), command: 'cfn.decide', arguments: [view.taskId] });
  }
  stream.button({ title: l10n.t('Show Loop'), command: 'cfn.showLoop', arguments: [view.taskId] });
  if (view.commit !== null) {
    stream.button({ title: l10n.t('Show Diff'), command: 'cfn.showDiff', arguments: [view.taskId] });
  }
}

export function followUps(answered: Partial<Answered> | undefined): vscode.ChatFollowup[] {
  if (answered?.hasLoop !== true) return [];
  const why = { prompt: '', command: 'why', label: l10n.t('Why is that so?') };
  const status = { prompt: '', command: 'status', label: l10n.t('How far are the loops?') };
  if (answered.verb === 'why') return [status];
  return answered.verb === 'start' ? [status] : [why];
}
