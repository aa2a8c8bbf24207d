import { circuitBreaker, ConsecutiveBreaker, handleWhenResult, IterableBackoff } from 'cockatiel';
import * as z from 'zod';

/** Errors in a row after which no agent of an account starts for a while. */
const THRESHOLD = 3;
/** Before each new trial by one agent, in milliseconds; the last one stays. */
const WAITS_MS = [5_000, 15_000, 60_000, 300_000];
const OPEN = 1;

/** What cockatiel gives for a circuit that is to be gone on with elsewhere. */
export const circuitSchema = z.object({
  ownState: z.union([
    z.object({ value: z.literal(OPEN), openedAt: z.number(), attemptNo: z.int().min(1) }),
    z.object({ value: z.literal(0) }),
  ]),
  breakerState: z.int().min(0),
});
export type Circuit = z.infer<typeof circuitSchema>;

/** Null: nothing has failed since the last success. An open circuit stays as it is until its trial is due. */
export async function tellCircuit(
  circuit: Circuit | null,
  end: 'completed' | 'error',
): Promise<Circuit | null> {
  const policy = circuitBreaker(
    handleWhenResult((result) => result === 'error'),
    {
      breaker: new ConsecutiveBreaker(THRESHOLD),
      halfOpenAfter: new IterableBackoff(WAITS_MS),
      ...(circuit === null ? {} : { initialState: circuit }),
    },
  );
  await policy.execute(() => end).catch(() => undefined);
  const next = circuitSchema.parse(policy.toJSON());
  return next.ownState.value === OPEN || next.breakerState > 0 ? next : null;
}

/** When one agent may try again, epoch milliseconds; null while the circuit is closed. */
export function openUntil(circuit: Circuit | null): number | null {
  if (circuit?.ownState.value !== OPEN) return null;
  const { openedAt, attemptNo } = circuit.ownState;
  return openedAt + (WAITS_MS[Math.min(attemptNo, WAITS_MS.length) - 1] ?? 0);
}
