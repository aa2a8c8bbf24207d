const LIMIT = 80;

/** A wrong value as an error's sentence quotes it: on one line, at most some 80 characters. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'string' && value.length > LIMIT) return JSON.stringify(`${value.slice(0, LIMIT)}…`);
  let text: string | undefined;
  try {
    text = JSON.stringify(value) as string | undefined;
  } catch {
    text = undefined;
  }
  if (text === undefined) return typeof value;
  return text.length > LIMIT ? `${text.slice(0, LIMIT)}…` : text;
}
