import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { Socket } from 'node:net';
import { Duplex, type Readable, type Writable } from 'node:stream';
import type { Dial, Dialled } from './dial.ts';

export interface SshPlace {
  readonly host: string;
  /** Empty: as the configuration says. */
  readonly port: string;
  readonly user: string;
}

/** Of an error that says what `ssh` said. */
export const SSH_FAILED = 'SSH_FAILED';

/** What is kept of what `ssh` says, for a person to read. */
const SAID = 500;

/**
 * By the system's own `ssh`, as the docker command does it: keys, agents, jump hosts and above all the host keys that are
 * known are those of the person's configuration. It asks nothing, as there is nobody to answer. On the other machine
 * `docker system dial-stdio` passes on what is said.
 */
export const dialSsh =
  (place: SshPlace): Dial =>
  () => {
    const child = spawn('ssh', sshWords(place), { stdio: 'pipe', windowsHide: true });
    return new SshStream(child);
  };

/** Throws where the address could be read as an option. */
export function sshWords({ host, port, user }: SshPlace): string[] {
  for (const word of [host, user])
    if (word.startsWith('-')) throw new Error(`${JSON.stringify(word)} is no name`);
  return [
    '-oBatchMode=yes',
    '-oConnectTimeout=10',
    '-oServerAliveInterval=15',
    ...(user ? ['-l', user] : []),
    ...(port ? ['-p', port] : []),
    '-T',
    '--',
    host,
    'docker',
    'system',
    'dial-stdio',
  ];
}

class SshStream extends Duplex implements Dialled {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #out: Readable;
  readonly #in: Writable;
  #said = '';

  constructor(child: ChildProcessWithoutNullStreams) {
    super({ allowHalfOpen: true });
    this.#child = child;
    this.#out = child.stdout;
    this.#in = child.stdin;
    child.stderr.on(
      'data',
      (chunk: Buffer) => (this.#said = `${this.#said}${chunk.toString()}`.slice(-SAID)),
    );
    child.once('error', ({ message }) => this.destroy(failed(`ssh could not be started: ${message}`)));
    // What it says comes before its end, and its end after its outputs'.
    child.once('close', (code) => (code === 0 ? this.push(null) : this.destroy(this.#failure(code))));
    this.#in.on('error', () => undefined);
    this.#out.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) this.#out.pause();
    });
  }

  ref(): void {
    this.#child.ref();
    for (const pipe of this.#pipes()) pipe.ref();
  }

  unref(): void {
    this.#child.unref();
    for (const pipe of this.#pipes()) pipe.unref();
  }

  #pipes(): readonly Socket[] {
    return this.#child.stdio.filter((pipe) => pipe instanceof Socket);
  }

  override _read(): void {
    this.#out.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#in.write(chunk, encoding, done);
  }

  override _final(done: () => void): void {
    this.#in.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill('SIGTERM');
    done(error);
  }

  #failure(code: number | null): Error {
    const said = this.#said.trim().split(/\r?\n/).slice(-3).join(' ');
    return failed(`ssh ended with ${code ?? 'a signal'}: ${said}`);
  }
}

const failed = (message: string): Error => Object.assign(new Error(message), { code: SSH_FAILED });
