/** What needs a person, out of the views of all loops; pure, so that every front shows the same. */
import { decisionFacts } from './decision-facts.ts';
import { factText } from './status-words.ts';
import type { AgentView, LoopView } from './loop-view.ts';

export type InboxKind =
  | NonNullable<LoopView['waiting']>['for']
  /** An agent is suspected, and nudges did not help. */
  | 'stuck'
  /** Work of the loop failed again and again, and nobody carries it on. */
  | 'fault'
  /** The loop goes on by itself, and two iterations in a row did not pass. */
  | 'gate-failed-twice'
  /** The loop goes on by itself, until the budget is reached. */
  | 'budget-warning'
  | 'conflict';

export interface InboxItem {
  /** The same for as long as it is the same matter. */
  readonly id: string;
  readonly kind: InboxKind;
  readonly taskId: string;
  readonly agentId: string | null;
  /** Of a question: which one of its agent's. */
  readonly questionId?: string;
  /** `Decide iteration 4` */
  readonly title: string;
  /** One sentence: why it needs somebody. May hold an agent's words. */
  readonly detail: string;
  /** What to know for an answer that the loop waits for: evidence, open findings, cost, one more iteration. */
  readonly facts?: readonly string[];
  readonly iteration: number;
  /** Since when it waits, epoch milliseconds. */
  readonly since: number;
  /** True where nothing goes on until somebody answers. */
  readonly blocks: boolean;
}

const TITLES: Readonly<Record<NonNullable<LoopView['waiting']>['for'], (view: LoopView) => string>> = {
  decision: (view) => `Decide iteration ${view.iteration}`,
  budget: () => 'Budget reached',
  quorum: () => 'Quorum missed',
  question: () => 'An agent asks',
  evidence: () => 'Evidence unavailable',
  outside: () => 'Changed outside its worktree',
  stalled: () => 'No progress',
  breakpoint: (view) => `Held before transfer point ${view.held?.point ?? ''}`.trim(),
};

/** The same sentence wherever it is told. */
export const nearlySpentText = (spentUsd: number, budgetUsd: number): string =>
  `$${spentUsd.toFixed(2)} of the budget of $${budgetUsd.toFixed(2)} is spent. The loop goes on until the next agent does not fit into what is left.`;

/** Of all loops that go on, longest wait first. */
export function inboxItems(views: readonly LoopView[], now: number): readonly InboxItem[] {
  return views
    .flatMap((view) => (view.outcome === null ? itemsOf(view, now) : []))
    .sort((one, other) => one.since - other.since || (one.id < other.id ? -1 : 1));
}

const itemsOf = (view: LoopView, now: number): readonly InboxItem[] => [
  ...faults(view),
  ...waits(view),
  ...questions(view),
  ...stuckAgents(view, now),
  ...(stalled(view) ?? failedTwice(view)),
  ...conflicts(view),
  ...nearlySpent(view),
];

function faults(view: LoopView): readonly InboxItem[] {
  if (!view.fault) return [];
  const { at, message } = view.fault;
  return [
    {
      ...about(view, 'fault', null),
      id: `${view.taskId}/fault/${at}`,
      title: 'Stopped by a fault',
      detail: `${message} Nothing is lost; resume the loop to try again.`,
      since: at,
      blocks: true,
    },
  ];
}

function waits(view: LoopView): readonly InboxItem[] {
  if (!view.waiting) return [];
  const { for: kind, since, message } = view.waiting;
  return [
    {
      ...about(view, kind, null),
      id: `${view.taskId}/${kind}/${since}`,
      title: TITLES[kind](view),
      detail: message,
      facts: decisionFacts(view),
      since,
      blocks: true,
    },
  ];
}

const about = (view: LoopView, kind: InboxKind, agentId: string | null) => ({
  kind,
  taskId: view.taskId,
  agentId,
  iteration: view.iteration,
});

