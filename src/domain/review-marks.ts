/** Approving reviews that nothing shows to have looked: a mark for people, which takes no vote away; pure. */
import { missedIn } from './adversarial/probe.ts';
import type { AgentExit } from './loop/events.ts';
import { completed, exitsOf, type IterationRecord } from './loop/state.ts';

/** What a transcript shows of how a reviewer looked. Only CLIs that tell of their tools have one. */
export interface Looked {
  /** Files of the change that some tool call names. */
  readonly files: number;
  /** Other tool calls: commands, searches, fetches. */
  readonly other: number;
  /** From start to end. */
  readonly ms: number;
  /** Hash of what it said about the work, without its result; null where it said next to nothing. */
  readonly said: string | null;
}

export const REVIEW_MARKS = [
  'nothing-opened',
  'too-short',
  'same-words',
  'missed-fault',
  'not-known',
] as const;
/** `not-known`: its CLI does not tell what it looked at, which is no reproach. */
export type ReviewMark = (typeof REVIEW_MARKS)[number];

export interface MarkedReview {
  readonly agentId: string;
  readonly marks: readonly ReviewMark[];
}

/** A model that opens one file and answers takes longer. */
export const SHORT_MS = 5_000;

interface Line {
  readonly stream: string;
  readonly kind: string;
  readonly text: string;
}

/** Reads its own task, keeps a list for itself, or reports: says nothing of the work. */
const HARMLESS = /^(?:todo|update_plan|plan\b|report_result|mcp__\w+__report_result|cfn report)/i;
/** Opens one file, so it has to be one of the change. */
const READS = /^(?:read|view|open|cat|list|ls)/i;
/** Shorter words, such as "Done.", are the same for good reason. */
const LEAST_WORDS = 40;

/** Null where the CLI tells nothing in a form of its own: plain output says nothing of tools. */
export function lookedAt(
  lines: readonly Line[],
  changed: readonly string[],
  ms: number,
  hash: (text: string) => string,
): Looked | null {
  const own = lines.filter(({ stream }) => stream === 'agent');
  if (own.length === 0) return null;
  const calls = own.flatMap(({ kind, text }) => (kind === 'tool' && !HARMLESS.test(text) ? [text] : []));
  const files = new Set<string>();
  let other = 0;
  for (const call of calls) {
    const named = changed.filter((path) => names(call, path));
    for (const path of named) files.add(path);
    if (named.length === 0 && !READS.test(call)) other += 1;
  }
  const words = wordsOf(own.flatMap(({ kind, text }) => (kind === 'text' ? [text] : [])));
  return { files: files.size, other, ms, said: words.length < LEAST_WORDS ? null : hash(words) };
}

/** By its path from the root, also behind the path of the checkout, and on Windows. */
function names(call: string, path: string): boolean {
  const text = call.replaceAll('\\', '/');
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    const left = text[at - 1] ?? ' ';
    const right = text.slice(at + path.length, at + path.length + 2);
    if (/[\s/"'`:=(]/.test(left) && !/^\.?[\w-]/.test(right)) return true;
  }
  return false;
}

/** Letters alone, and without the result, which differs by its nonce. */
const wordsOf = (texts: readonly string[]): string =>
  texts
    .join('\n')
    .replaceAll(/`{3,}[\s\S]*?(?:`{3,}|$)/g, ' ')
    .replaceAll(/\{[\s\S]*?\}/g, ' ')
    .replaceAll(/[^\p{L}]+/gu, ' ')
    .trim()
    .toLowerCase();

/** Names a place or gives a proof: whoever does that has looked. */
const showsALook = ({ result }: AgentExit): boolean =>
  result?.role === 'validator' &&
  result.findings.some(({ file, proof }) => file !== undefined || proof !== undefined);

const saidBefore = (earlier: readonly IterationRecord[]): ReadonlySet<string> =>
  new Set(
    earlier.flatMap((record) => exitsOf(record.validators).flatMap(({ looked }) => looked?.said ?? [])),
  );

/** The reviews of an iteration that have marks, in the order of the crew. */
export function markedReviews(
  record: IterationRecord,
  earlier: readonly IterationRecord[],
  threshold: number,
): readonly MarkedReview[] {
  const missed = missedIn(record);
  const before = saidBefore(earlier);
  return exitsOf(record.validators).flatMap((exit) => {
    const { agentId, result, probe } = exit;
    if (!completed(exit) || probe || result?.role !== 'validator') return [];
    const marks = [
      ...(missed.has(agentId) ? (['missed-fault'] as const) : []),
      ...(result.score >= threshold && !showsALook(exit) ? ofApproval(exit, before) : []),
    ];
    return marks.length === 0 ? [] : [{ agentId, marks }];
  });
}

function ofApproval({ looked }: AgentExit, before: ReadonlySet<string>): readonly ReviewMark[] {
  if (!looked) return ['not-known'];
  return [
    ...(looked.files + looked.other === 0 ? (['nothing-opened'] as const) : []),
    ...(looked.ms < SHORT_MS ? (['too-short'] as const) : []),
    ...(looked.said !== null && before.has(looked.said) ? (['same-words'] as const) : []),
  ];
}
