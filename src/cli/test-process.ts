import { PassThrough, Writable } from 'node:stream';
import type { Core } from '../app/core.ts';
import { err } from '../base/result.ts';
import type { CliContext, InterruptSignal } from './context.ts';

export interface TestProcessOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Somebody sits at it. */
  readonly terminal?: boolean;
}

/** A process around the verbs: what they write is kept, and signals come from the test. */
export function createTestProcess(options: TestProcessOptions, core: Core) {
  const output = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => {
    const sink = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        output[name] += chunk;
        done();
      },
    });
    return Object.assign(sink, { isTTY: options.terminal === true, columns: 120 });
  };
  const stdin = Object.assign(new PassThrough(), { isTTY: options.terminal === true });
  const signals = new Set<(signal: InterruptSignal) => void>();
  const left: number[] = [];
  const context: CliContext = {
    io: {
      stdin,
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      env: { HOME: '/nonexistent', TERM: 'dumb', ...options.env },
      cwd: options.cwd ?? process.cwd(),
      platform: 'linux',
    },
    programs: '/nonexistent',
    loadCore: () => Promise.resolve(core),
    loadBench: () => Promise.reject(new Error('no bench in this test')),
    openComposePlace: () => Promise.resolve(err('no checkout in this test')),
    openStore: () => Promise.resolve(err({ kind: 'unavailable', message: 'no store in this test' } as const)),
    onSignal: (listener) => {
      signals.add(listener);
      return { dispose: () => signals.delete(listener) };
    },
    leaveNow: (code) => left.push(code),
  };
  return {
    context,
    output,
    stdin,
    left,
    signal: (signal: InterruptSignal) => {
      for (const listener of signals) listener(signal);
    },
    /** Resolves once the output holds `text`. */
    shows: async (text: string) => {
      while (!(output.stdout + output.stderr).includes(text))
        await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
