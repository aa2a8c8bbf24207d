import { l10n } from 'vscode';
import * as vscode from 'vscode';
import { withFigures } from '../app/calibration/with-figures.ts';
import type { Core } from '../app/core.ts';
import type { LoopError, LoopHandle, LoopService } from '../app/loop-service.ts';
import type { Survival } from '../app/recovery/survival.ts';
import type { LoopView } from '../app/projections/loop-view.ts';
import { Emitter, type Listen } from '../base/emitter.ts';
import type { Logger } from '../base/logger.ts';
import { err, type Result } from '../base/result.ts';
import { createFollowedLoops } from './followed-loops.ts';
import { createSurroundings, type Surroundings } from './surroundings.ts';
import { isActive } from './words.ts';

/** `restricted`: not a trusted folder, so no process, container or git call has been made. */
export type LoopsState = 'restricted' | 'no-folder' | 'opening' | 'problem' | 'ready';

export interface Loops {
  readonly state: LoopsState;
  /** Why loops cannot run here, in one sentence. */
  readonly problem: string | null;
  readonly folder: vscode.Uri | null;
  views(): readonly LoopView[];
  view(taskId: string): LoopView | null;
  readonly onChange: Listen<void>;
  /** The coordination store, or the Redis behind it, went away or came back. */
  readonly onStoreChange: Listen<void>;
  /** Another window or command line runs the loop. */
  isElsewhere(taskId: string): boolean;
  readonly surroundings: Surroundings;
  /** Loads the core if need be. */
  service(): Promise<Result<LoopService, LoopError>>;
  core(): Promise<Core>;
  /** Opens the repository again, for *Try Again*. */
  refresh(): Promise<void>;
  /** Shows a loop that this window runs, and tells what survived of it. */
  adopt(handle: LoopHandle): void;
  dispose(): Promise<void>;
}

export interface LoopsOptions {
  /** Loads and wires the core; called at most once and never in Restricted Mode. */
  readonly loadCore: () => Promise<Core>;
  readonly logger: Logger;
  /** Loops were taken up of which something had to be told. */
  readonly onSurvived: (survivals: readonly Survival[]) => void;
  /** A loop that another window or command line ran is run by nobody any more. */
  readonly onAbandoned: (view: LoopView) => void;
}

const RESTRICTED: LoopError = {
  kind: 'state',
  message: l10n.t('Loops run programs. Trust this folder to start one.'),
};
const NO_FOLDER: LoopError = { kind: 'input', message: l10n.t('Open a folder with a git repository first.') };

const NOTHING = { dispose: () => undefined };

type OnStore = Parameters<NonNullable<LoopService['onStoreHealth']>>[0];

const follow = (service: LoopService, onView: (view: LoopView) => void, onStore: OnStore) =>
  vscode.Disposable.from(service.onChange(onView), service.onStoreHealth?.(onStore) ?? NOTHING);

/**
 * Loops that this window ran before a reload: their agents went on under their runners. One that has ended is looked
 * at once more, since the window may have been killed before it had put everything away.
 */
async function takeUp(
  service: LoopService,
  views: ReadonlyMap<string, LoopView>,
  { logger, onSurvived }: Pick<LoopsOptions, 'logger' | 'onSurvived'>,
): Promise<readonly Survival[]> {
  const survivals: Survival[] = [];
  for (const { taskId, letGo } of await service.left()) {
    const view = views.get(taskId);
    if (letGo && !(view && isActive(view))) continue;
    const resumed = await service.resume(taskId);
    if (resumed.ok) {
      logger.info('Took up a loop again', { taskId });
      if (resumed.value.survived) survivals.push(resumed.value.survived);
    } else logger.warn(`Could not take up the loop: ${resumed.error.message}`, { taskId });
  }
  if (survivals.length > 0) onSurvived(survivals);
  return survivals;
}

interface Shown {
  readonly views: Map<string, LoopView>;
  readonly changed: Emitter<void>;
  readonly logger: Logger;
}

/**
 * Beside everything else: nobody waits for what agents claimed in earlier loops. Views may have changed by then, so
 * those that are here now are marked, and none is fetched.
 */
async function addFigures(service: LoopService, { views, changed, logger }: Shown): Promise<void> {
  const read = await service.calibration();
  if (!read.ok) return logger.warn(read.error.message);
  for (const view of Array.from(views.values(), withFigures(read.value))) views.set(view.taskId, view);
  changed.fire();
}

