import * as z from 'zod/mini';
import type { Command } from '../front.ts';

const fromRow = z.object({ key: z.string() });

/** The keys of the coordination store; a row may name one, as bytes. */
export const showCoordination: Command = (front, argument) => {
  const named = fromRow.safeParse(argument);
  front.showCoordination(named.success ? named.data.key : null);
  return Promise.resolve();
};
