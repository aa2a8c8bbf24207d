/** A command line for the platform's shell: `sh -c` elsewhere, `cmd /d /s /c` on Windows. */
export interface ShellCommand {
  readonly command: string;
  readonly cwd: string;
  /** Folders that it reads and writes, with `cwd` below one of them; in a container there is nothing else. */
  readonly writes: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Over it, the whole tree is ended. */
  readonly timeoutMs: number;
  /** Output in order of arrival, whole characters only. */
  readonly onOutput?: (text: string, stream: 'stdout' | 'stderr') => void;
}

export interface CommandOutcome {
  /** `not-started`: the shell could not be started; `tail` says why. */
  readonly status: 'ended' | 'timeout' | 'aborted' | 'not-started';
  /** Null when a signal ended it, or when it did not end by itself. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Last part of both streams, at most 8,192 characters. */
  readonly tail: string;
  readonly durationMs: number;
}

/**
 * Runs commands without a terminal and with empty standard input, each in a process group of its own. When
 * `run` resolves, no process that the command started is left, whether it ended by itself or not.
 */
export interface CommandRunner {
  run(command: ShellCommand, signal: AbortSignal): Promise<CommandOutcome>;
}
