/** Commands that most windows never run, built as a file of its own and loaded by the first of them. */
import type { Command } from '../front.ts';
import { exportPatch } from './export-patch.ts';

export const LOOP_TOOLS = { exportPatch } as const satisfies Readonly<Record<string, Command>>;
