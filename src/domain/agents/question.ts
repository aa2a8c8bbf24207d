/** What an agent asks a person in the middle of its work. */
export interface AgentQuestion {
  /** Names it within its attempt. */
  readonly id: string;
  /** When it was asked, epoch milliseconds. */
  readonly at: number;
  readonly text: string;
  /** Answers that the agent proposes; a person may say something else. */
  readonly choices: readonly string[];
}

/** A question as the loop has recorded it. `withdrawn`: nobody waits for its answer any more. */
export interface RecordedQuestion extends AgentQuestion {
  readonly state:
    | { readonly kind: 'open' }
    | { readonly kind: 'answered'; readonly at: number; readonly answer: string }
    | { readonly kind: 'withdrawn'; readonly at: number };
}

export const isOpen = ({ state }: RecordedQuestion): boolean => state.kind === 'open';

/** How an attempt stands with its questions, as far as its status goes. Times are epoch milliseconds. */
export interface Asking {
  /** Since when the oldest open one waits; null without one. */
  readonly since: number | null;
  /** When the newest one was answered or withdrawn: silence before that says nothing about the agent. */
  readonly closedAt: number | null;
}

/**
 * Those of a running attempt that wait for a person, oldest first: the recorded ones, and what its runner (`told`) has
 * and nobody could record yet.
 */
export function openQuestions(
  recorded: readonly RecordedQuestion[],
  told: readonly AgentQuestion[],
): readonly AgentQuestion[] {
  const known = new Set(recorded.filter(({ state }) => state.kind !== 'withdrawn').map(({ id }) => id));
  const open = recorded.filter(isOpen).map(({ id, at, text, choices }) => ({ id, at, text, choices }));
  const fresh = told.filter(({ id }) => !known.has(id));
  return [...open, ...fresh].sort((one, other) => one.at - other.at);
}

export function askingOf(recorded: readonly RecordedQuestion[], told: readonly AgentQuestion[]): Asking {
  const closed = recorded.flatMap(({ state }) => (state.kind === 'open' ? [] : [state.at]));
  return {
    since: openQuestions(recorded, told)[0]?.at ?? null,
    closedAt: closed.length > 0 ? Math.max(...closed) : null,
  };
}
