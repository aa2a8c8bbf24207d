const CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);
/** Programs such as git tell it in words only. */
const WORDS = /no space left on device|disk quota exceeded|not enough space on the disk/i;
/** Linux gives the same code when there are no file watchers left. */
const NOT_THE_DISK = /file watchers/i;

/** Whether a failure says that a disk, or the share of it that one may use, is full. */
export function saysDiskFull(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const message = 'message' in error ? String(error.message) : '';
  if (NOT_THE_DISK.test(message)) return false;
  return ('code' in error && CODES.has(error.code)) || WORDS.test(message);
}
