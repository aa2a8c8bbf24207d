/**
 * What an agent gives back, as it writes it, and the reading of it. Nothing here is guessed: a value that
 * is not what it has to be is an error that says so in one sentence, which a repair prompt can quote.
 */
import * as z from 'zod/mini';
import { err, ok, type Result } from '../base/result.ts';
import type { AttemptSpec } from './attempt.ts';
import { DECISIONS, SEVERITIES, type AgentResult, type Finding, type Role } from '../domain/loop/model.ts';

/** A loop has no more implementers than that in any mode, and nobody reads more. */
const MOST_PARTS = 32;

const score = z.number().check(z.minimum(0), z.maximum(1));
const text = z.pipe(
  z.nullish(z.string()),
  z.transform((value) => value ?? ''),
);
const texts = z.pipe(
  z.nullish(z.array(z.string())),
  z.transform((value) => value ?? []),
);
const finding = z.object({
  severity: z.enum(SEVERITIES),
  text: z.string().check(z.minLength(1)),
  file: z.nullish(z.string()),
  line: z.nullish(z.int().check(z.minimum(1))),
  proof: z.nullish(z.string()),
});
const findings = z.pipe(
  z.nullish(z.array(finding)),
  z.transform((value) => (value ?? []).map(withoutNulls)),
);

interface Claim {
  readonly nonce: string;
  readonly result: AgentResult;
}

const schemas: Record<Role, z.ZodMiniType<Claim>> = {
  implementer: z.pipe(
    z.object({ nonce: z.string(), confidence: score, summary: text, files: texts, issues: findings }),
    z.transform(({ nonce, ...rest }): Claim => ({ nonce, result: { role: 'implementer', ...rest } })),
  ),
  validator: z.pipe(
    z.object({ nonce: z.string(), score, findings, confirmed: texts }),
    z.transform(({ nonce, ...rest }): Claim => ({ nonce, result: { role: 'validator', ...rest } })),
  ),
  'product-owner': z.pipe(
    z.object({
      nonce: z.string(),
      decision: z.enum(DECISIONS),
      reason: text,
      confidence: z.nullish(score),
      feedback: texts,
      deferred: texts,
    }),
    z.transform(({ nonce, confidence, ...rest }): Claim => {
      const sure = typeof confidence === 'number' ? { confidence } : {};
      return { nonce, result: { role: 'product-owner', ...rest, ...sure } };
    }),
  ),
};

const planSchema: z.ZodMiniType<Claim> = z.pipe(
  z.object({
    nonce: z.string(),
    parts: z
      .array(z.object({ task: z.string().check(z.minLength(1), z.maxLength(20_000)), files: texts }))
      .check(z.minLength(1), z.maxLength(MOST_PARTS)),
    summary: text,
  }),
  z.transform(({ nonce, parts, summary }): Claim => ({
    nonce,
    result: { role: 'implementer', confidence: 1, summary, files: [], issues: [], parts },
  })),
);

export interface ResultRules {
  readonly role: Role;
  /** It is a task taken apart, into so many parts where there is a count. */
  readonly parts?: { readonly count: number | null } | undefined;
  readonly nonce: string;
  /** Validators: below it at least one finding is required. */
  readonly scoreThreshold?: number | undefined;
}

export const rulesOf = ({ role, nonce, parts, scoreThreshold }: AttemptSpec): ResultRules => ({
  role,
  nonce,
  parts,
  scoreThreshold,
});

/** The text found in each channel, in the order in which they win; `null` where there is none. */
export interface ResultChannels {
  readonly report: string | null;
  readonly file: string | null;
  /** The last fenced block of the final message (see `createResultFinder`). */
  readonly message: string | null;
}
export type ResultChannel = keyof ResultChannels;

export type ResultReading =
  | { readonly result: AgentResult; readonly channel: ResultChannel; readonly error: null }
  | { readonly result: null; readonly channel: null; readonly error: string };

const CHANNEL_NAMES: Record<ResultChannel, string> = {
  report: 'the reported result',
  file: 'the result file',
  message: "the final message's last json block",
};

/** The first channel that holds a valid result wins; else the error of the first that held anything. */
export function readResult(
  channels: ResultChannels,
  rules: ResultRules & { readonly prompt: string },
): ResultReading {
  const prompt = squeeze(rules.prompt);
  let error: string | null = null;
  for (const channel of ['report', 'file', 'message'] as const) {
    const found = channels[channel];
    if (found === null) continue;
    const squeezed = squeeze(found);
    const checked =
      squeezed !== '' && prompt.includes(squeezed)
        ? err('it only repeats a block of the prompt')
        : checkResult(found, rules);
    if (checked.ok) return { result: checked.value, channel, error: null };
    error ??= `In ${CHANNEL_NAMES[channel]}, ${checked.error}.`;
  }
  return { result: null, channel: null, error: error ?? 'No result was given through any of the channels.' };
}

/** One result by the rules of its role; the error is a clause without a full stop. */
export function checkResult(found: string, rules: ResultRules): Result<AgentResult, string> {
  const raw = parseJson(found);
  if (!raw.ok) return raw;
  const parsed = (rules.parts ? planSchema : schemas[rules.role]).safeParse(raw.value);
  if (!parsed.success) return err(describe(parsed.error, raw.value));
  const { nonce, result } = parsed.data;
  if (nonce !== rules.nonce) {
    return err(`nonce is ${quote(nonce)}; it takes ${quote(rules.nonce)}, the nonce of this attempt`);
  }
  const wrong = contradiction(result, rules);
  return wrong === null ? ok(result) : err(wrong);
}