/** An agent waits for each of them; the loop and its other agents go on. */
const questions = (view: LoopView): readonly InboxItem[] =>
  view.agents.flatMap((agent) =>
    agent.questions.map(({ id, at, text }) => ({
      ...about(view, 'question', agent.id),
      id: `${view.taskId}/question/${agent.id}/${agent.iteration}/${agent.attempt}/${id}`,
      questionId: id,
      title: `${agent.id} asks`,
      detail: text,
      since: at,
      blocks: false,
    })),
  );

/** The loop asks what is to be done about this agent, which seems stuck. */
export const isAsked = (agent: AgentView): boolean => agent.status === 'stuck' && agent.care?.askedAt != null;

function stuckAgents(view: LoopView, now: number): readonly InboxItem[] {
  return view.agents.filter(isAsked).map((agent) => ({
    ...about(view, 'stuck', agent.id),
    id: `${view.taskId}/stuck/${agent.id}/${agent.iteration}/${agent.attempt}`,
    title: `${agent.id} stuck?`,
    detail: [
      ...agent.facts.map((fact) => factText(fact, now)),
      agent.signals?.nudges.at(-1)?.state === 'refused'
        ? 'its CLI takes no message while it runs'
        : `nudged ${agent.care?.nudges ?? 0} times`,
    ].join(' · '),
    since: agent.care?.askedAt ?? 0,
    blocks: false,
  }));
}

/** Null where nothing is known of the kind; a loop that waits for it has it in the inbox already. */
function stalled(view: LoopView): readonly InboxItem[] | null {
  const last = view.iterations.findLast(({ endedAt }) => endedAt !== null);
  if (view.waiting?.for === 'stalled') return [];
  if (!last?.stall) return null;
  return [
    {
      ...about(view, 'stalled', null),
      id: `${view.taskId}/stalled/${last.number}`,
      title: 'No progress',
      detail: `${last.stall.message} Feedback of yours, another preset or a smaller task may help.`,
      since: last.endedAt ?? last.startedAt,
      blocks: false,
    },
  ];
}

function failedTwice(view: LoopView): readonly InboxItem[] {
  const ended = view.iterations.filter(({ outcome }) => outcome !== null);
  const [before, last] = ended.slice(-2);
  if (before?.outcome !== 'gate-failed' || last?.outcome !== 'gate-failed') return [];
  return [
    {
      ...about(view, 'gate-failed-twice', null),
      id: `${view.taskId}/gate-failed/${last.number}`,
      title: 'Gate failed twice',
      detail: `Iterations ${before.number} and ${last.number} did not pass the gate. Feedback of yours, another preset or another threshold may help.`,
      since: last.endedAt ?? last.startedAt,
      blocks: false,
    },
  ];
}

/** The wait for the budget says it better once it is there. */
function nearlySpent(view: LoopView): readonly InboxItem[] {
  const { budgetWarning, budgetUsd, waiting } = view;
  if (!budgetWarning || budgetUsd === null || waiting?.for === 'budget') return [];
  return [
    {
      ...about(view, 'budget-warning', null),
      id: `${view.taskId}/budget-warning/${budgetWarning.at}`,
      title: 'Budget nearly spent',
      detail: nearlySpentText(budgetWarning.spentUsd, budgetUsd),
      since: budgetWarning.at,
      blocks: false,
    },
  ];
}

function conflicts(view: LoopView): readonly InboxItem[] {
  const { conflict } = view;
  if (!conflict || conflict.iteration < view.iteration - 1) return [];
  return [
    {
      ...about(view, 'conflict', conflict.agentIds[0] ?? null),
      id: `${view.taskId}/conflict/${conflict.iteration}`,
      title: 'Merge conflict',
      detail: `The work of ${conflict.agentIds.join(', ')} could not be combined with the others': ${conflict.files.join(', ')}. They get it back as feedback.`,
      since: conflict.at,
      blocks: false,
    },
  ];
}
