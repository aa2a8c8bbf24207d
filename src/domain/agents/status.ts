import type { Ending } from '../loop/model.ts';
import type { Asking } from './question.ts';
import type { RunnerSignals } from './signals.ts';

export const AGENT_STATUSES = [
  'queued',
  'working',
  'quiet',
  'stuck',
  'waiting-for-you',
  'rate-limited',
  'done',
  'failed',
  'lost',
  'cancelled',
] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];

/**
 * One signal in words. With `at` its age belongs behind it: `edited a.ts` `ago`, `no output` `for`, `next try`
 * `until`. Only whoever shows it knows what time it is.
 */
export interface StatusFact {
  readonly text: string;
  readonly at: number | null;
  readonly age: 'ago' | 'for' | 'until' | null;
}

export interface JudgedStatus {
  readonly status: AgentStatus;
  /** When it began, epoch milliseconds; null where that is not known. */
  readonly since: number | null;
  /** The most telling first. */
  readonly facts: readonly StatusFact[];
}

/** When silence is suspicious, in milliseconds. Each signal has a limit of its own. */
export interface SuspicionLimits {
  readonly outputMs: number;
  readonly fileMs: number;
  readonly cpuMs: number;
  /** An agent that uses CPU time but neither prints nor changes a file for so long is suspicious too. */
  readonly busyMs: number;
}

export const SUSPICION: SuspicionLimits = {
  outputMs: 120_000,
  fileMs: 120_000,
  cpuMs: 60_000,
  busyMs: 900_000,
};

/** The same proportions, for another time after which an agent is suspected. */
export const suspicionAfter = (ms: number): SuspicionLimits => ({
  outputMs: ms,
  fileMs: ms,
  cpuMs: ms / 2,
  busyMs: ms * 7.5,
});

/** Output, a tool event or a file change that is younger means that the agent works. */
export const WORKING_MS = 20_000;

export interface RunningFacts {
  readonly startedAt: number;
  /** Null while the runner has told nothing yet, or none of this version. */
  readonly signals: RunnerSignals | null;
  readonly now: number;
  readonly limits: SuspicionLimits;
  readonly asking: Asking;
}

const fact = (text: string, at: number | null = null, age: StatusFact['age'] = null): StatusFact => ({
  text,
  at,
  age,
});

/** How a running attempt stands. Suspicion needs every known signal past its limit, and two of them at least. */
export function judgeRunning(running: RunningFacts): JudgedStatus {
  const { signals, now, asking } = running;
  if (asking.since !== null) {
    const { since } = asking;
    return { status: 'waiting-for-you', since, facts: [fact('asked a question', since, 'for')] };
  }
  if (signals === null) return withoutSignals(running);
  const { attention, rateLimit } = signals;
  if (attention !== null) {
    return {
      status: 'waiting-for-you',
      since: attention.at,
      facts: [fact(attention.text, attention.at, 'for')],
    };
  }
  if (rateLimit !== null)
    return { status: 'rate-limited', since: rateLimit.at, facts: limited(rateLimit, now) };
  const silence = silences(running, signals);
  const last = Math.max(silence.output, silence.file);
  if (now - last < WORKING_MS) {
    return { status: 'working', since: running.startedAt, facts: [newest(running, signals)] };
  }
  const suspicious = isSuspicious(silence, running);
  return {
    status: suspicious ? 'stuck' : 'quiet',
    since: last,
    facts: suspicious ? reasons(silence, signals) : quietFacts(silence, signals),
  };
}

function withoutSignals({ startedAt, now }: RunningFacts): JudgedStatus {
  const started = fact('started', startedAt, 'ago');
  return now - startedAt < WORKING_MS
    ? { status: 'working', since: startedAt, facts: [started] }
    : { status: 'quiet', since: startedAt, facts: [started, fact('its runner tells nothing more')] };
}

function limited(limit: NonNullable<RunnerSignals['rateLimit']>, now: number): readonly StatusFact[] {
  const next =
    limit.until === null
      ? fact('the provider did not say for how long')
      : limit.until > now
        ? fact('next try', limit.until, 'until')
        : fact('trying again');
  return [fact(limit.text, limit.at, 'ago'), next, fact('nothing lost')];
}

interface Silences {
  /** When the newest sign of each kind was; where there was none the start, or the end of its newest question. */
  readonly output: number;
  readonly file: number;
  /** Null: CPU time was never read. */
  readonly cpu: number | null;
}