/** What the rules ask beyond the fields of a result; null: nothing is wrong. */
function contradiction(result: AgentResult, rules: ResultRules): string | null {
  switch (result.role) {
    case 'implementer': {
      const count = rules.parts?.count ?? null;
      const given = result.parts?.length ?? 0;
      return count === null || given === count ? null : `parts has ${given} entries; it takes ${count}`;
    }
    case 'validator': {
      const threshold = rules.scoreThreshold;
      if (result.findings.length > 0 || threshold === undefined || result.score >= threshold) return null;
      return `findings is empty; a score below ${threshold} takes at least one finding`;
    }
    case 'product-owner':
      return result.decision === 'ITERATE' && result.feedback.every((text) => text.trim() === '')
        ? 'feedback is empty; the decision ITERATE takes at least one feedback item'
        : null;
  }
}

function withoutNulls(found: {
  severity: Finding['severity'];
  text: string;
  file?: string | null | undefined;
  line?: number | null | undefined;
  proof?: string | null | undefined;
}): Finding {
  const { severity, text, file, line, proof } = found;
  return {
    severity,
    text,
    ...(typeof file === 'string' ? { file } : {}),
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof proof === 'string' ? { proof } : {}),
  };
}

/** A file may hold the object alone or, as models like to write it, inside a fence. */
function parseJson(found: string): Result<unknown, string> {
  const trimmed = found.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') return err('there is no text');
  const body = trimmed.startsWith('```') ? (fencedBlocks(trimmed).at(-1) ?? trimmed) : trimmed;
  try {
    return ok(JSON.parse(body));
  } catch (error) {
    return err(`the text is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
}

const takesNumber = 'a number from 0 to 1';
const takesTexts = 'a list of strings';
const takesText = 'a string';
const oneOf = (words: readonly string[]) => `one of ${words.map((word) => `"${word}"`).join(', ')}`;
const TAKES: Readonly<Record<string, string>> = {
  nonce: 'the nonce of this attempt as a string',
  confidence: takesNumber,
  score: takesNumber,
  decision: oneOf(DECISIONS),
  severity: oneOf(SEVERITIES),
  text: 'a string that is not empty',
  line: 'a whole number from 1',
  issues: 'a list of objects with severity and text',
  findings: 'a list of objects with severity and text',
  files: takesTexts,
  confirmed: takesTexts,
  feedback: takesTexts,
  deferred: takesTexts,
  parts: `a list of 1 to ${MOST_PARTS} objects with task and files`,
  task: 'a string that is not empty',
  summary: takesText,
  reason: takesText,
  file: takesText,
  proof: takesText,
};

function describe(error: z.core.$ZodError, raw: unknown): string {
  const path = error.issues[0]?.path ?? [];
  const field = path.findLast((part) => typeof part === 'string');
  if (field === undefined) return `the result is ${quote(raw)}; it takes a JSON object`;
  const name = path.reduce<string>(
    (all, part) => (typeof part === 'number' ? `${all}[${part}]` : `${all}${all && '.'}${String(part)}`),
    '',
  );
  const value = path.reduce<unknown>(
    (inner, part) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, part) : undefined),
    raw,
  );
  const takes = typeof path.at(-1) === 'number' ? `an item of ${TAKES[field]}` : TAKES[field];
  return `${name} is ${value === undefined ? 'missing' : quote(value)}; it takes ${takes}`;
}

function quote(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
}

/** Contents of all closed fenced `json` blocks, in order. */
export function fencedBlocks(message: string): readonly string[] {
  const blocks: string[] = [];
  let fence = '';
  let lines: string[] = [];
  for (const line of message.split(/\r?\n/)) {
    if (fence === '') {
      fence = /^\s*(`{3,})\s*json\b/i.exec(line)?.[1] ?? '';
      lines = [];
    } else if (line.trim() === fence) {
      blocks.push(lines.join('\n'));
      fence = '';
    } else lines.push(line);
  }
  return blocks;
}

export interface ResultFinder {
  /** Looks through one message; later messages replace earlier ones. */
  read(message: string): void;
  /** The agent's last word: the last block that speaks as a result, else the last block at all. */
  last(): string | null;
}

/**
 * Follows an agent's messages in constant memory. A block of the prompt is never a result, and a block
 * that shows something else (a configuration, say) does not hide the result before it.
 */
export function createResultFinder(prompt: string): ResultFinder {
  const squeezed = squeeze(prompt);
  let result: string | null = null;
  let other: string | null = null;
  return {
    read(message) {
      for (const block of fencedBlocks(message)) {
        if (squeezed.includes(squeeze(block))) continue;
        if (/"(nonce|confidence|score|decision)"\s*:/.test(block)) result = block;
        else other = block;
      }
    },
    last: () => result ?? other,
  };
}

/** All white space removed: an echo may be wrapped or indented in another way. */
function squeeze(value: string): string {
  return value.replace(/\s+/g, '');
}
