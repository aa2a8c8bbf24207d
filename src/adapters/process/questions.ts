import { mkdirSync, opendirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptControl } from '../../protocol/attempt.ts';
import { ATTEMPT_FILES } from '../../protocol/attempt-folder.ts';
import {
  ABANDONED_MS,
  MAX_ASK_SECONDS,
  MAX_CHOICE,
  MAX_QUESTIONS,
  questionFileSchema,
  questionIdOf,
  type AnswerFile,
  type QuestionFile,
} from '../../protocol/question-file.ts';
import type { AttemptOutput } from './attempt-output.ts';
import { readValid, writeWhole } from './attempt-files.ts';
import { changeDetector } from './reports.ts';
import { shownLine, shownText } from './shown-line.ts';
import type { SignalRecorder } from './signal-recorder.ts';

/** What an agent asks a person by the files of its attempt. */
export interface Questions {
  /** Looks for new questions and answers; true while the agent's limits stand still for one. */
  look(): boolean;
}

export interface QuestionsDeps {
  /** Of the attempt. */
  readonly folder: string;
  readonly control: () => AttemptControl;
  readonly output: Pick<AttemptOutput, 'say'>;
  readonly seen: Pick<SignalRecorder, 'questions'>;
  readonly redact: (text: string) => string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
}

/** More files than this are not looked at: an agent may write any number of them. */
const MAX_FILES = 200;
const MAX_NOTICES = 20;
/** An agent that never stops asking is not beyond its limits for ever. */
const MAX_HELD_MS = MAX_ASK_SECONDS * 1000;

interface Known {
  readonly id: string;
  readonly asked: QuestionFile;
  readonly at: number;
  /** When its file was touched last, and when that was seen. */
  touched: number;
  seenAt: number;
  state: 'open' | 'withdrawn' | 'closed';
}

export function createQuestions(deps: QuestionsDeps): Questions {
  const { control, clock, output } = deps;
  const known = new Map<string, Known>();
  const look = createLookout(deps, known);
  const tell = createTelling(deps.seen);
  const holds = createHold(clock);
  const passOn = (): void => {
    for (const { id, answer } of control().answers ?? []) {
      const question = known.get(id);
      if (!question || question.state === 'closed') continue;
      if (!conclude(deps.folder, id, { version: 1, state: 'answered', answer })) continue;
      question.state = 'closed';
      output.say('notice', `A person answered: ${answer}`);
    }
  };
  return {
    look() {
      look();
      passOn();
      const open = Array.from(known.values()).filter(({ state }) => state === 'open');
      tell(open);
      return holds(open.length > 0);
    },
  };
}

/** Keeps what is known equal to the files of the agent. */
function createLookout(deps: QuestionsDeps, known: Map<string, Known>): () => void {
  const { folder, output, clock } = deps;
  const place = join(folder, ATTEMPT_FILES.questions);
  const changed = changeDetector(place);
  const refused = new Set<string>();
  const notice = createNotices(output);
  let names: readonly string[] = [];

  const refuse = (id: string, why: string): void => {
    if (!conclude(folder, id, { version: 1, state: 'refused', why })) return;
    refused.add(id);
    notice(`A question was ignored: ${why}`);
  };
  const admit = (id: string, touched: number): void => {
    if (known.size >= MAX_QUESTIONS) {
      return refuse(id, `An attempt may ask ${MAX_QUESTIONS} questions at most.`);
    }
    const read = readValid(join(place, `${id}.json`), questionFileSchema);
    if (read === null) return refuse(id, `${ATTEMPT_FILES.questions}/${id}.json holds no question.`);
    const asked = cleaned(read, deps.redact);
    known.set(id, { id, asked, at: deps.now(), touched, seenAt: clock(), state: 'open' });
    output.say('notice', `The agent asks a person: ${asked.question}`);
  };
  const withdraw = (question: Known): void => {
    if (question.state !== 'open') return;
    question.state = 'withdrawn';
    output.say('notice', 'The agent waits for no answer any more.');
  };
  /** An agent that touches its question again waits for the answer again. */
  const follow = (question: Known, touched: number | null): void => {
    if (touched === null) return withdraw(question);
    if (touched !== question.touched) {
      Object.assign(question, { touched, seenAt: clock(), state: 'open' });
    } else if (clock() - question.seenAt >= ABANDONED_MS) {
      withdraw(question);
    }
  };
  const take = (name: string): void => {
    const id = questionIdOf(name);
    if (id === null) {
      if (!name.endsWith('.tmp'))
        notice(`${ATTEMPT_FILES.questions}/${name} was ignored: it is no question.`);
      return;
    }
    if (known.has(id) || refused.has(id) || refused.size >= MAX_FILES) return;
    const touched = touchedAt(join(place, name));
    if (touched !== null) admit(id, touched);
  };
  return () => {
    if (changed()) names = namesIn(place);
    for (const name of names) take(name);
    for (const question of known.values()) {
      if (question.state !== 'closed') follow(question, touchedAt(join(place, `${question.id}.json`)));
    }
  };
}

/** False on a full disk: it is tried again at the next look. */
function conclude(folder: string, id: string, said: AnswerFile): boolean {
  try {
    mkdirSync(join(folder, ATTEMPT_FILES.answers), { recursive: true, mode: 0o700 });
    writeWhole(join(folder, ATTEMPT_FILES.answers, `${id}.json`), said);
    return true;
  } catch {
    return false;
  }
}

/** True while something is asked, up to the time that an attempt may be held for. */
function createHold(clock: QuestionsDeps['clock']): (asks: boolean) => boolean {
  let heldMs = 0;
  let since: number | null = null;
  return (asks) => {
    const now = clock();
    if (since !== null) heldMs += now - since;
    since = asks ? now : null;
    return asks && heldMs < MAX_HELD_MS;
  };
}

/** Each once, and not more than a person would read. */
function createNotices(output: QuestionsDeps['output']): (text: string) => void {
  const said = new Set<string>();
  return (text) => {
    if (said.size >= MAX_NOTICES || said.has(text)) return;
    said.add(text);
    output.say('notice', shownLine(text, 500));
  };
}

/** Tells which questions are open whenever others are. */
function createTelling(seen: QuestionsDeps['seen']): (open: readonly Known[]) => void {
  let told = '';
  return (open) => {
    const ids = open.map(({ id }) => id).join(' ');
    if (ids === told) return;
    told = ids;
    seen.questions(
      open.map(({ id, at, asked }) => ({ id, at, text: asked.question, choices: asked.choices })),
    );
  };
}

const cleaned = ({ version, question, choices }: QuestionFile, redact: QuestionsDeps['redact']) => ({
  version,
  question: shownText(redact(question)),
  choices: choices.map((choice) => shownLine(redact(choice), MAX_CHOICE)),
});

function namesIn(place: string): readonly string[] {
  try {
    const folder = opendirSync(place);
    try {
      const names: string[] = [];
      for (let entry = folder.readSync(); entry && names.length < MAX_FILES; entry = folder.readSync()) {
        names.push(entry.name);
      }
      return names.sort();
    } finally {
      folder.closeSync();
    }
  } catch {
    return [];
  }
}

function touchedAt(file: string): number | null {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return null;
  }
}
