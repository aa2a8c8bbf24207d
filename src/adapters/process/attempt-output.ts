import { stripVTControlCharacters } from 'node:util';
import type { AgentOutput, AgentProvider, SessionTotals } from '../../ports/agent-provider.ts';
import type { Usage } from '../../domain/loop/model.ts';
import { createResultFinder } from '../../protocol/agent-result.ts';
import type { TranscriptLine } from '../../protocol/attempt.ts';
import { createLineSplitter } from './lines.ts';
import { lastLineOf, SAYS_SOMETHING } from './shown-line.ts';
import type { SignalRecorder } from './signal-recorder.ts';

/** A CLI's event with a large tool result is one line; anything beyond this is taken apart. */
const MAX_LINE = 4 * 1024 * 1024;
const LAST_LINE = 500;

export interface OutputFacts {
  readonly sessionId: string | null;
  readonly model: string | null;
  /** Totals over all runs of the attempt. */
  readonly usage: Usage | null;
  readonly costUsd: number | null;
  /** The final event of the newest run. */
  readonly final: NonNullable<AgentOutput['final']> | null;
}

export interface AttemptOutput {
  facts(): OutputFacts;
  /** Last line with a word or a number that the agent printed, without control characters. */
  lastLine(): string;
  /** The last block of a message that may be the result. */
  block(): string | null;
  /** A reader for one run of the program; parsers keep totals of their own, so each run has its own. */
  open(provider: AgentProvider, session?: SessionTotals): OutputReader;
  /** Gives back what was the final event so far, for a run that came to nothing. */
  keepFinal(): () => void;
  /** A line of ours in the transcript. */
  say(kind: 'notice' | 'error', text: string): void;
}

export interface OutputReader {
  write(stream: 'stdout' | 'stderr', chunk: Buffer): void;
  end(): void;
}

export interface OutputDeps {
  readonly prompt: string;
  readonly now: () => number;
  readonly onLine: (line: TranscriptLine) => void;
  /** Takes secrets out of what is shown and kept; results are read from what the agent really said. */
  readonly redact: (text: string) => string;
  readonly onSign: (kind: 'output' | 'tool') => void;
  readonly seen: Pick<SignalRecorder, 'output' | 'line' | 'tool' | 'toolDone' | 'rateLimit'>;
}

export function createAttemptOutput(deps: OutputDeps): AttemptOutput {
  const { seen } = deps;
  const finder = createResultFinder(deps.prompt);
  let facts: OutputFacts = { sessionId: null, model: null, usage: null, costUsd: null, final: null };
  let lastText = '';
  let sign: 'output' | 'tool' = 'output';

  const show = (shown: Omit<TranscriptLine, 'at'>) => {
    const line = { ...shown, text: deps.redact(shown.text) };
    deps.onLine({ at: deps.now(), ...line });
    if (line.stream === 'harness') return;
    // Cleaned when somebody asks: a flood of output has a last line many times a millisecond.
    if (SAYS_SOMETHING.test(line.text)) {
      lastText = line.text;
      seen.line(line.text);
    }
    if (line.kind === 'tool' || line.kind === 'tool-result') sign = 'tool';
    if (line.kind === 'tool') seen.tool(line.text);
    if (line.kind === 'tool-result') seen.toolDone();
  };
  const take = (output: AgentOutput, before: OutputFacts) => {
    for (const line of output.transcript) show(line);
    if (output.rateLimit !== undefined) seen.rateLimit(output.rateLimit);
    else if (output.transcript.some(({ kind }) => kind !== 'notice')) seen.rateLimit(null);
    if (output.message !== undefined) finder.read(output.message);
    facts = {
      sessionId: output.sessionId ?? facts.sessionId,
      model: output.model ?? facts.model,
      usage: output.usage === undefined ? facts.usage : addUsage(before.usage, output.usage),
      costUsd: output.costUsd === undefined ? facts.costUsd : (before.costUsd ?? 0) + output.costUsd,
      final: output.final ?? facts.final,
    };
  };

  return {
    facts: () => facts,
    lastLine: () => lastLineOf(lastText, LAST_LINE),
    block: () => finder.last(),
    say: (kind, text) => show({ stream: 'harness', kind, text }),
    keepFinal() {
      const { final } = facts;
      return () => {
        facts = { ...facts, final };
      };
    },
    open(provider, session) {
      facts = { ...facts, final: null };
      const before = facts;
      const parse = provider.createParser(session);
      const stdout = createLineSplitter((line) => take(parse(line), before), MAX_LINE);
      const stderr = createLineSplitter((line) => {
        if (line.trim() !== '')
          show({ stream: 'stderr', kind: 'text', text: stripVTControlCharacters(line) });
      }, MAX_LINE);
      return {
        write(stream, chunk) {
          sign = 'output';
          seen.output(chunk.length);
          (stream === 'stdout' ? stdout : stderr).write(chunk);
          deps.onSign(sign);
        },
        end() {
          stdout.end();
          stderr.end();
        },
      };
    },
  };
}

export function addUsage(before: Usage | null, now: Usage): Usage {
  return {
    input: (before?.input ?? 0) + now.input,
    cachedInput: (before?.cachedInput ?? 0) + now.cachedInput,
    output: (before?.output ?? 0) + now.output,
  };
}
