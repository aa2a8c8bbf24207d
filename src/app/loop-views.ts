import { ok, type Result } from '../base/result.ts';
import { lookAtAgents, type LookDeps } from './agents/watch-agents.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import {
  createLoopNotes,
  type HomeNote,
  type LoopNote,
  type LoopNotes,
  type RemovedWorktree,
} from './loop-notes.ts';
import type { LiveLoops } from './live-loops.ts';
import type { LoopError } from './loop-service.ts';
import type { LoopView } from './projections/loop-view.ts';
import { storedView } from './stored-view.ts';

/** Loops as they stand, with what people noted about them and what other loops say of them. */
export interface LoopViews {
  /** Newest first. */
  readonly list: () => Promise<readonly LoopView[]>;
  readonly view: (taskId: string) => Promise<Result<LoopView, LoopError>>;
  /** A view of a loop that runs, which nothing goes on from yet. */
  readonly noted: (view: LoopView) => LoopView;
  /** Null takes the title away. */
  readonly rename: (taskId: string, title: string | null) => Promise<Result<LoopView, LoopError>>;
  readonly archive: (taskId: string, archived: boolean) => Promise<Result<LoopView, LoopError>>;
  /** What became of its result. */
  readonly noteHome: (taskId: string, home: HomeNote | null) => Promise<Result<LoopView, LoopError>>;
  /** The worktree of an agent was removed; null: it is there again. */
  readonly noteRemoved: (
    taskId: string,
    agentId: string,
    removed: RemovedWorktree | null,
  ) => Promise<Result<LoopView, LoopError>>;
}

const TITLE_LENGTH = 120;

type Deps = LookDeps & Pick<LoopDeps, 'store' | 'files' | 'logger'>;

/** @param marked with what is known of what its agents claim */
export function createLoopViews(
  deps: Deps,
  live: Pick<LiveLoops, 'get'>,
  marked: (view: LoopView) => LoopView = (view) => view,
): LoopViews {
  const notes = createLoopNotes(deps.files);
  const told = (...of: Parameters<typeof withNote>): LoopView => marked(withNote(...of));
  const bare = async (taskId: string): Promise<Result<LoopView, LoopError>> => {
    const mine = live.get(taskId);
    return mine ? ok(mine.view()) : storedView(deps, taskId, (state) => lookAtAgents(deps, state));
  };
  const all = async (): Promise<readonly LoopView[]> => {
    const views: LoopView[] = [];
    for (const taskId of await deps.store.list()) {
      const view = await bare(taskId);
      if (view.ok) views.push(view.value);
    }
    return views;
  };
  const view = async (taskId: string): Promise<Result<LoopView, LoopError>> => {
    const found = await bare(taskId);
    if (!found.ok) return found;
    const note = await notes.read(taskId);
    const ended = found.value.outcome !== null && found.value.commit !== null;
    return ok(told(found.value, note, ended ? successors(await all(), found.value.taskId) : []));
  };
  return {
    list: async () => {
      const views = await all();
      const noted = await Promise.all(
        views.map(async (each) => told(each, await notes.read(each.taskId), successors(views, each.taskId))),
      );
      return noted.sort((left, right) => right.startedAt - left.startedAt);
    },
    view,
    noted: (each) => told(each, notes.known(each.taskId), each.continuedBy),
    rename: async (taskId, title) => {
      const name = checkTitle(title);
      if (!name.ok) return name;
      const found = await bare(taskId);
      return found.ok ? change(notes, { taskId, change: { title: name.value } }, view) : found;
    },
    archive: async (taskId, archived) => {
      const found = await bare(taskId);
      if (!found.ok) return found;
      if (archived && found.value.outcome === null)
        return fail('state', `The loop ${taskId} has not ended; only finished loops can be archived.`);
      return change(notes, { taskId, change: { archived } }, view);
    },
    noteHome: (taskId, home) => change(notes, { taskId, change: { home } }, view),
    noteRemoved: async (taskId, agentId, removed) => {
      const others = (await notes.read(taskId)).removedWorktrees.filter((each) => each.agentId !== agentId);
      const removedWorktrees = removed === null ? others : [...others, removed];
      return change(notes, { taskId, change: { removedWorktrees } }, view);
    },
  };
}

function withNote(view: LoopView, note: LoopNote, continuedBy: readonly string[]): LoopView {
  const { title, archived, home } = note;
  const removedWorktrees = note.removedWorktrees.filter((removed) => isStillGone(view, removed));
  return {
    ...view,
    title,
    archived,
    home,
    continuedBy,
    ...(removedWorktrees.length > 0 ? { removedWorktrees } : {}),
  };
}

/** A loop that goes on makes the worktrees of its agents anew. */
function isStillGone({ agents, endedAt }: LoopView, { agentId, at }: RemovedWorktree): boolean {
  const agent = agents.find(({ id }) => id === agentId);
  const since = agent?.endedAt ?? endedAt;
  return since !== null && since <= at;
}

/** Loops that went on from this one, oldest first. */
function successors(views: readonly LoopView[], taskId: string): readonly string[] {
  return views
    .filter((view) => view.continues?.taskId.toLowerCase() === taskId.toLowerCase())
    .sort((left, right) => left.startedAt - right.startedAt)
    .map((view) => view.taskId);
}

async function change(
  notes: LoopNotes,
  noted: { readonly taskId: string; readonly change: Partial<LoopNote> },
  view: LoopViews['view'],
): Promise<Result<LoopView, LoopError>> {
  try {
    await notes.change(noted.taskId, noted.change);
  } catch (error) {
    return fail('internal', `The note about ${noted.taskId} could not be kept: ${String(error)}`);
  }
  return view(noted.taskId);
}

function checkTitle(title: string | null): Result<string | null, LoopError> {
  const text = title?.trim() ?? '';
  if (text === '') return ok(null);
  return /\p{Cc}/u.test(text) || Array.from(text).length > TITLE_LENGTH
    ? fail('input', `The title takes one line of at most ${TITLE_LENGTH} characters.`)
    : ok(text);
}
