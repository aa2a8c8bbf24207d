/** What somebody asked for, found without a model. */
import type { LoopView } from '../../app/projections/loop-view.ts';
import { isActive, needsPerson } from '../words.ts';

export type Verb = 'start' | 'status' | 'why' | 'help';

const WHY = /\b(why|reason|fail(?:ed|s|ing)?|wait(?:s|ing)?|stuck|reject(?:ed)?|decid(?:ed|e)|dissent)\b/i;
const STATUS = /\b(status|progress|how (?:far|is|are|much)|cost|spent|running|doing|state)\b/i;

/** The slash command counts; free text is looked through for words that are asked about. */
export function verbOf(command: string | undefined, prompt: string): Verb {
  if (command === 'start' || command === 'status' || command === 'why') return command;
  if (WHY.test(prompt)) return 'why';
  return STATUS.test(prompt) ? 'status' : 'help';
}

/** `iteration 3`, `it 3`, or a number alone. */
export function iterationIn(prompt: string): number | null {
  const found = /\b(?:iteration|it)\s+#?(\d{1,3})\b/i.exec(prompt) ?? /^\s*(\d{1,3})\s*$/.exec(prompt);
  return found ? Number(found[1]) : null;
}

/** The loop that is named, else the one that needs somebody, that runs, that came last. `views`: newest first. */
export function loopMeant(views: readonly LoopView[], prompt: string): LoopView | null {
  return (
    views.find(({ taskId }) => prompt.includes(taskId)) ??
    views.find(needsPerson) ??
    views.find(isActive) ??
    views[0] ??
    null
  );
}