function silences(
  { startedAt, asking }: RunningFacts,
  { outputAt, tool, file, cpu }: RunnerSignals,
): Silences {
  // Whoever waits for a person is silent, and rightly so.
  const from = Math.max(startedAt, asking.closedAt ?? 0);
  return {
    output: Math.max(from, outputAt ?? 0, tool?.at ?? 0),
    file: Math.max(from, file?.at ?? 0),
    cpu: cpu === null ? null : Math.max(from, cpu.busyAt ?? 0),
  };
}

function isSuspicious(silence: Silences, { now, limits }: RunningFacts): boolean {
  const past = (at: number, limit: number) => now - at >= limit;
  if (!past(silence.output, limits.outputMs) || !past(silence.file, limits.fileMs)) return false;
  if (silence.cpu === null || past(silence.cpu, limits.cpuMs)) return true;
  return past(Math.max(silence.output, silence.file), limits.busyMs);
}

/** A tool and a file say more than that something was printed, so they win while they are fresh. */
function newest(
  { startedAt, now, asking }: RunningFacts,
  { outputAt, tool, file }: RunnerSignals,
): StatusFact {
  const telling = [
    ...(asking.closedAt === null ? [] : [fact('its question ended', asking.closedAt, 'ago')]),
    ...(tool === null ? [] : [fact(`${tool.running ? 'running' : 'used'} ${tool.text}`, tool.at, 'ago')]),
    ...(file === null ? [] : [fact(`changed ${file.path}`, file.at, 'ago')]),
  ].filter(({ at }) => now - (at ?? 0) < WORKING_MS);
  if (telling.length > 0) return latest(telling);
  const started = fact('started', startedAt, 'ago');
  return outputAt === null ? started : latest([started, fact('printed', outputAt, 'ago')]);
}

const latest = (facts: readonly StatusFact[]): StatusFact =>
  facts.reduce((best, each) => ((each.at ?? 0) > (best.at ?? 0) ? each : best));

const cpuText = ({ cpu }: RunnerSignals): readonly StatusFact[] =>
  cpu === null ? [] : [fact(`CPU ${Math.round(cpu.share * 100)} %`)];

function quietFacts(silence: Silences, signals: RunnerSignals): readonly StatusFact[] {
  const { tool } = signals;
  return [
    fact('no output', silence.output, 'for'),
    ...(tool?.running ? [fact(`running ${tool.text}`, tool.at, 'for')] : []),
    ...cpuText(signals),
  ];
}

const reasons = (silence: Silences, signals: RunnerSignals): readonly StatusFact[] => [
  fact('no output', silence.output, 'for'),
  fact('no file change', silence.file, 'for'),
  ...cpuText(signals),
];

export interface EndedFacts {
  readonly ending: Ending;
  readonly endedAt: number;
  readonly exitCode: number | null;
  /** `claims 0.86`, `score 0.9`, `PROCEED`; null without a result. */
  readonly claim: string | null;
  readonly attempt: number;
  readonly maxAttempts: number;
}

const ENDING_WORDS: Readonly<Partial<Record<Ending, string>>> = {
  timeout: 'over its time limit',
  idle: 'no sign of life',
  oom: 'out of memory',
};

/** How an attempt came out. */
export function judgeEnded(ended: EndedFacts): JudgedStatus {
  const { ending, endedAt, exitCode, claim, attempt, maxAttempts } = ended;
  const since = endedAt;
  switch (ending) {
    case 'completed':
      return {
        status: 'done',
        since,
        facts: claim === null ? [fact('no vote: no valid result')] : [fact(claim), fact('result recorded')],
      };
    case 'cancelled':
      return { status: 'cancelled', since, facts: [fact('ended on request', endedAt, 'ago')] };
    case 'rate-limited':
      return {
        status: 'rate-limited',
        since,
        facts: [fact('the provider took no more requests'), fact('nothing lost')],
      };
    case 'lost':
      return { status: 'lost', since, facts: [fact('process gone, no exit code')] };
    default:
      return {
        status: 'failed',
        since,
        facts: [
          fact(ENDING_WORDS[ending] ?? (exitCode === null ? 'no exit code' : `exit ${exitCode}`)),
          ...(claim === null ? [fact('no result')] : []),
          fact(`attempt ${attempt} of ${maxAttempts}`),
        ],
      };
  }
}

/** An attempt that has not begun. `held`: what the loop waits for, where a person has to act first; `waits`: what it waits for itself. */
export const judgeQueued = (
  held: { readonly text: string; readonly since: number } | null,
  waits: string | null = null,
): JudgedStatus =>
  held === null
    ? { status: 'queued', since: null, facts: waits === null ? [] : [fact(waits)] }
    : { status: 'waiting-for-you', since: held.since, facts: [fact(held.text, held.since, 'for')] };
