import { deferred } from '../base/deferred.ts';
import { createInterface, type Interface } from 'node:readline';
import type { DecideRequest } from '../app/loop-service.ts';
import { decisionFacts } from '../app/projections/decision-facts.ts';
import type { LoopView } from '../app/projections/loop-view.ts';
import { DECISIONS } from '../domain/loop/model.ts';
import { printable, type CliIo } from './io.ts';

export interface Question {
  readonly view: LoopView;
  /** Changed protected files that nobody confirmed yet. */
  readonly unconfirmed: readonly string[];
  /** Aborted when somebody else decided, or the command ends. */
  readonly signal: AbortSignal;
  /** Ctrl+C, which the prompt would otherwise keep for itself. */
  readonly onInterrupt: () => void;
}

/** `withdrawn`: the signal was aborted. `left`: the person closed the input (Ctrl+D). */
export type Answer = DecideRequest | 'withdrawn' | 'left';

/** Asks the person at the terminal what shall become of a waiting loop. */
export async function askDecision(io: CliIo, question: Question): Promise<Answer> {
  const prompt = createInterface({ input: io.stdin, output: io.stdout, terminal: true });
  const closed = new AbortController();
  const signal = AbortSignal.any([question.signal, closed.signal]);
  const ask = createLineAsker(prompt, signal);
  prompt.on('SIGINT', question.onInterrupt);
  // A question on a closed input would never be answered.
  prompt.on('close', () => closed.abort());
  try {
    const { view } = question;
    io.stdout.write(`\n${printable(view.waiting?.message ?? 'The loop waits for you.')}\n`);
    io.stdout.write(`${printable(decisionFacts(view).join(' · '))}\n`);
    const decision = await askOne(ask);
    const reason = (await ask('Reason (may be empty): ')).trim();
    const feedback = decision === 'ITERATE' ? await askFeedback(ask) : [];
    const confirm: string[] = [];
    for (const path of decision === 'PROCEED' ? question.unconfirmed : []) {
      const answer = await ask(`Is the change of ${printable(path)} right? (y/N) `);
      if (/^y(es)?$/i.test(answer.trim())) confirm.push(path);
    }
    return { decision, ...(reason === '' ? {} : { reason }), feedback, confirm };
  } catch (error) {
    if (question.signal.aborted || closed.signal.aborted) io.stdout.write('\n');
    if (question.signal.aborted) return 'withdrawn';
    if (closed.signal.aborted) return 'left';
    throw error;
  } finally {
    prompt.close();
  }
}

/** Asks once; Enter means yes. Null when the person leaves (Ctrl+C, Ctrl+D). */
export async function askYesNo(
  io: CliIo,
  question: { readonly text: string } & Pick<Question, 'signal' | 'onInterrupt'>,
): Promise<boolean | null> {
  const prompt = createInterface({ input: io.stdin, output: io.stdout, terminal: true });
  const closed = new AbortController();
  const signal = AbortSignal.any([question.signal, closed.signal]);
  const ask = createLineAsker(prompt, signal);
  prompt.on('SIGINT', question.onInterrupt);
  prompt.on('close', () => closed.abort());
  try {
    for (;;) {
      const answer = (await ask(`${question.text} (Y/n) `)).trim();
      if (answer === '' || /^y(es)?$/i.test(answer)) return true;
      if (/^no?$/i.test(answer)) return false;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    io.stdout.write('\n');
    return null;
  } finally {
    prompt.close();
  }
}

type Ask = (text: string) => Promise<string>;

/** Lines that were typed before their question came are kept for it. Rejects once the signal is aborted. */
function createLineAsker(prompt: Interface, signal: AbortSignal): Ask {
  const typed: string[] = [];
  let answer: ((line: string) => void) | null = null;
  prompt.on('line', (line) => {
    const asked = answer;
    answer = null;
    if (asked) asked(line);
    else typed.push(line);
  });
  return async (text) => {
    signal.throwIfAborted();
    prompt.setPrompt(text);
    prompt.prompt();
    const early = typed.shift();
    if (early !== undefined) return early;
    const { promise, resolve, reject } = deferred<string>();
    const onAbort = () => reject(new Error('The question was withdrawn.'));
    answer = resolve;
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await promise;
    } finally {
      answer = null;
      signal.removeEventListener('abort', onAbort);
    }
  };
}

/** At least one item: no iteration starts without feedback. */
async function askFeedback(ask: Ask): Promise<readonly string[]> {
  const feedback: string[] = [];
  for (;;) {
    const item = (await ask(`What has to change${feedback.length > 0 ? ', empty when done' : ''}: `)).trim();
    if (item !== '') feedback.push(item);
    else if (feedback.length > 0) return feedback;
  }
}

async function askOne(ask: Ask): Promise<DecideRequest['decision']> {
  for (;;) {
    const answer = (await ask('PROCEED, ITERATE or ABORT? ')).trim().toUpperCase();
    const decision = DECISIONS.find((one) => one === answer);
    if (decision) return decision;
  }
}
