/**
 * Agent profiles as other tools write them: Markdown with YAML front matter, or JSON. Damaged ones are
 * still listed, with what is wrong, because a profile that silently is not there costs hours.
 */
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { checkId } from '../base/ids.ts';
import { shown } from '../base/shown.ts';

export interface AgentProfile {
  readonly id: string;
  readonly name: string;
  readonly warnings: readonly string[];
}

const profileSchema = z.looseObject({
  id: z.string().optional(),
  name: z.string().optional(),
  description: z.string().optional(),
});
type Fields = z.infer<typeof profileSchema>;

interface Reading {
  readonly fields: Fields;
  readonly warnings: readonly string[];
}

const MAX_ALIASES = 20;
const MAX_REASON = 120;

/** `fileName` with its ending, `.md` or `.json`. null: a page of documentation, no profile. */
export function parseAgentProfile(fileName: string, text: string): AgentProfile | null {
  const clean = text.replace(/^\uFEFF/, '');
  const reading = fileName.toLowerCase().endsWith('.json') ? readJson(clean) : readMarkdown(clean);
  if (reading === null) return null;
  const { fields } = reading;
  const warnings = [...reading.warnings];
  const stem = fileName.replace(/\.[^.]*$/, '');
  const name = fields.name?.trim() ?? '';
  const id = fields.id ?? (checkId('', name).ok ? name : stem);
  const usable = checkId('The id', id);
  if (!usable.ok) warnings.push(usable.error);
  if (name === '') warnings.push('The name is missing; the id is shown for it.');
  if ((fields.description ?? '').trim() === '' && !fileName.toLowerCase().endsWith('.json')) {
    warnings.push('The description is missing.');
  }
  return { id, name: name === '' ? id : name, warnings };
}

function readMarkdown(text: string): Reading | null {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines[0]?.trimEnd() !== '---') return null;
  const end = lines.findIndex((line, index) => index > 0 && /^---\s*$/.test(line));
  if (end < 0) {
    return { fields: byLine(lines), warnings: ['The front matter that begins with "---" is never closed.'] };
  }
  const block = lines.slice(1, end);
  const document = parseDocument(block.join('\n'), { uniqueKeys: true });
  const [failure] = document.errors;
  if (failure) {
    const reason = failure.message.split(/ at line |\n/)[0]?.slice(0, MAX_REASON);
    const line = (failure.linePos?.[0].line ?? 0) + 1;
    return {
      fields: byLine(block),
      warnings: [`The front matter is not valid YAML: ${reason} (line ${line}).`],
    };
  }
  try {
    return checked(document.toJS({ maxAliasCount: MAX_ALIASES }));
  } catch (error) {
    return { fields: byLine(block), warnings: [`The front matter cannot be read: ${String(error)}.`] };
  }
}

function readJson(text: string): Reading | null {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { fields: {}, warnings: ['The file is not valid JSON.'] };
  }
  return checked(raw);
}

function checked(raw: unknown): Reading {
  const parsed = profileSchema.safeParse(raw);
  if (parsed.success) return { fields: parsed.data, warnings: [] };
  const field = parsed.error.issues[0]?.path[0];
  if (field === undefined)
    return { fields: {}, warnings: ['The profile must be a mapping of names to values.'] };
  const { [String(field)]: value, ...rest } = raw as Record<string, unknown>;
  const others = checked(rest);
  const warning = `The ${String(field)} is ${shown(value)}; it takes a text.`;
  return { fields: others.fields, warnings: [warning, ...others.warnings] };
}

/** What can be told of a block that is no YAML: lines of the form `name: value`. */
function byLine(lines: readonly string[]): Fields {
  const value = (key: string) => {
    const line = lines.find((one) => one.startsWith(`${key}:`));
    return line
      ?.slice(key.length + 1)
      .trim()
      .replace(/^(["'])(.*)\1$/, '$2');
  };
  const name = value('name');
  const description = value('description');
  return { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
}
