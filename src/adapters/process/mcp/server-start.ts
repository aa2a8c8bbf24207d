import type { Writable } from 'node:stream';
import type { Result } from '../../../base/result.ts';
import type { ServerLaunch } from '../../../protocol/mcp-servers.ts';

/** A server that was started, spoken with over its standard input and output. */
export interface StartedServer {
  readonly stdin: Writable;
  /** Resolves with what became of it, in words: `exit code 1: …`. */
  readonly ended: Promise<string>;
  /** Ends it and all that it started. */
  readonly end: () => Promise<void>;
}

export interface ServerStart {
  readonly launch: ServerLaunch;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly onOutput: (chunk: Buffer) => void;
}

/** An error says in one sentence why it could not be started. */
export type StartServer = (start: ServerStart) => Promise<Result<StartedServer, string>>;

/** The end of what a server says on its standard error, for the sentence that tells how it ended. */
export function createLastWords(): { readonly add: (chunk: Buffer) => void; readonly text: () => string } {
  let kept = '';
  return {
    add: (chunk) => (kept = (kept + chunk.toString('latin1')).slice(-2000)),
    text: () => {
      const words = Buffer.from(kept, 'latin1').toString('utf8').replaceAll(/\s+/g, ' ').trim();
      return words === '' ? '' : `: ${words.slice(-400)}`;
    },
  };
}
