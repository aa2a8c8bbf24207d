import type { RespValue } from '../../ports/store-commands.ts';

/** A word of a reply; empty for what is none. */
export const textOf = (value: RespValue | undefined): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

export const listOf = (value: RespValue | undefined): readonly RespValue[] =>
  Array.isArray(value) ? (value as readonly RespValue[]) : [];

export const textsOf = (value: RespValue | undefined): readonly string[] => listOf(value).map(textOf);
