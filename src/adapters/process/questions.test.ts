import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentQuestion } from '../../domain/agents/question.ts';
import type { QuestionAnswer } from '../../protocol/attempt.ts';
import { ABANDONED_MS, MAX_ASK_SECONDS, MAX_QUESTIONS } from '../../protocol/question-file.ts';
import { createQuestions } from './questions.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-questions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function scene() {
  const time = { now: 1000, touches: 0 };
  const said: string[] = [];
  const answers: QuestionAnswer[] = [];
  let told: readonly AgentQuestion[] = [];
  const questions = createQuestions({
    folder,
    control: () => ({ version: 1, cancel: null, suspendedMs: 0, answers }),
    output: { say: (_kind, text) => said.push(text) },
    seen: { questions: (open) => (told = open) },
    redact: (text) => text.replaceAll('hunter2', '[redacted]'),
    now: () => time.now,
    clock: () => time.now,
  });
  const place = join(folder, 'out', 'questions');
  const file = (name: string) => join(place, name);
  const touch = (name: string) => {
    time.touches += 1;
    utimesSync(file(name), time.touches, time.touches);
  };
  const write = (name: string, value: unknown) => {
    mkdirSync(place, { recursive: true });
    writeFileSync(file(name), typeof value === 'string' ? value : JSON.stringify(value));
    touch(name);
  };
  return {
    said,
    answers,
    look: () => questions.look(),
    told: () => told,
    pass: (ms: number) => (time.now += ms),
    touch,
    write,
    ask: (id: string, question = 'Which?', choices: readonly string[] = []) =>
      write(`${id}.json`, { version: 1, question, choices }),
    remove: (id: string) => rmSync(file(`${id}.json`)),
    answer: (id: string): unknown => JSON.parse(readFileSync(join(folder, 'answers', `${id}.json`), 'utf8')),
  };
}

describe('a question of an agent', () => {
  it('is told without secrets and escapes, and holds the limits until it is answered', () => {
    const { look, told, ask, answers, answer, said } = scene();
    expect([look(), told()]).toEqual([false, []]);
    ask('q1', 'Is it hunter2,\n\u001b[2Jor \u0007not?', ['yes\u001b[1m', 'no']);
    expect(look()).toBe(true);
    const text = 'Is it [redacted],\nor  not?';
    expect(told()).toEqual([{ id: 'q1', at: 1000, text, choices: ['yes', 'no'] }]);
    expect(said).toEqual([`The agent asks a person: ${text}`]);
    answers.push({ id: 'q1', answer: 'yes' }, { id: 'q2', answer: 'to nothing that was asked' });
    expect([look(), told()]).toEqual([false, []]);
    expect(answer('q1')).toEqual({ version: 1, state: 'answered', answer: 'yes' });
    expect(said.at(-1)).toBe('A person answered: yes');
    look();
    expect(said).toHaveLength(2);
  });

  it('is over once its file is gone, and open again when it is asked again', () => {
    const { look, told, ask, remove, answers, answer } = scene();
    ask('q1');
    ask('q2');
    look();
    remove('q1');
    expect([look(), told().map(({ id }) => id)]).toEqual([true, ['q2']]);
    ask('q1');
    look();
    expect(told().map(({ id }) => id)).toEqual(['q1', 'q2']);
    answers.push({ id: 'q1', answer: 'A' });
    look();
    expect(answer('q1')).toMatchObject({ answer: 'A' });
  });

  it('is abandoned when nobody touches it any more, as by whoever was killed while it waited', () => {
    const { look, ask, touch, pass } = scene();
    ask('q1');
    look();
    pass(ABANDONED_MS - 1);
    expect(look()).toBe(true);
    touch('q1.json');
    look();
    pass(ABANDONED_MS - 1);
    expect(look()).toBe(true);
    pass(1);
    expect(look()).toBe(false);
    touch('q1.json');
    expect(look()).toBe(true);
  });

  it('does not hold the limits for ever', () => {
    const { look, ask, touch, pass } = scene();
    ask('q1');
    look();
    pass(MAX_ASK_SECONDS * 1000 - 1);
    touch('q1.json');
    expect(look()).toBe(true);
    pass(1);
    touch('q1.json');
    expect(look()).toBe(false);
  });
});

describe('what is no question', () => {
  it.each([
    ['no JSON', '{'],
    ['nothing', { version: 1, question: ' \n', choices: [] }],
    ['a text that is too long', { version: 1, question: 'x'.repeat(4097), choices: [] }],
    ['too many choices', { version: 1, question: 'a', choices: Array.from({ length: 9 }, () => 'b') }],
    ['another version', { version: 2, question: 'a', choices: [] }],
  ])('is ignored with a notice, and whoever waits for it hears so: %s', (_what, content) => {
    const { look, told, write, answer, said } = scene();
    write('bad.json', content);
    expect([look(), look(), told()]).toEqual([false, false, []]);
    expect(answer('bad')).toMatchObject({
      state: 'refused',
      why: 'out/questions/bad.json holds no question.',
    });
    expect(said).toEqual(['A question was ignored: out/questions/bad.json holds no question.']);
  });

  it('is any other file, of which not every one is told', () => {
    const { look, write, said } = scene();
    write('q1.json.abc.tmp', 'half');
    for (let number = 0; number < 50; number += 1) write(`no ${number}\u001b[2J.txt`, '');
    expect(look()).toBe(false);
    expect(said).toHaveLength(20);
    expect(said.join('\n')).not.toContain('\u001b');
    expect(said.join('\n')).not.toContain('tmp');
  });

  it('is one more than an attempt may ask', () => {
    const { look, told, ask, answer } = scene();
    for (let number = 10; number <= 10 + MAX_QUESTIONS; number += 1) ask(`q${number}`);
    expect(look()).toBe(true);
    expect(told()).toHaveLength(MAX_QUESTIONS);
    expect(answer(`q${10 + MAX_QUESTIONS}`)).toMatchObject({
      state: 'refused',
      why: 'An attempt may ask 20 questions at most.',
    });
  });
});
