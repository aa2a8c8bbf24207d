/** What a person changed in the text of a held hand-over; only what steers the loop may differ. */
import * as z from 'zod/mini';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import type { HandOverEdit } from '../domain/loop/events.ts';
import { EDITABLE } from '../domain/loop/hand-over-edit.ts';
import { handOverName, type TransferStep } from '../domain/loop/state.ts';

const text = z.string().check(z.trim(), z.minLength(1), z.maxLength(20_000));
const texts = z.array(text).check(z.maxLength(500));
const share = z.number().check(z.minimum(0), z.maximum(1));

const FIELDS = {
  description: { schema: text, takes: 'a text' },
  requirements: { schema: texts, takes: 'a list of texts' },
  acceptance: { schema: texts, takes: 'a list of texts' },
  deliverables: { schema: texts, takes: 'a list of texts' },
  priority: { schema: text, takes: 'a text' },
  feedback: { schema: texts, takes: 'a list of texts' },
  critical: { schema: texts, takes: 'a list of texts' },
  warnings: { schema: texts, takes: 'a list of texts' },
  suggestions: { schema: texts, takes: 'a list of texts' },
  confidence: { schema: share, takes: 'a number from 0 to 1' },
  failedFor: { schema: texts, takes: 'a list of texts' },
} as const satisfies Record<keyof HandOverEdit, unknown>;

/** Where a field has another name in its hand-over. */
const NAMES: Readonly<Record<string, Partial<Record<keyof HandOverEdit, string>>>> = {
  '4:main': { confidence: 'aggregatedConfidence' },
};

type Json = Readonly<Record<string, unknown>>;

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function parseObject(source: string): Result<Json, string> {
  try {
    const value: unknown = JSON.parse(source);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return ok(Object.fromEntries(Object.entries(value)));
    return err('The edited hand-over is no JSON object; it takes the whole object with changed values.');
  } catch (error) {
    return err(
      `The edited hand-over is not valid JSON (${error instanceof Error ? error.message : String(error)}); it takes the whole object with changed values.`,
    );
  }
}

/** Names of the fields that may be edited at a step, as they stand in its hand-over. */
export function editableFields(step: TransferStep): readonly string[] {
  const name = handOverName(step);
  if (name === '5:main') return ['passed', 'reasons'];
  return (EDITABLE[name] ?? []).map((field) => NAMES[name]?.[field] ?? field);
}

/**
 * Compares what is held with what came back. `null`: nothing differs. An error is one sentence that names the first
 * field that cannot be taken.
 */
export function readHandOverEdit(
  step: TransferStep,
  held: string,
  edited: string,
): Result<HandOverEdit | null, string> {
  const before = parseObject(held);
  if (!before.ok) return before;
  const after = parseObject(edited);
  if (!after.ok) return after;
  const keys = new Set([...Object.keys(before.value), ...Object.keys(after.value)]);
  const changed = [...keys].filter((key) => !same(before.value[key], after.value[key]));
  if (changed.length === 0) return ok(null);
  const editable = editableFields(step);
  const fixed = changed.find((key) => !editable.includes(key));
  if (fixed !== undefined) return err(refusal(step, fixed, editable));
  return step.point === 5 ? gateEdit(before.value, after.value) : fieldEdits(step, after.value, changed);
}

function refusal({ point }: TransferStep, field: string, editable: readonly string[]): string {
  const takes =
    editable.length > 0 ? `it takes changes of ${editable.join(', ')}` : 'it can be released as it is';
  return `${shown(field)} of transfer point ${point} is a fact and stays as it is; ${takes}.`;
}

function fieldEdits(
  step: TransferStep,
  after: Json,
  changed: readonly string[],
): Result<HandOverEdit, string> {
  const name = handOverName(step);
  const edit: Record<string, unknown> = {};
  for (const field of EDITABLE[name] ?? []) {
    const key = NAMES[name]?.[field] ?? field;
    if (!isRemark(field) && !changed.includes(key)) continue;
    const parsed = FIELDS[field].schema.safeParse(after[key]);
    if (!parsed.success) return err(`${key} is ${shown(after[key])}; it takes ${FIELDS[field].takes}.`);
    edit[field] = parsed.data;
  }
  return ok(edit);
}

/** The three lists belong together: who edits one of them says what all of them are. */
const isRemark = (field: keyof HandOverEdit): boolean =>
  field === 'critical' || field === 'warnings' || field === 'suggestions';

/** What passed can be sent back. What failed cannot be waved through: only its confidence or threshold could differ. */
function gateEdit(before: Json, after: Json): Result<HandOverEdit, string> {
  const { passed, reasons } = after;
  if (typeof passed !== 'boolean') return err(`passed is ${shown(passed)}; it takes true or false.`);
  if (passed) {
    return before['passed'] === true
      ? err('reasons say why a gate failed; set passed to false to send the work back for them.')
      : err(
          'passed is true, and the gate failed; it can only be set to false. Change aggregatedConfidence at transfer point 4, or the threshold.',
        );
  }
  const parsed = texts.safeParse(reasons);
  if (!parsed.success || parsed.data.length === 0) {
    return err('passed is false; reasons takes a list of texts that say what has to change.');
  }
  return ok({ failedFor: parsed.data });
}
