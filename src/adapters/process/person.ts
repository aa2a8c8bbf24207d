import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import type { TranscriptLine } from '../../protocol/attempt.ts';

export const TAKE_OVER_COMMAND = '/take-over';
const PROMPT = '› ';

/** The person in front of the runner's terminal. */
export interface Person {
  show(line: TranscriptLine): void;
  /** Starts to take what the person types; only agents that can be spoken to are asked to. */
  listen(): void;
  /** Lines typed since the last call, in order. */
  takeLines(): readonly string[];
  /** The person wants the agent's own interface; true once per wish. */
  takesOver(): boolean;
  /** Resolves when no half-typed line stands in the prompt, at the latest after `ms` without a key. */
  settled(ms: number): Promise<void>;
  /** Gives the terminal to somebody else. */
  leave(): void;
}

export interface PersonDeps {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly render: (line: TranscriptLine, columns: number) => string;
  readonly onInterrupt: () => void;
}

export function createPerson({ input, output, render, onInterrupt }: PersonDeps): Person {
  let typing: Interface | null = null;
  let lines: string[] = [];
  let wantsInterface = false;
  // A terminal that was closed must not take the agent's record with it.
  output.on('error', () => undefined);
  input.on('error', () => undefined);

  const print = (text: string) => {
    if (text === '') return;
    if (typing === null) {
      output.write(`${text}\n`);
      return;
    }
    cursorTo(output, 0);
    clearLine(output, 0);
    output.write(`${text}\n`);
    typing.prompt(true);
  };
  const show = (line: TranscriptLine) => print(render(line, output.columns || 80));
  const notice = (text: string) => show({ at: 0, stream: 'harness', kind: 'notice', text });
  const onLine = (typed: string) => {
    const text = typed.trim();
    if (text === TAKE_OVER_COMMAND) wantsInterface = true;
    else if (text !== '') {
      lines.push(text);
      notice('The agent gets this line at the end of its turn.');
    }
    typing?.prompt();
  };

  return {
    show,
    listen() {
      if (typing !== null) return;
      typing = createInterface({ input, output, prompt: PROMPT, historySize: 50 });
      typing.on('line', onLine);
      typing.on('SIGINT', onInterrupt);
      // Ctrl+D ends the typing, not the agent.
      typing.on('close', () => (typing = null));
      typing.prompt();
    },
    takeLines() {
      const taken = lines;
      lines = [];
      return taken;
    },
    takesOver() {
      const wanted = wantsInterface;
      wantsInterface = false;
      return wanted;
    },
    settled(ms) {
      return new Promise((resolve) => {
        let patience = setTimeout(finish, ms);
        const onKey = () => {
          // The key reaches the line after its listeners.
          setImmediate(() => {
            if (typing === null || typing.line === '') return finish();
            clearTimeout(patience);
            patience = setTimeout(finish, ms);
          });
        };
        function finish() {
          clearTimeout(patience);
          input.off('keypress', onKey);
          resolve();
        }
        if (typing === null || typing.line === '') finish();
        else input.on('keypress', onKey);
      });
    },
    leave() {
      if (typing === null) return;
      cursorTo(output, 0);
      clearLine(output, 0);
      typing.close();
      input.pause();
    },
  };
}
