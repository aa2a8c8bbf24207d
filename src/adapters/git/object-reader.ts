import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { Socket } from 'node:net';
import { err, ok, type Result } from '../../base/result.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { failed } from './git-process.ts';

export interface GitObject {
  readonly oid: string;
  readonly type: string;
  readonly size: number;
}

/**
 * Reads objects through one git that stays, since a review opens hundreds of files at once. It is started on the first
 * question and ends when nothing was asked for a while. Questions are answered in order.
 */
export interface ObjectReader {
  /** `name` as git takes it, `COMMIT:PATH` with a full commit; null where there is no such object. */
  info(name: string): Promise<Result<GitObject | null, GitError>>;
  contents(name: string): Promise<Result<Buffer | null, GitError>>;
  close(): void;
}

export interface ObjectReaderDeps {
  /** Starts `git cat-file --batch-command -z`. */
  readonly start: () => ChildProcessWithoutNullStreams;
  /** A question without any byte of an answer for so long ends git. */
  readonly deadlineMs?: number;
  readonly idleMs?: number;
}

const DEADLINE_MS = 30_000;
const IDLE_MS = 60_000;
const MAX_STDERR = 4096;

interface Question {
  readonly command: 'info' | 'contents';
  readonly name: string;
  readonly answer: (result: Result<Answer | null, GitError>) => void;
}
interface Answer {
  readonly object: GitObject;
  readonly content: Buffer;
}

export function createObjectReader(deps: ObjectReaderDeps): ObjectReader {
  const { deadlineMs = DEADLINE_MS, idleMs = IDLE_MS } = deps;
  let git: RunningGit | null = null;
  let idle: NodeJS.Timeout | undefined;

  const ask = (command: Question['command'], name: string) =>
    new Promise<Result<Answer | null, GitError>>((answer) => {
      // A path cannot hold it, and git would read two questions.
      if (name.includes('\0')) return answer(ok(null));
      put({ command, name, answer });
    });

  function put(question: Question): void {
    clearTimeout(idle);
    git ??= runGit(deps.start(), deadlineMs, { onEmpty: rest, onEnd: again });
    git.ask(question);
  }

  function rest(): void {
    idle = setTimeout(() => close(), idleMs);
    idle.unref();
  }

  function again(ended: RunningGit, unasked: readonly Question[]): void {
    if (git === ended) git = null;
    for (const question of unasked) put(question);
  }

  function close(): void {
    clearTimeout(idle);
    git?.end();
    git = null;
  }

  return {
    info: async (name) => {
      const asked = await ask('info', name);
      return asked.ok ? ok(asked.value?.object ?? null) : asked;
    },
    contents: async (name) => {
      const asked = await ask('contents', name);
      return asked.ok ? ok(asked.value?.content ?? null) : asked;
    },
    close,
  };
}

interface RunningGit {
  ask(question: Question): void;
  end(): void;
}

interface Listening {
  readonly onEmpty: () => void;
  /** It ended; the question that it ended on was answered, these were not. */
  readonly onEnd: (ended: RunningGit, unasked: readonly Question[]) => void;
}

