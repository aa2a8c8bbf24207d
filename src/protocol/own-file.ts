/** Files that people write by hand, with errors of one sentence that name the file, the field and what it takes. */
import type * as z from 'zod/mini';
import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';

/** `file` begins the error's sentence. An editor may have put a mark at the beginning. */
export function parseJson(file: string, text: string): Result<unknown, string> {
  try {
    return ok(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch {
    return err(`${file} is not valid JSON; correct or remove it.`);
  }
}

/** What is wrong with one named entry of such a file; `takes` says what each of its fields takes. */
export function problemOf(
  takes: Readonly<Record<string, string>>,
  {
    name,
    value,
    error,
  }: { readonly name: string; readonly value: unknown; readonly error: z.core.$ZodError },
): string {
  const [issue] = error.issues;
  if (issue?.code === 'unrecognized_keys') {
    return `${name} has ${shown(issue.keys[0])}, which is not known; the names are ${Object.keys(takes).join(', ')}.`;
  }
  const field = String(issue?.path[0] ?? '');
  if (!Object.hasOwn(takes, field)) return `${name} must be a mapping of names to values.`;
  const given = Object.entries(value as object).find(([each]) => each === field)?.[1];
  return `${name}.${field} is ${shown(given)}; it takes ${takes[field]}.`;
}
