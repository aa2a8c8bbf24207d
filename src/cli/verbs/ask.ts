import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { err, ok, type Result } from '../../base/result.ts';
import { shown } from '../../base/shown.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import {
  answerFileSchema,
  ASK_SECONDS,
  MAX_ASK_SECONDS,
  MAX_CHOICE,
  MAX_CHOICES,
  MAX_QUESTION,
  TOUCH_MS,
  type AnswerFile,
  type QuestionFile,
} from '../../protocol/question-file.ts';
import { collect, parseArguments } from '../arguments.ts';
import type { CliContext } from '../context.ts';
import { EXIT, refuse } from '../io.ts';
import { writeWhole } from '../write-whole.ts';

/** The script's way to say no: nobody answered. */
const NO_ANSWER = 1;
/** Between two looks for the answer. */
const LOOK_MS = 250;

/** `cfn ask QUESTION`: an agent asks a person and waits for the answer. */
export async function runAsk(argv: readonly string[], { io }: CliContext): Promise<number> {
  const command = new Command('cfn ask')
    .description('Ask a person something in the middle of the work, and wait for the answer.')
    .argument('[question...]', `the question, at most ${MAX_QUESTION} characters`)
    .option('--choice <text>', `an answer to choose; once for each, at most ${MAX_CHOICES}`, collect)
    .option('--timeout <seconds>', `how long to wait (default: ${ASK_SECONDS})`);
  const exit = parseArguments(command, argv, io);
  if (exit !== null) return exit;
  const resultFile = io.env['CFN_RESULT_FILE'];
  if (resultFile === undefined || resultFile === '') {
    return refuse(io, '[ERROR] CFN_RESULT_FILE is not set; cfn ask works within an agent of the loop.');
  }
  const flags = command.opts<{ choice?: readonly string[]; timeout?: string }>();
  const question = readQuestion(command.args.join(' '), flags.choice ?? []);
  if (!question.ok) return refuse(io, `[ERROR] ${question.error}`);
  const seconds = readSeconds(flags.timeout);
  if (!seconds.ok) return refuse(io, `[ERROR] ${seconds.error}`);
  const asked = await ask(placeOf(resultFile, question.value), question.value, seconds.value * 1000);
  if (!asked.ok) return refuse(io, `[ERROR] ${asked.error}`);
  if (asked.value === null) {
    io.stderr.write(
      `Nobody answered within ${seconds.value} s; go on with your best judgement and say so in your result.\n`,
    );
    return NO_ANSWER;
  }
  if (asked.value.state === 'refused') return refuse(io, `[ERROR] ${asked.value.why}`);
  io.stdout.write(`${asked.value.answer}\n`);
  return EXIT.proceed;
}

function readQuestion(text: string, choices: readonly string[]): Result<QuestionFile, string> {
  const question = text.trim();
  if (question === '') return err('The question is empty; cfn ask takes a text.');
  if (question.length > MAX_QUESTION) {
    return err(`The question has ${question.length} characters; it takes at most ${MAX_QUESTION}.`);
  }
  if (choices.length > MAX_CHOICES) {
    return err(`--choice is given ${choices.length} times; it takes at most ${MAX_CHOICES}.`);
  }
  const wrong = choices.find((choice) => choice.trim() === '' || choice.length > MAX_CHOICE);
  if (wrong !== undefined) {
    return err(`--choice is ${shown(wrong)}; it takes a text of at most ${MAX_CHOICE} characters.`);
  }
  return ok({ version: 1, question, choices: choices.map((choice) => choice.trim()) });
}

function readSeconds(word: string | undefined): Result<number, string> {
  if (word === undefined) return ok(ASK_SECONDS);
  const seconds = /^\d+(\.\d+)?$/.test(word) ? Number(word) : 0;
  return seconds > 0 && seconds <= MAX_ASK_SECONDS
    ? ok(seconds)
    : err(`--timeout is ${shown(word)}; it takes seconds, more than 0 and at most ${MAX_ASK_SECONDS}.`);
}

interface Place {
  readonly question: string;
  readonly answer: string;
}

/** By its words, so that whoever asks the same again waits for the same answer, or has it at once. */
function placeOf(resultFile: string, { question, choices }: QuestionFile): Place {
  const id = createHash('sha256')
    .update(JSON.stringify([question, choices]))
    .digest('hex')
    .slice(0, 12);
  const attempt = dirname(dirname(resultFile));
  return {
    question: join(attempt, ATTEMPT_FILES.questions, `${id}.json`),
    answer: join(attempt, ATTEMPT_FILES.answers, `${id}.json`),
  };
}

/** Null: nobody answered in time, and the question is withdrawn. */
async function ask(place: Place, file: QuestionFile, ms: number): Promise<Result<AnswerFile | null, string>> {
  const deadline = performance.now() + ms;
  let touched = Number.NEGATIVE_INFINITY;
  for (;;) {
    const found = await readAnswer(place);
    if (found !== null) return ok(found);
    const now = performance.now();
    if (now >= deadline) {
      await rm(place.question, { force: true });
      // It may have come between the last look and now.
      return ok(await readAnswer(place));
    }
    if (now - touched >= TOUCH_MS) {
      const told = await touch(place, file);
      if (!told.ok) return told;
      touched = now;
    }
    await sleep(Math.min(LOOK_MS, deadline - now));
  }
}

/** Says that somebody waits; the question is written where it is not there (any more). */
async function touch({ question }: Place, file: QuestionFile): Promise<Result<void, string>> {
  try {
    const now = new Date();
    await utimes(question, now, now);
    return ok(undefined);
  } catch {
    await mkdir(dirname(question), { recursive: true, mode: 0o700 }).catch(() => undefined);
    return writeWhole('The question', question, `${JSON.stringify(file)}\n`);
  }
}

async function readAnswer({ answer }: Place): Promise<AnswerFile | null> {
  try {
    const read = answerFileSchema.safeParse(JSON.parse(await readFile(answer, 'utf8')));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
