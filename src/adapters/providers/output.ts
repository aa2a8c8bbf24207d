import type { Usage } from '../../domain/loop/model.ts';
import type { AgentOutput, SessionTotals } from '../../ports/agent-provider.ts';

/** Tolerant reading of other programs' JSON: whatever is missing or of another type reads as absent. */
export type Json = Readonly<Record<string, unknown>>;

const MAX_TEXT = 20_000;
const MAX_TOOL_TEXT = 4_000;
const RATE_LIMIT =
  /\b429\b|\b529\b|rate.?limit|usage limit|too many requests|quota (?:exceeded|reached)|overloaded/i;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const object = (value: unknown): Json => (isObject(value) ? value : {});
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** A list's element for display; `String` would run into objects whose `toString` is no function. */
export const word = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '…';
/** Counts of a usage report; anything that is not a count is 0. */
export const count = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
export const money = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;

/** The object on a line of a JSON stream, or `null` for anything else. */
export function parseObject(line: string): Json | null {
  if (!line.trimStart().startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function clip(value: string, limit = MAX_TEXT): string {
  return value.length <= limit
    ? value
    : `${value.slice(0, limit)}… (${value.length - limit} more characters)`;
}
export const clipTool = (value: string): string => clip(value, MAX_TOOL_TEXT);

/** One line that says what a tool call does; `detail` is whatever names its object best. */
export function toolLine(name: string, detail: string): string {
  const oneLine = detail.replaceAll(/\s+/g, ' ').trim();
  return clip(oneLine === '' ? name : `${name} ${oneLine}`, 400);
}

/** What a tool call acts on, from its arguments, whatever the CLI calls them. */
export function toolDetail(input: Json): string {
  for (const key of ['command', 'file_path', 'path', 'pattern', 'query', 'url', 'description', 'prompt']) {
    const value = input[key];
    if (typeof value === 'string' && value !== '') return value;
    if (Array.isArray(value) && value.length > 0) return value.map(word).join(' ');
  }
  return '';
}

/** The text of a content list as the model providers shape it. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => text(object(part)['text']))
    .filter((part) => part !== '')
    .join('\n');
}

export const isRateLimit = (message: string): boolean => RATE_LIMIT.test(message);

export function failed(error: string): NonNullable<AgentOutput['final']> {
  return { success: false, error: clip(error, 2000), ...(isRateLimit(error) ? { rateLimited: true } : {}) };
}

/** What the agent says or does, in one entry of its transcript; none where that is empty. */
export const agentLine = (kind: AgentOutput['transcript'][number]['kind'], said: string): AgentOutput => ({
  transcript: said === '' ? [] : [{ stream: 'agent', kind, text: said }],
});

/** A line that is not part of the CLI's structured output. */
export const plain = (line: string): AgentOutput => ({
  transcript: line.trim() === '' ? [] : [{ stream: 'stdout', kind: 'text', text: clip(line) }],
});

/** What this run used, out of the totals of its session. */
export function usageSince(before: SessionTotals | undefined, totals: Usage): Usage {
  const past = before?.usage ?? { input: 0, cachedInput: 0, output: 0 };
  return {
    input: Math.max(0, totals.input - past.input),
    cachedInput: Math.max(0, totals.cachedInput - past.cachedInput),
    output: Math.max(0, totals.output - past.output),
  };
}

export const silent: AgentOutput = { transcript: [] };
