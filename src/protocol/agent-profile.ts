/**
 * Agent profiles as other tools write them: Markdown with YAML front matter, or JSON. Damaged ones are
 * still listed, with what is wrong, because a profile that silently is not there costs hours.
 */
import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { checkId } from '../base/ids.ts';
import { shown } from '../base/shown.ts';

export interface ProfileProblem {
  /** Counted from 1, in the file. */
  readonly line: number;
  /** One sentence without the file's name. */
  readonly message: string;
}

export interface AgentProfile {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** As the file says it, such as `anthropic` and `sonnet`; null where it says nothing. */
  readonly provider: string | null;
  readonly model: string | null;
  /** What the agent is told about its role; '' where the file has none. */
  readonly instructions: string;
  readonly warnings: readonly ProfileProblem[];
}

const text = z.string().optional();
const shape = { id: text, name: text, description: text, provider: text, model: text };
const fieldsSchema = z.looseObject({ ...shape, instructions: text, prompt: text });
type Fields = z.infer<typeof fieldsSchema>;

interface Reading {
  readonly fields: Fields;
  readonly instructions: string;
  /** Where a field stands; 1 where that cannot be told. */
  readonly lineOf: (field: string) => number;
  readonly warnings: readonly ProfileProblem[];
}

const MAX_ALIASES = 20;
const MAX_REASON = 120;
const isJson = (fileName: string) => fileName.toLowerCase().endsWith('.json');

/** `fileName` with its ending, `.md` or `.json`. null: a page of documentation, no profile. */
export function parseAgentProfile(fileName: string, content: string): AgentProfile | null {
  const clean = content.replace(/^\uFEFF/, '');
  const reading = isJson(fileName) ? readJson(clean) : readMarkdown(clean);
  if (reading === null) return null;
  const { fields, instructions, lineOf } = reading;
  const warnings = [...reading.warnings];
  const warn = (field: string, message: string) => warnings.push({ line: lineOf(field), message });
  const name = fields.name?.trim() ?? '';
  const id = fields.id ?? (checkId('', name).ok ? name : fileName.replace(/\.[^.]*$/, ''));
  const usable = checkId('The id', id);
  if (!usable.ok) warn(fields.id === undefined ? 'name' : 'id', usable.error);
  if (name === '') warn('name', 'The name is missing; the id is shown for it.');
  const description = (fields.description ?? '').trim();
  if (description === '' && !isJson(fileName)) warn('description', 'The description is missing.');
  return {
    id,
    name: name === '' ? id : name,
    description,
    provider: stated(fields.provider),
    model: stated(fields.model),
    instructions: instructions.trim(),
    warnings,
  };
}

const stated = (value: string | undefined): string | null => {
  const trimmed = value?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
};

function readMarkdown(content: string): Reading | null {
  const lines = content.split(/\r\n|\n|\r/);
  if (lines[0]?.trimEnd() !== '---') return null;
  const end = lines.findIndex((line, index) => index > 0 && /^---\s*$/.test(line));
  if (end < 0) {
    return byLine(lines, {
      instructions: '',
      problem: { line: 1, message: 'The front matter that begins with "---" is never closed.' },
    });
  }
  const instructions = lines.slice(end + 1).join('\n');
  // The opening line stays as an empty one, so that YAML counts lines as the file does.
  const block = ['', ...lines.slice(1, end)];
  const counter = new LineCounter();
  const document = parseDocument(block.join('\n'), { uniqueKeys: true, lineCounter: counter });
  const [failure] = document.errors;
  if (failure) {
    const reason = failure.message.split(/ at line |\n/)[0]?.slice(0, MAX_REASON);
    const { line } = counter.linePos(failure.pos[0]);
    const message = `The front matter is not valid YAML: ${reason}.`;
    return byLine(block, { instructions, problem: { line, message } });
  }
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const message = `The front matter cannot be read: ${String(error)}.`;
    return byLine(block, { instructions, problem: { line: 1, message } });
  }
  return { ...checked(raw, lineFinder(document, counter)), instructions };
}

function readJson(content: string): Reading {
  let raw: unknown;
  try {
    raw = JSON.parse(content);
  } catch {
    const warnings = [{ line: 1, message: 'The file is not valid JSON.' }];
    return { fields: {}, instructions: '', lineOf: () => 1, warnings };
  }
  const counter = new LineCounter();
  // JSON is YAML too, and YAML's reader says where things stand.
  const reading = checked(raw, lineFinder(parseDocument(content, { lineCounter: counter }), counter));
  return { ...reading, instructions: reading.fields.instructions ?? reading.fields.prompt ?? '' };
}

function lineFinder(document: ReturnType<typeof parseDocument>, counter: LineCounter) {
  return (field: string): number => {
    if (!isMap(document.contents)) return 1;
    const pair = document.contents.items.find(({ key }) => String(key) === field);
    return isNode(pair?.key) && pair.key.range ? counter.linePos(pair.key.range[0]).line : 1;
  };
}

type Checked = Omit<Reading, 'instructions'>;

/** What is wrong about one field takes that field away and leaves the others. */
function checked(raw: unknown, lineOf: Reading['lineOf']): Checked {
  const parsed = fieldsSchema.safeParse(raw);
  if (parsed.success) return { fields: parsed.data, lineOf, warnings: [] };
  const field = parsed.error.issues[0]?.path[0];
  if (field === undefined) {
    const message = 'The profile must be a mapping of names to values.';
    return { fields: {}, lineOf, warnings: [{ line: 1, message }] };
  }
  const { [String(field)]: value, ...rest } = raw as Record<string, unknown>;
  const others = checked(rest, lineOf);
  const message = `The ${String(field)} is ${shown(value)}; it takes a text.`;
  return { ...others, warnings: [{ line: lineOf(String(field)), message }, ...others.warnings] };
}

/** What can be told of a block that is no YAML: lines of the form `name: value`. */
function byLine(
  lines: readonly string[],
  { instructions, problem }: { readonly instructions: string; readonly problem: ProfileProblem },
): Reading {
  const at = (field: string) => lines.findIndex((line) => line.startsWith(`${field}:`));
  const fields = Object.keys(shape).flatMap((field) => {
    const line = lines[at(field)];
    if (line === undefined) return [];
    const value = line
      .slice(field.length + 1)
      .trim()
      .replace(/^(["'])(.*)\1$/, '$2');
    return [[field, value] as const];
  });
  const lineOf = (field: string) => Math.max(0, at(field)) + 1;
  return { fields: Object.fromEntries(fields), instructions, lineOf, warnings: [problem] };
}
