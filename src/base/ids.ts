import { err, ok, type Result } from './result.ts';

/** Words that are file names, object keys or devices somewhere, compared without case. */
const RESERVED = new Set([
  'result',
  'rescue',
  'integrated',
  'human',
  'none',
  '__proto__',
  'constructor',
  'prototype',
  'con',
  'prn',
  'aux',
  'nul',
  ...Array.from({ length: 10 }, (_, n) => `com${n}`),
  ...Array.from({ length: 10 }, (_, n) => `lpt${n}`),
]);
const SHAPE = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$/;

/** Task and agent ids: the seeds' `^[a-zA-Z0-9_-]+$`, minus what is dangerous as a file name or an option. */
export function checkId(field: string, value: string): Result<string, string> {
  if (!SHAPE.test(value)) {
    return err(
      `${field} is ${JSON.stringify(value.slice(0, 80))}; it takes 1 to 64 letters, digits, "_" or "-", starting with a letter or digit.`,
    );
  }
  if (RESERVED.has(value.toLowerCase())) {
    return err(`${field} is "${value}", a reserved name; choose another one.`);
  }
  return ok(value);
}

/** Randomness is injected; the adapter uses the platform's cryptographic source. */
export interface Ids {
  /** 128 random bits as lower-case hex. */
  token(): string;
  /** A readable, unique task id such as `fix-login-7k2m`. */
  taskId(description: string): string;
}
