import type { EventOf, FeedbackItem, HandOverEdit } from './events.ts';
import type { Severity } from './model.ts';
import { record } from './slots.ts';
import { handOverName, type IterationRecord, type LoopState, type TransferStep } from './state.ts';

/** Which fields of a hand-over a person may set. The others are facts: diffs, commits, evidence, votes, the end. */
export const EDITABLE: Readonly<Record<string, readonly (keyof HandOverEdit)[]>> = {
  '1:main': ['description', 'requirements', 'acceptance', 'deliverables', 'priority', 'feedback'],
  '2:main': ['confidence'],
  '3:main': ['critical', 'warnings', 'suggestions'],
  '3:review': ['critical', 'warnings', 'suggestions'],
  '4:main': ['confidence'],
  '5:main': ['failedFor'],
  '6:reviewer': ['feedback'],
  '6:product-owner': ['feedback'],
};

/** A person let the held hand-over go on, changed or as it was. */
export function released(state: LoopState, { point, part, edit }: EventOf<'HandOverReleased'>): LoopState {
  const next = { ...state, waiting: null, released: handOverName({ point, part }) };
  return edit === null ? next : applyEdit(next, { point, part }, edit);
}

/** Sets what a person changed, so that whatever is derived from the state from here on says it. */
function applyEdit(state: LoopState, step: TransferStep, edit: HandOverEdit): LoopState {
  const { current } = state;
  if (!current) return state;
  const next = record(state, { edits: { ...current.edits, [handOverName(step)]: edit } });
  switch (step.point) {
    case 1:
      return assignmentEdited(next, current, edit);
    case 5:
      return gateEdited(next, current, edit.failedFor ?? []);
    default:
      return next;
  }
}

function assignmentEdited(state: LoopState, current: IterationRecord, edit: HandOverEdit): LoopState {
  const { config } = state;
  const { description, requirements, acceptance, deliverables, priority, feedback } = edit;
  const next = {
    ...state,
    config: {
      ...config,
      description: description ?? config.description,
      requirements: requirements ?? config.requirements,
      acceptance: acceptance ?? config.acceptance,
      deliverables: deliverables ?? config.deliverables,
      priority: priority ?? config.priority,
    },
  };
  return feedback === undefined
    ? next
    : record(next, { feedback: feedback.map((text) => itemOf(current.feedback, text)) });
}

/** An item that was there keeps its origin and its addressee. */
const itemOf = (items: readonly FeedbackItem[], text: string): FeedbackItem =>
  items.find((item) => item.text === text) ?? { origin: 'person', to: null, text };

/** What passed is sent back; the measured figures stay as they are. */
function gateEdited(state: LoopState, current: IterationRecord, reasons: readonly string[]): LoopState {
  if (!current.gate || reasons.length === 0) return state;
  return {
    ...record(state, { gate: { ...current.gate, passed: false, reasons } }),
    addedFeedback: [...state.addedFeedback, ...reasons],
  };
}

/** The confidence that a person set for the gate; null where none did. */
export const confidenceByPerson = ({ edits }: IterationRecord): number | null =>
  edits['4:main']?.confidence ?? edits['2:main']?.confidence ?? null;

export interface Remark {
  readonly severity: Severity;
  readonly text: string;
}

/** The extracted remarks as a person set them; null where none did. */
export function remarksByPerson(
  { edits }: IterationRecord,
  part: 'main' | 'review',
): readonly Remark[] | null {
  const edit = edits[`3:${part}`];
  if (!edit) return null;
  const of = (severity: Severity, texts: readonly string[] = []) => texts.map((text) => ({ severity, text }));
  return [
    ...of('critical', edit.critical),
    ...of('warning', edit.warnings),
    ...of('suggestion', edit.suggestions),
  ];
}
