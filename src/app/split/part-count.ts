import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';

/** A plan with more would be read by nobody. */
const MOST_PARTS = 32;

export const PARTS_TAKE = `a whole number from 1 to ${MOST_PARTS}`;

/** Null where nothing was said: as many as the agent finds. `label` begins the error's sentence. */
export function readPartCount(label: string, text: string | undefined): Result<number | null, string> {
  if (text === undefined) return ok(null);
  const count = Number(text);
  return /^\d{1,2}$/.test(text) && count >= 1 && count <= MOST_PARTS
    ? ok(count)
    : err(`${label} is ${shown(text)}; it takes ${PARTS_TAKE}.`);
}
