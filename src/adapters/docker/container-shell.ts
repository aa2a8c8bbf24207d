import { randomUUID } from 'node:crypto';
import { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type Docker from 'dockerode';
import { err, ok, type Result } from '../../base/result.ts';
import { CONTAINER_HOME } from '../../domain/containers/environment.ts';
import type { EngineError } from '../../domain/containers/engine.ts';
import type { ContainerShell, ShellRequest } from '../../ports/container-engine.ts';
import { ask } from './engine.ts';

/** The best shell that the image has. */
const SHELL = 'if command -v bash >/dev/null; then exec bash; else exec sh; fi';

/** All processes of a shell carry it: an engine ends none of them when the connection does. */
const MARK = 'CFN_SHELL';
const END = `of() { for p in /proc/[0-9]*; do grep -qsF "${MARK}=$1" "$p/environ" && echo "\${p#/proc/}"; done; }
kill -HUP $(of "$1") 2>/dev/null
for i in 1 2 3 4 5; do test -n "$(of "$1")" || exit 0; sleep 0.1; done
kill -KILL $(of "$1") 2>/dev/null`;

/** Over it an engine has the rest of the ending by itself. */
const END_MS = 5_000;
/** Exit codes of those whom a signal ended begin here. */
const SIGNALLED = 129;
/** An engine tells of a container's end a moment after its programs have ended. */
const TOGETHER_MS = 1_000;

export async function openShell(
  container: Docker.Container,
  { prompt, size, onOutput }: ShellRequest,
  signal: AbortSignal,
): Promise<Result<ContainerShell, EngineError>> {
  const mark = randomUUID();
  let ending: Promise<void> | null = null;
  const end = () => (ending ??= endShell(container, mark));
  const made = await ask('open a shell in a container', { signal }, (abortSignal) =>
    container.exec({
      Cmd: ['sh', '-c', SHELL],
      Env: [
        `${MARK}=${mark}`,
        `PS1=${prompt}`,
        `HOME=${CONTAINER_HOME}`,
        'TERM=xterm-256color',
        'LANG=C.UTF-8',
      ],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: true,
      abortSignal,
    }),
  );
  if (!made.ok) return made;
  // A signal would go on to end the connection after the answer.
  const opened = await ask('open a shell in a container', { signal }, () =>
    made.value.start({ hijack: true, stdin: true, Tty: true }),
  );
  if (!opened.ok) {
    await end();
    return opened;
  }
  const stream = opened.value;
  if (!(stream instanceof Duplex)) {
    await end();
    return err({ kind: 'refused', message: 'The container engine opened no terminal.' });
  }
  const shell = shellOf(container, made.value, { stream, onOutput, end });
  await shell.resize(size);
  return ok(shell);
}

interface Opened extends Pick<ShellRequest, 'onOutput'> {
  readonly stream: Duplex;
  readonly end: () => Promise<void>;
}

function shellOf(
  container: Docker.Container,
  exec: Docker.Exec,
  { stream, onOutput, end }: Opened,
): ContainerShell {
  const decoder = new StringDecoder('utf8');
  let closing = false;
  stream.on('data', (chunk: Buffer) => onOutput(decoder.write(chunk)));
  const ended = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error'] as const) stream.once(event, () => resolve());
  }).then(async () => {
    // What it left behind in the background would be seen by nobody.
    await end();
    return closing ? null : exitCodeOf(container, exec);
  });
  // A second error has no listener any more, and would be thrown.
  stream.on('error', () => undefined);
  return {
    ended,
    write: (text) => {
      if (stream.writable) stream.write(text);
    },
    async resize({ columns, rows }) {
      await ask('resize a terminal', {}, (abortSignal) => exec.resize({ w: columns, h: rows, abortSignal }));
    },
    async end() {
      closing = true;
      await end();
      stream.destroy();
      await ended;
    },
  };
}

/** Null where the container went with it, or the engine says nothing. */
async function exitCodeOf(container: Docker.Container, exec: Docker.Exec): Promise<number | null> {
  const told = await ask('tell of a shell', {}, (abortSignal) => exec.inspect({ abortSignal }));
  if (!told.ok || told.value.Running) return null;
  const code = told.value.ExitCode ?? 0;
  if (code < SIGNALLED) return code;
  const whole = await ask('wait for a container', { deadlineMs: TOGETHER_MS }, (abortSignal) =>
    container.wait({ abortSignal }),
  );
  return whole.ok || whole.error.kind === 'missing' ? null : code;
}

/** Those who have it from an environment that they were given, and their children. */
async function endShell(container: Docker.Container, mark: string): Promise<void> {
  await ask('end a shell in a container', { deadlineMs: END_MS }, async (abortSignal) => {
    const exec = await container.exec({
      Cmd: ['sh', '-c', END, 'end', mark],
      AttachStdout: true,
      abortSignal,
    });
    const stream = await exec.start({ hijack: false });
    stream.resume();
    await new Promise((resolve) => stream.once('end', resolve).once('close', resolve).once('error', resolve));
  });
}
