import { l10n } from 'vscode';
import * as vscode from 'vscode';
import type { Core, CoreOptions } from '../app/core.ts';
import type { LanguageModels } from '../ports/language-models.ts';
import { copyEnvironment } from '../base/programs.ts';
import type { Redactor } from '../base/redact.ts';
import { agentCare } from './agent-care.ts';
import { createTrees } from './agents-tree/tree.ts';
import { registerChat } from './chat/register.ts';
import { registerCommands } from './commands/register.ts';
import { createCoordination } from './keys/coordination.ts';
import { registerDocuments } from './content/documents.ts';
import { registerTodoActions } from './drafts/todo-actions.ts';
import { registerEpicLanguage } from './epic-language/register.ts';
import { loadOnce } from '../base/load-once.ts';
import { registerLogLinks } from './log-links/register.ts';
import { registerSurvivalReports, tellSurvived } from './content/survival-report.ts';
import { runFirstLoop } from './first-loop.ts';
import { createPages } from './static-page/pages.ts';
import type { Front } from './front.ts';
import { createHealthWatch } from './health.ts';
import { announceInbox } from './inbox/announce.ts';
import { createInbox } from './inbox/inbox.ts';
import { createChannelLogger, createLogChannel } from './logger.ts';
import { createLoops, type Loops } from './loops.ts';
import { createMessages, type Messages } from './messages.ts';
import type { LoopView } from '../app/projections/loop-view.ts';
import { taskTitle } from './words.ts';
import { registerOwnEdits } from './own-edits.ts';
import { createPanels } from './panel/panels.ts';
import { readProviderKey } from './provider-keys.ts';
import { registerReview } from './review/register.ts';
import { registerHunkReview } from './review-hunks/register.ts';
import { createStatusBar } from './status-bar.ts';
import { watchLoops } from './telemetry/loop-telemetry.ts';
import { createTelemetry } from './telemetry/telemetry.ts';
import { createAgentTerminals, type AgentTerminals } from './terminals/terminal-runtime.ts';

/** Absolute, or the default beside the repository. */
function worktreeRoot(): string | null {
  const root = vscode.workspace.getConfiguration('cfn').get<string | null>('worktreeRoot', null);
  return root !== null && root.trim() !== '' ? vscode.Uri.file(root).fsPath : null;
}

/** A user's own setting: it is about the machine. */
function maxAgentsOnMachine(): Promise<number | null> {
  const limit = vscode.workspace.getConfiguration('cfn').get<number | null>('maxAgentsOnMachine', null);
  return Promise.resolve(Number.isInteger(limit) && limit !== null && limit > 0 ? limit : null);
}

/** A user's own setting: it is about the machine. */
function budgetPerDay(): Promise<number | null> {
  const limit = vscode.workspace.getConfiguration('cfn').get<number | null>('budgetPerDay', null);
  return Promise.resolve(typeof limit === 'number' && limit >= 0 ? limit : null);
}

/** A user's own setting: a repository must not choose it. */
function agentImage(): Promise<string | null> {
  const image = vscode.workspace.getConfiguration('cfn').get<string | null>('image', null)?.trim();
  return Promise.resolve(image ? image : null);
}

const ownSettings = { maxAgentsOnMachine, budgetPerDay, agentImage };

/** A user's own setting: a repository must not send anything anywhere. */
function pushgateway(): string | null {
  return vscode.workspace.getConfiguration('cfn').get<string | null>('pushgateway', null);
}

/** Whoever ran it is gone; going on with it is the person's to say, and may be some other window's too. */
async function offerToResume(messages: Messages, view: LoopView): Promise<void> {
  const message = l10n.t(
    '"{0}" is run by no window or command line any more. Nothing is lost.',
    taskTitle(view, 60),
  );
  if (await messages.offer(message, l10n.t('Resume'))) {
    await vscode.commands.executeCommand('cfn.resumeLoop', view.taskId);
  }
}

/** What loops add to editors, documents and terminals. */
const registerInEditors = (loops: Loops, terminals: AgentTerminals): vscode.Disposable =>
  vscode.Disposable.from(
    registerDocuments(loops),
    registerEpicLanguage(loops),
    registerTodoActions(),
    registerLogLinks(loops, terminals),
    registerSurvivalReports(),
    registerOwnEdits(loops),
  );

