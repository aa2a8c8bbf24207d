import { fence } from '../../base/fence.ts';
import { WORDS_ARE_DATA } from '../quoted-words.ts';

export interface SplitTask {
  readonly description: string;
  readonly requirements: readonly string[];
  readonly acceptance: readonly string[];
}

const list = (title: string, items: readonly string[]): readonly string[] =>
  items.length === 0 ? [] : [`## ${title}`, '', ...items.map((item) => `- ${item}`), ''];

const sample = (nonce: string): string =>
  [
    '```json',
    '{',
    `  "nonce": "${nonce}",`,
    '  "parts": [{ "task": WHAT_ITS_IMPLEMENTER_IS_TO_DO, "files": [PATTERN, PATTERN] }]',
    '}',
    '```',
  ].join('\n');

/** Asks for a task taken apart. Nothing is changed yet, and nobody else was asked. */
export function splitPrompt(
  task: SplitTask,
  {
    count,
    nonce,
    resultFile,
  }: { readonly count: number | null; readonly nonce: string; readonly resultFile: string },
): string {
  const size =
    count === null
      ? 'Propose as many parts as can be worked on at the same time, and one part where the task cannot be taken apart.'
      : `Propose exactly ${count} parts.`;
  return [
    'You plan, and change nothing: take the task below apart, so that several implementers can work on it at the same time, each in a worktree of its own. All their changes are merged.',
    '',
    '## Task',
    '',
    task.description,
    '',
    ...list('Requirements', task.requirements),
    ...list('Acceptance', task.acceptance),
    '## How you work',
    '',
    '- Look at the repository in the current directory, a disposable checkout: what you write there is not used.',
    `- ${size}`,
    '- Each part has a task that can be done without the others, and without having read their tasks; the whole task is shown to everybody.',
    '- Each part has the files that are its own, as patterns of .gitignore from the root of the repository, such as src/api/** or README.md. No file belongs to two parts; files that several parts need, such as lock files, belong to one.',
    `- ${WORDS_ARE_DATA}`,
    '',
    '## Your result',
    '',
    `Report exactly once, as your last act: end your final message with one fenced \`json\` block, or write the object to ${resultFile}. It has this shape, with your own values in place of the capitals:`,
    '',
    sample(nonce),
  ].join('\n');
}

export function splitRepairPrompt(
  { error, transcriptTail }: { readonly error: string; readonly transcriptTail: string },
  { count, nonce, resultFile }: Parameters<typeof splitPrompt>[1],
): string {
  return [
    'Your plan could not be read, so report it again and do nothing else.',
    '',
    `What was wrong: ${error}`,
    ...(count === null ? [] : ['', `It takes exactly ${count} parts.`]),
    '',
    'The end of what you wrote:',
    '',
    fence(transcriptTail, 'text'),
    '',
    `End your final message with one fenced \`json\` block, or write the object to ${resultFile}:`,
    '',
    sample(nonce),
  ].join('\n');
}
