import { statSync } from 'node:fs';
import { join } from 'node:path';
import { checkResult, type ResultRules } from '../../protocol/agent-result.ts';
import type { AttemptControl } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import { readControl, readText } from './attempt-files.ts';

/** Tells whether a file is another one than at the last call; agents and orchestrator write them any time. */
export function changeDetector(file: string): () => boolean {
  let last = '';
  return () => {
    let now = '';
    try {
      const { mtimeMs, size, ino } = statSync(file);
      now = `${mtimeMs} ${size} ${ino}`;
    } catch {
      // Not there (any more).
    }
    const changed = now !== last;
    last = now;
    return changed;
  };
}

/** True each time a valid result was delivered by report or file; an invalid one may still be mended. */
export function createReportWatch(folder: string, rules: ResultRules): () => boolean {
  const watched = [ATTEMPT_FILES.reported, ATTEMPT_FILES.result].map((name) => {
    const file = join(folder, name);
    return { file, changed: changeDetector(file) };
  });
  return () =>
    watched
      .filter(({ changed }) => changed())
      .some(({ file }) => {
        const text = readText(file);
        return text !== null && checkResult(text, rules).ok;
      });
}

const NOTHING_ASKED: AttemptControl = { version: 1, cancel: null, suspendedMs: 0 };

/** What the orchestrator asks now; the last readable answer stays while a file is unreadable. */
export function createControlWatch(folder: string): () => AttemptControl {
  const changed = changeDetector(join(folder, ATTEMPT_FILES.control));
  let control = NOTHING_ASKED;
  return () => {
    if (changed()) control = readControl(folder) ?? control;
    return control;
  };
}