const keepFresh = (loops: Loops): vscode.Disposable =>
  vscode.Disposable.from(
    // Loops that a command line or another window started meanwhile.
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused && loops.state === 'ready') void loops.refresh();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void loops.refresh()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void loops.refresh()),
  );

export interface ActiveFront {
  dispose(): Promise<void>;
}

/** Both parts of a review are loaded when they are asked for. */
function registerReviews(front: () => Front) {
  const [review, hunks] = [registerReview(front), registerHunkReview(front)];
  return {
    loaders: { review: () => review.get(), hunks: () => hunks.get() },
    dispose: () => {
      review.dispose();
      hunks.dispose();
    },
  };
}

/** Loaded when somebody asks for a language model, or which there are. */
function editorModels({ languageModelAccessInformation }: vscode.ExtensionContext) {
  const models = loadOnce(async () =>
    (await import('./language-models/language-models.ts')).createEditorModels(languageModelAccessInformation),
  );
  const port: LanguageModels = {
    list: async () => (await models.get()).list(),
    open: async (model) => (await models.get()).open(model),
  };
  return { port, load: () => models.get() };
}

/** What lies in secret storage. */
const fromSecrets = (
  secrets: vscode.SecretStorage,
  redactor: Redactor,
): Pick<CoreOptions, 'redis' | 'providerKey'> => ({
  redis: async () => (await import('./core-settings.ts')).readRedis(secrets),
  providerKey: readProviderKey(secrets, redactor),
});

/** Puts the editor's front together. The core is loaded on first need, and never in Restricted Mode. */
export function activateFront(
  context: vscode.ExtensionContext,
  loadCore: (options: CoreOptions) => Promise<Core>,
  redactor: Redactor,
): ActiveFront {
  const channel = createLogChannel();
  const dist = vscode.Uri.joinPath(context.extensionUri, 'dist');
  const env = copyEnvironment(process.env, process.platform);
  const logger = createChannelLogger(channel, redactor);
  const terminals = createAgentTerminals(vscode.Uri.joinPath(dist, 'runner.js').fsPath);
  const messages = createMessages(channel);
  const models = editorModels(context);
  const loops = createLoops({
    loadCore: () =>
      loadCore({
        logger,
        env,
        // The same after a reload and a crash, and another one for each folder or workspace.
        owner: context.storageUri?.toString(),
        programs: dist.fsPath,
        terminals: terminals.runtime,
        languageModels: models.port,
        worktreeRoot,
        agentCare,
        pushgateway,
        ...fromSecrets(context.secrets, redactor),
        retention: async (root) => (await import('./core-settings.ts')).readRetention(root),
        ...ownSettings,
      }),
    logger,
    onSurvived: (survivals) => void tellSurvived(messages, survivals),
    onAbandoned: (view) => void offerToResume(messages, view),
  });
  const inbox = createInbox(loops, context.workspaceState);
  const trees = createTrees(loops, inbox, context.workspaceState);
  const reviews = registerReviews(() => front);
  const front: Front = {
    loops,
    inbox,
    trees,
    messages,
    channel,
    terminals,
    memory: context.workspaceState,
    secrets: context.secrets,
    ...createPages(context),
    health: createHealthWatch(loops, logger),
    telemetry: createTelemetry(),
    ...reviews.loaders,
    models: models.load,
    showCoordination: (key) => coordination.show(key),
    showPanel: (taskId) => panels.show(taskId),
  };
  const panels = createPanels(context.extensionUri, () => front);
  const coordination = createCoordination(context.extensionUri, front);
  context.subscriptions.push(
    channel,
    terminals,
    panels,
    coordination,
    reviews,
    inbox,
    trees,
    announceInbox(front),
    front.health,
    createStatusBar(loops, inbox, front.health),
    registerInEditors(loops, terminals),
    registerCommands(front),
    registerChat(front, context.extensionUri),
    front.telemetry,
    watchLoops(loops, front.telemetry),
    keepFresh(loops),
  );
  // Not before activation is over: it would wait for the core to be loaded, and other extensions with it.
  const opening = setTimeout(() => void loops.refresh().then(() => runFirstLoop(context, front)), 0);
  return {
    dispose: () => {
      clearTimeout(opening);
      return loops.dispose();
    },
  };
}
