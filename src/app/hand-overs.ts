import { err, ok, type Result } from '../base/result.ts';
import { evolve } from '../domain/loop/evolve.ts';
import type { HandOverEdit, LoopEvent, TransferPart } from '../domain/loop/events.ts';
import type { Role } from '../domain/loop/model.ts';
import {
  handOverName,
  heldHandOver,
  iterationNumber,
  type LoopState,
  type TransferStep,
} from '../domain/loop/state.ts';
import { editableFields, readHandOverEdit } from '../protocol/hand-over-edit.ts';
import { transferKey } from '../protocol/transfer-points.ts';
import { finalEnd } from './effects/finish.ts';
import { handOverRecords, type HandOverRecord } from './effects/hand-over.ts';
import type { LoopDeps } from './loop-deps.ts';
import { fail } from './loop-error.ts';
import type { LoopError } from './loop-service.ts';
import { handOverText } from './transfer-points.ts';
import { finalResult } from './transfer-payloads.ts';

/** One record of a transfer point as it was written, or as it is held. */
export interface HandOverPart {
  readonly part: TransferPart;
  readonly key: string;
  /** What it says, as JSON text. */
  readonly text: string;
  /** Of the bytes that were written; null while it is held. */
  readonly sha256: string | null;
  /** Whether the store gave back the same bytes; null while it is held. */
  readonly verified: boolean | null;
  /** Whether `text`, told again from the journal and git, has that hash; null while it is held. */
  readonly exact: boolean | null;
  readonly edited: boolean;
}

/** The prompt that an agent got after a hand-over; null where the attempt's folder is archived or gone. */
export interface InjectedPrompt {
  readonly agentId: string;
  readonly role: Role;
  readonly attempt: number;
  readonly text: string | null;
}

export interface HandOver {
  readonly iteration: number;
  readonly point: number;
  /** Oldest first; empty where it was neither written nor is held. */
  readonly parts: readonly HandOverPart[];
  readonly prompts: readonly InjectedPrompt[];
  /** Names of the fields that a person may change while it is held; null when it is not held. */
  readonly editable: readonly string[] | null;
}

export interface HandOverAddress {
  /** Counted from 1; by default the newest one. */
  readonly iteration?: number;
  readonly point: number;
}

export type HandOverReader = Pick<LoopDeps, 'repository' | 'hash' | 'folders'>;

/** What was handed over at a point, told again from the journal and git, with the prompts that carried it. */
export async function readHandOver(
  deps: HandOverReader,
  events: readonly LoopEvent[],
  address: HandOverAddress,
): Promise<Result<HandOver, LoopError>> {
  const last = replayUntilEnd(events);
  if (!last) return fail('state', 'The loop has not been started.');
  const newest = Math.max(1, iterationNumber(last));
  const { point, iteration = newest } = address;
  if (!Number.isInteger(point) || point < 1 || point > 7) {
    return fail('input', `The transfer point is ${point}; it takes a number from 1 to 7.`);
  }
  if (!Number.isInteger(iteration) || iteration < 1 || iteration > newest) {
    return fail('input', `The iteration is ${iteration}; the loop has 1 to ${newest}.`);
  }
  const parts = await writtenParts(deps, events, { iteration, point });
  const held = iteration === newest ? heldHandOver(last) : null;
  const isHeld = held?.point === point;
  if (held && isHeld) parts.push(await heldPart(deps, last, held));
  const editable = held && isHeld ? editableFields(held) : null;
  return ok({
    iteration,
    point,
    parts,
    prompts: await promptsOf(deps, events, { iteration, point }),
    editable,
  });
}

/** What a person made of the held hand-over; `null` edit: nothing differs. */
export async function readEdit(
  deps: HandOverReader,
  state: LoopState,
  edited: string,
): Promise<Result<HandOverEdit | null, LoopError>> {
  const held = heldHandOver(state);
  if (!held) return fail('state', 'No hand-over of the loop is held; nothing was released.');
  const { text } = await heldPart(deps, state, held);
  const edit = readHandOverEdit(held, text, edited);
  return edit.ok ? edit : err({ kind: 'input', message: edit.error });
}

function replayUntilEnd(events: readonly LoopEvent[]): LoopState | null {
  let state: LoopState | null = null;
  for (const event of events) state = evolve(state, event);
  return state;
}

async function writtenParts(
  deps: HandOverReader,
  events: readonly LoopEvent[],
  { iteration, point }: { readonly iteration: number; readonly point: number },
): Promise<HandOverPart[]> {
  const parts: HandOverPart[] = [];
  let state: LoopState | null = null;
  for (const event of events) {
    const asked =
      event.type === 'TransferPointWritten' && event.iteration === iteration && event.point === point;
    if (asked && state) {
      const own = await writtenRecord(deps, events, state, event);
      const { text, key } = textOf(own, state.config.taskId);
      const { part, sha256, verified } = event;
      const edited = state.current?.edits[handOverName(event)] !== undefined;
      parts.push({ part, key, text, sha256, verified, exact: deps.hash(text) === sha256, edited });
    }
    state = evolve(state, event);
  }
  return parts;
}

/** The last record holds what git said then, which the loop's end tells too. */
async function writtenRecord(
  deps: HandOverReader,
  events: readonly LoopEvent[],
  state: LoopState,
  step: TransferStep,
): Promise<HandOverRecord> {
  const end = step.point === 7 ? events.findLast((event) => event.type === 'LoopFinished') : undefined;
  return end ? { name: 'final', payload: finalResult(state, end) } : ownRecord(deps, state, step);
}

async function heldPart(deps: HandOverReader, state: LoopState, held: TransferStep): Promise<HandOverPart> {
  const own = await ownRecord(deps, state, held);
  const { text, key } = textOf(own, state.config.taskId);
  return { part: held.part, key, text, sha256: null, verified: null, exact: null, edited: false };
}

async function ownRecord(
  deps: HandOverReader,
  state: LoopState,
  step: TransferStep,
): Promise<HandOverRecord> {
  if (step.point === 7) {
    const { phase } = state;
    if (phase.kind !== 'ending') throw new Error('The last hand-over belongs to the end of a loop.');
    return {
      name: 'final',
      payload: finalResult(state, await finalEnd(deps.repository, state.config.taskId, phase)),
    };
  }
  const { current } = state;
  const records = current ? await handOverRecords(deps, step, state, current) : [];
  const own = records.at(-1);
  if (!own) throw new Error(`Nothing is handed over at transfer point ${step.point}.`);
  return own;
}

function textOf(
  { name, payload }: HandOverRecord,
  taskId: string,
): { readonly text: string; readonly key: string } {
  const checked = handOverText(name, payload);
  if (!checked.ok) throw new Error(checked.error);
  return { text: checked.value.text, key: transferKey(name, { taskId }).name };
}

/** Point 1 reaches implementers, point 6 those who judge. */
const REACHES: Readonly<Record<number, readonly Role[]>> = {
  1: ['implementer'],
  6: ['validator', 'product-owner'],
};

async function promptsOf(
  { folders }: HandOverReader,
  events: readonly LoopEvent[],
  { iteration, point }: { readonly iteration: number; readonly point: number },
): Promise<readonly InjectedPrompt[]> {
  const roles = REACHES[point] ?? [];
  const prompts: InjectedPrompt[] = [];
  for (const event of events) {
    if (event.type !== 'AgentStarted' || event.iteration !== iteration || !roles.includes(event.role))
      continue;
    const { agentId, role, attempt, folder } = event;
    prompts.push({ agentId, role, attempt, text: await folders.prompt(folder) });
  }
  return prompts;
}
