import { mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTEMPT_FILES } from '../../../protocol/attempt-folder.ts';
import {
  answerFileSchema,
  MAX_CHOICE,
  MAX_CHOICES,
  MAX_QUESTION,
  TOUCH_MS,
  type QuestionFile,
} from '../../../protocol/question-file.ts';
import { readValid, writeWhole } from '../attempt-files.ts';

const LOOK_MS = 250;

export type AskPerson = (question: string, choices: readonly string[]) => Promise<string | null>;

/**
 * Asks a person by the files with which `cfn ask` does, so that the same inbox, bounds and limits hold. `null` when
 * nobody is asked, or nobody waits any more.
 */
export function createAskPerson(folder: string, signal: AbortSignal): AskPerson {
  let asked = 0;
  return async (question, choices) => {
    asked += 1;
    const id = `permission-${process.pid}-${asked}`;
    const file = join(folder, ATTEMPT_FILES.questions, `${id}.json`);
    const content: QuestionFile = {
      version: 1,
      question: question.slice(0, MAX_QUESTION),
      choices: choices.slice(0, MAX_CHOICES).map((choice) => choice.slice(0, MAX_CHOICE)),
    };
    mkdirSync(join(folder, ATTEMPT_FILES.questions), { recursive: true, mode: 0o700 });
    writeWhole(file, content);
    let touchedAt = performance.now();
    try {
      while (!signal.aborted) {
        const answer = readValid(join(folder, ATTEMPT_FILES.answers, `${id}.json`), answerFileSchema);
        if (answer !== null) return answer.state === 'answered' ? answer.answer : null;
        if (performance.now() - touchedAt >= TOUCH_MS) {
          touchedAt = performance.now();
          utimesSync(file, new Date(), new Date());
        }
        await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      }
      return null;
    } finally {
      rmSync(file, { force: true });
    }
  };
}