/** Opens the window's repository; holds what is true of it now. */
function createOpening(options: LoopsOptions) {
  const { logger } = options;
  const changed = new Emitter<void>();
  const storeChanged = new Emitter<void>();
  const views = new Map<string, LoopView>();
  const around = createSurroundings();
  const status: { state: LoopsState; problem: string | null } = { state: 'opening', problem: null };
  let core: Promise<Core> | null = null;
  let listening: { dispose(): void } | null = null;

  const followed = createFollowedLoops((handle) => {
    keep(handle.view());
    options.onAbandoned(handle.view());
  });

  const folder = () => vscode.workspace.workspaceFolders?.[0]?.uri ?? null;
  const loadCore = () => (core ??= options.loadCore());

  function become(state: LoopsState, problem: string | null = null): void {
    Object.assign(status, { state, problem });
    void vscode.commands.executeCommand('setContext', 'cfn.state', state);
    changed.fire();
  }

  function keep(view: LoopView): void {
    views.set(view.taskId, view);
    changed.fire();
  }

  async function readAll(service: LoopService): Promise<void> {
    for (const view of await service.list()) views.set(view.taskId, view);
    changed.fire();
    await followed.look(service, [...views.values()]);
  }

  async function open(at: vscode.Uri): Promise<Result<LoopService, LoopError>> {
    become('opening');
    const result = await (await loadCore()).openRepository(at.fsPath);
    if (!result.ok) {
      become('problem', result.error.message);
      logger.info(`Loops cannot run here: ${result.error.message}`);
      return result;
    }
    listening?.dispose();
    listening = follow(result.value, keep, (health) => {
      around.heard(health);
      storeChanged.fire();
    });
    views.clear();
    for (const view of await result.value.list()) views.set(view.taskId, view);
    become('ready');
    around.survived(await takeUp(result.value, views, options));
    await followed.look(result.value, [...views.values()]);
    void addFigures(result.value, { views, changed, logger });
    return result;
  }

  async function openNow(): Promise<Result<LoopService, LoopError>> {
    if (!vscode.workspace.isTrusted) {
      become('restricted', RESTRICTED.message);
      return err(RESTRICTED);
    }
    const at = folder();
    if (!at || at.scheme !== 'file') {
      become('no-folder', NO_FOLDER.message);
      return err(NO_FOLDER);
    }
    try {
      return await open(at);
    } catch (error) {
      const message = `The core could not be loaded: ${error instanceof Error ? error.message : String(error)}`;
      logger.error(message, { stack: error instanceof Error ? error.stack : undefined });
      become('problem', message);
      return err({ kind: 'internal', message });
    }
  }

  const dispose = async () => {
    followed.dispose();
    listening?.dispose();
    for (const owned of [storeChanged, changed, around]) owned.dispose();
    if (core) await (await core).dispose();
  };
  const parts = { status, views, around, followed, changed, storeChanged };
  return { ...parts, folder, loadCore, keep, readAll, openNow, dispose };
}

export function createLoops(options: LoopsOptions): Loops {
  const opening = createOpening(options);
  let opened: Promise<Result<LoopService, LoopError>> | null = null;

  async function service(): Promise<Result<LoopService, LoopError>> {
    opened ??= opening.openNow();
    const result = await opened;
    // Only a success is kept: a folder may be trusted or become a repository later.
    if (!result.ok) opened = null;
    return result;
  }

  return {
    get state() {
      return opening.status.state;
    },
    get problem() {
      return opening.status.problem;
    },
    get folder() {
      return opening.folder();
    },
    views: () => [...opening.views.values()].sort((one, other) => other.startedAt - one.startedAt),
    view: (taskId) => opening.views.get(taskId) ?? null,
    onChange: opening.changed.event,
    onStoreChange: opening.storeChanged.event,
    surroundings: opening.around.surroundings,
    isElsewhere: (taskId) => opening.followed.has(taskId),
    service,
    core: async () => {
      if (!vscode.workspace.isTrusted) throw new Error(RESTRICTED.message);
      return opening.loadCore();
    },
    refresh: async () => {
      const found = await service();
      if (found.ok) await opening.readAll(found.value);
    },
    adopt: (handle) => {
      opening.keep(handle.view());
      if (!handle.survived) return;
      opening.around.survived([handle.survived]);
      options.onSurvived([handle.survived]);
    },
    dispose: async () => {
      const found = opened ? await opened : null;
      if (found?.ok) await found.value.dispose();
      await opening.dispose();
    },
  };
}
