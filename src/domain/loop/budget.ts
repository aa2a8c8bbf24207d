/** What runs are expected to cost, what has been set aside for those under way, and who may start for the rest. */
import type { EventOf } from './events.ts';
import { presetOf, type Role } from './model.ts';
import { activeSlots, currentSlots, type LoopState, type Slot } from './state.ts';

/** The share of a budget at which it is said once that it is nearly spent. */
export const DEFAULT_BUDGET_WARNING = 0.8;

/** Ten times 0.1 is not 1.0 in binary fractions; nobody is to be held up by that. */
const HAIR = 1e-9;

/** A person who goes past a budget of 0 lets at least something start whose price is unknown. */
const LEAST_RAISE_USD = 0.01;

const priceKey = (preset: string, role: Role): string => `${role}/${preset}`;

/** The dearest price told so far, or the estimate of the start if that is more; null: the price is unknown. */
function expectedUsd({ config, dearestUsd }: LoopState, preset: string, role: Role): number | null {
  const told = dearestUsd[priceKey(preset, role)];
  const estimate = config.prices?.find((price) => price.preset === preset && price.role === role)?.usd;
  if (told === undefined) return estimate ?? null;
  return Math.max(told, estimate ?? 0);
}

/** What a start of this agent sets aside. */
export function reservationFor(
  state: LoopState,
  { agentId, role }: Pick<Slot, 'agentId' | 'role'>,
): { readonly preset: string; readonly usd: number | null } {
  const program = state.config.crew.find((member) => member.id === agentId)?.program ?? null;
  const preset = presetOf(program);
  return { preset, usd: expectedUsd(state, preset, role) };
}

/** What is set aside for a run under way: no less than at its start, and more once a dearer price was told. */
function heldUsd(state: LoopState, { role, state: now }: Slot): number | null {
  if (now.kind !== 'running') return 0;
  const { preset, usd } = now.reserved;
  return usd === null ? null : Math.max(usd, expectedUsd(state, preset, role) ?? 0);
}

/** What runs told, and what was set aside for those that ended without telling a price. */
export const spentUsd = ({ costUsd, assumedUsd }: LoopState): number => costUsd + assumedUsd;

/** For all runs under way whose price is known. */
export const reservedUsd = (state: LoopState): number =>
  currentSlots(state).reduce((sum, slot) => sum + (heldUsd(state, slot) ?? 0), 0);

const inTurn = (slots: readonly Slot[]): readonly Slot[] =>
  slots.toSorted((one, other) => one.turn - other.turn);

/**
 * The pending agents, from the first on, that may start together with what runs. Nobody is passed over for want of
 * money, so the one that does not fit is the next as soon as it does; of unknown price there is one at a time. Who is
 * to run again comes after those who wait already: a start that is being made is not called back for it.
 */
export function affordable(state: LoopState, pending: readonly Slot[]): readonly Slot[] {
  const { limitUsd } = state;
  if (limitUsd === null) return pending;
  const fitting: Slot[] = [];
  let taken = spentUsd(state) + reservedUsd(state);
  let unknownRuns = currentSlots(state).some((slot) => heldUsd(state, slot) === null);
  for (const slot of inTurn(pending)) {
    const { usd } = reservationFor(state, slot);
    if (usd === null && unknownRuns) continue;
    if (usd === null ? taken >= limitUsd - HAIR : taken + usd > limitUsd + HAIR) break;
    unknownRuns ||= usd === null;
    taken += usd ?? 0;
    fitting.push(slot);
  }
  return fitting;
}

/** What counts of a run that ended: its price where it told one, else what was set aside for it. */
export function settleCost(
  state: LoopState,
  slot: Slot | undefined,
  costUsd: number | null,
): Pick<LoopState, 'assumedUsd' | 'dearestUsd'> {
  const { assumedUsd, dearestUsd } = state;
  if (slot?.state.kind !== 'running') return { assumedUsd, dearestUsd };
  if (costUsd === null) return { assumedUsd: assumedUsd + (heldUsd(state, slot) ?? 0), dearestUsd };
  const key = priceKey(slot.state.reserved.preset, slot.role);
  return {
    assumedUsd,
    dearestUsd: { ...dearestUsd, [key]: Math.max(costUsd, dearestUsd[key] ?? 0) },
  };
}

/** The limit after a person's PROCEED: the budget once more, and at least as much as the next start needs. */
export function raisedLimit(state: LoopState): number | null {
  const { config, limitUsd } = state;
  if (limitUsd === null) return null;
  const next = nextPending(state);
  const needs = next ? (reservationFor(state, next).usd ?? LEAST_RAISE_USD) : 0;
  return Math.max(limitUsd, spentUsd(state)) + Math.max(config.budgetUsd ?? 0, needs);
}

const nextPending = (state: LoopState): Slot | undefined =>
  inTurn(activeSlots(state).filter((slot) => slot.state.kind === 'pending'))[0];

/** Why nothing can start any more, in a sentence; null while the next agent may. Asked when nothing runs. */
export function budgetReason(state: LoopState): string | null {
  const next = nextPending(state);
  if (!next || affordable(state, [next]).length > 0) return null;
  const { preset, usd } = reservationFor(state, next);
  const left = Math.max(0, (state.limitUsd ?? 0) - spentUsd(state));
  const who = `${next.agentId} (${preset})`;
  const why =
    usd === null || left <= HAIR
      ? `${who} is not started.`
      : `${who} is expected to cost ${dollars(usd)}, and ${dollars(left)} is left.`;
  return `The budget is reached: ${dollars(spentUsd(state))} of ${dollars(state.limitUsd ?? 0)}${assumed(state)}. ${why} PROCEED raises it to ${dollars(raisedLimit(state) ?? 0)}.`;
}

const assumed = ({ assumedUsd }: LoopState): string =>
  assumedUsd > 0 ? `, ${dollars(assumedUsd)} of it assumed for runs that told no price` : '';

const dollars = (usd: number): string => `$${usd.toFixed(2)}`;

/** Said once for each limit, when a run's end crosses the share of it. */
export function nextWarning(state: LoopState): EventOf<'BudgetWarned'> | null {
  const { config, limitUsd, budgetWarning, phase } = state;
  if (limitUsd === null || phase.kind === 'ending' || phase.kind === 'finished') return null;
  if (budgetWarning?.limitUsd === limitUsd) return null;
  const spent = spentUsd(state);
  const share = config.budgetWarning ?? DEFAULT_BUDGET_WARNING;
  return spent > 0 && spent >= share * limitUsd - HAIR
    ? { type: 'BudgetWarned', spentUsd: spent, limitUsd }
    : null;
}