function runGit(
  child: ChildProcessWithoutNullStreams,
  deadlineMs: number,
  { onEmpty, onEnd }: Listening,
): RunningGit {
  const pending: Question[] = [];
  const arrived = createArrived();
  let complaint = '';
  let trouble: string | null = null;
  let ended = false;
  let deadline: NodeJS.Timeout | undefined;
  const running: RunningGit = {
    ask: (question) => {
      if (pending.length === 0) hold(child, true);
      pending.push(question);
      if (pending.length === 1) watch();
      child.stdin.write(`${question.command} ${question.name}\0`);
    },
    end: () => child.stdin.end(),
  };
  const watch = () => {
    clearTimeout(deadline);
    if (pending.length === 0) return;
    deadline = setTimeout(
      () => giveUp(`gave no answer in ${deadlineMs / 1000} s and was killed`),
      deadlineMs,
    );
  };
  const giveUp = (why: string) => {
    trouble = why;
    child.kill('SIGKILL');
  };
  const over = (why: string) => {
    if (ended) return;
    ended = true;
    clearTimeout(deadline);
    const [guilty, ...rest] = pending.splice(0);
    const said = complaint.trim().split('\n', 1)[0] ?? '';
    guilty?.answer(err(failed(`git cat-file ${trouble ?? why}${said ? `: ${said}` : ''}`, complaint)));
    onEnd(running, rest);
  };

  child.stdout.on('data', (chunk: Buffer) => {
    if (trouble !== null) return;
    arrived.add(chunk);
    for (let question = pending[0]; question; question = pending[0]) {
      const read = arrived.read(question);
      if (read === 'more') break;
      if (read === 'unknown') return giveUp('gave an answer that is not known');
      pending.shift();
      question.answer(ok(read.answer));
    }
    watch();
    if (pending.length > 0) return;
    hold(child, false);
    onEmpty();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < MAX_STDERR) complaint += chunk.toString('utf8');
  });
  // It may have ended without reading a question; its end tells more than a broken pipe.
  child.stdin.on('error', () => undefined);
  child.on('error', (error) => over(`could not run: ${error.message}`));
  child.on('close', (code) => over(`ended with ${code ?? 'a signal'}`));
  return running;
}

/** Only an open question keeps our process from ending. */
function hold(child: ChildProcessWithoutNullStreams, on: boolean): void {
  if (on) child.ref();
  else child.unref();
  for (const pipe of [child.stdin, child.stdout, child.stderr]) {
    if (!(pipe instanceof Socket)) continue;
    if (on) pipe.ref();
    else pipe.unref();
  }
}

/** What git wrote and was not read yet; put together only once an answer is there as a whole. */
function createArrived() {
  let chunks: Buffer[] = [];
  let total = 0;
  let needed = 1;
  return {
    add: (chunk: Buffer): void => {
      chunks.push(chunk);
      total += chunk.length;
    },
    read: (question: Question): { readonly answer: Answer | null } | 'more' | 'unknown' => {
      if (total < needed) return 'more';
      const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const read = readAnswer(bytes, question);
      if (read.kind === 'unknown') return 'unknown';
      if (read.kind === 'more') {
        chunks = [bytes];
        needed = read.needed;
        return 'more';
      }
      chunks = [bytes.subarray(read.length)];
      total = bytes.length - read.length;
      needed = 1;
      return { answer: read.answer };
    },
  };
}

type Read =
  | { readonly kind: 'whole'; readonly length: number; readonly answer: Answer | null }
  | { readonly kind: 'more'; readonly needed: number }
  | { readonly kind: 'unknown' };

const NEWLINE = 10;
const HEADER = /^([0-9a-f]{40}|[0-9a-f]{64}) (\w+) (\d+)$/;

/** `OID TYPE SIZE`, with `contents` followed by the bytes and a line end; or `NAME missing`, whatever the name holds. */
function readAnswer(bytes: Buffer, { command, name }: Question): Read {
  const missing = Buffer.from(`${name} missing\n`);
  const known = bytes.subarray(0, missing.length);
  if (known.equals(missing)) return { kind: 'whole', length: missing.length, answer: null };
  const end = bytes.indexOf(NEWLINE);
  const header = end < 0 ? null : HEADER.exec(bytes.toString('latin1', 0, end));
  if (!header) {
    const perhaps =
      bytes.length < missing.length && (end < 0 || missing.subarray(0, bytes.length).equals(bytes));
    return perhaps ? { kind: 'more', needed: bytes.length + 1 } : { kind: 'unknown' };
  }
  const [, oid = '', type = '', size = ''] = header;
  const object = { oid, type, size: Number(size) };
  const begin = end + 1;
  if (command === 'info')
    return { kind: 'whole', length: begin, answer: { object, content: Buffer.alloc(0) } };
  const length = begin + object.size + 1;
  return bytes.length < length
    ? { kind: 'more', needed: length }
    : { kind: 'whole', length, answer: { object, content: bytes.subarray(begin, length - 1) } };
}
