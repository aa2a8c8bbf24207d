/** `*.cfn.md`: YAML front matter with settings, then the task in Markdown. */
import { isMap, isNode, isPair, LineCounter, parseDocument, type Document } from 'yaml';
import { err, ok, type Result } from '../base/result.ts';
import { FRONT_MATTER_NAMES, parseSettings, type FrontMatterName, type Settings } from './settings.ts';

export interface Epic {
  readonly settings: Settings;
  readonly description: string;
  readonly requirements: readonly string[];
  readonly acceptance: readonly string[];
  /** What stands in the file and reaches no agent. */
  readonly warnings: readonly EpicProblem[];
}

export interface EpicProblem {
  /** Counted from 1. */
  readonly line: number;
  /** One sentence without the file's name. */
  readonly message: string;
}

const MAX_CHARACTERS = 1_000_000;
const MAX_REASON = 120;

export function parseEpic(text: string): Result<Epic, EpicProblem> {
  if (text.length > MAX_CHARACTERS) {
    return err({ line: 1, message: 'The epic has more than 1,000,000 characters.' });
  }
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const end =
    lines[0]?.trimEnd() === '---' ? lines.findIndex((line, n) => n > 0 && /^---\s*$/.test(line)) : 0;
  if (end < 0) return err({ line: 1, message: 'The front matter that begins with "---" is never closed.' });

  // The opening line stays as an empty one, so that YAML counts lines as the file does.
  const settings = end > 0 ? parseFrontMatter(['', ...lines.slice(1, end)].join('\n')) : ok<Settings>({});
  if (!settings.ok) return settings;
  const first = end > 0 ? end + 1 : 0;
  const body = parseBody(lines.slice(first), first + 1);
  if (body.description === '') {
    return err({
      line: first + 1,
      message: 'The description is empty; it takes text before the first "##".',
    });
  }
  return ok({ settings: settings.value, ...body });
}

/** The lines of an epic's front matter without some of its fields, and its body as it stands. Only of an epic that was parsed. */
export function epicWithout(
  text: string,
  names: readonly FrontMatterName[],
): { readonly kept: readonly string[]; readonly body: string } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  if (lines[0]?.trimEnd() !== '---') return { kept: [], body: lines.join('\n') };
  const end = lines.findIndex((line, n) => n > 0 && /^---\s*$/.test(line));
  const document = parseDocument(lines.slice(1, end).join('\n'));
  if (isMap(document.contents)) for (const name of names) document.contents.delete(name);
  const isEmpty = !isMap(document.contents) || document.contents.items.length === 0;
  const kept = isEmpty ? [] : String(document).trimEnd().split('\n');
  return { kept, body: lines.slice(end + 1).join('\n') };
}

function parseFrontMatter(yaml: string): Result<Settings, EpicProblem> {
  const counter = new LineCounter();
  const lineAt = (offset: number) => counter.linePos(offset).line;
  const document = parseDocument(yaml, { lineCounter: counter, strict: true, uniqueKeys: true });
  const failure = document.errors[0] ?? document.warnings[0];
  if (failure) {
    const reason = failure.message.split(/ at line |\n/)[0]?.slice(0, MAX_REASON);
    return err({ line: lineAt(failure.pos[0]), message: `The front matter is not valid YAML: ${reason}.` });
  }
  if (document.contents === null) return ok({});
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    return err({ line: 2, message: `The front matter cannot be read: ${String(error)}.` });
  }
  const settings = parseSettings(raw, { allowed: FRONT_MATTER_NAMES, whole: 'The front matter' });
  if (settings.ok) return settings;
  const offset = offsetOf(document, settings.error.path);
  return err({ line: offset === null ? 2 : lineAt(offset), message: settings.error.message });
}

/** Where the key of the deepest known step of a path stands. */
function offsetOf(document: Document, path: readonly (string | number)[]): number | null {
  let offset: number | null = null;
  let node: unknown = document.contents;
  for (const step of path) {
    let next: unknown = null;
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === String(step));
      if (isNode(pair?.key) && pair.key.range) offset = pair.key.range[0];
      next = pair?.value;
    } else if (isNode(node) && 'items' in node && Array.isArray(node.items)) {
      next = node.items[Number(step)];
      if (isNode(next) && next.range) offset = next.range[0];
    }
    node = next;
  }
  return offset;
}

type Body = Omit<Epic, 'settings'>;

function parseBody(lines: readonly string[], firstLine: number): Body {
  const description: string[] = [];
  const lists: Record<'requirements' | 'acceptance', string[]> = { requirements: [], acceptance: [] };
  const warnings: EpicProblem[] = [];
  let section: 'description' | 'requirements' | 'acceptance' | 'unread' = 'description';
  let fence: string | null = null;
  for (const [index, line] of lines.entries()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) fence = nextFence(fence, mark);
    const title = fence === null ? /^##(?!#)\s*(.*?)[\s#]*$/.exec(line)?.[1] : undefined;
    if (title !== undefined) {
      const name = title.toLowerCase();
      section = name === 'requirements' || name === 'acceptance' ? name : 'unread';
      if (section === 'unread') {
        const message = `The section ${JSON.stringify(title)} is not given to the agents.`;
        warnings.push({ line: firstLine + index, message });
      }
    } else if (section === 'description') {
      description.push(line);
    } else if (section !== 'unread' && !addToList(lists[section], line)) {
      const message = `Only lists are read under "${section}"; this line is not.`;
      warnings.push({ line: firstLine + index, message });
    }
  }
  return { description: description.join('\n').trim(), ...lists, warnings };
}

function nextFence(open: string | null, mark: string): string | null {
  if (open === null) return mark;
  return mark.startsWith(open) ? null : open;
}

/** True when the line was taken, or says nothing. Indented lines go on with the item before them. */
function addToList(list: string[], line: string): boolean {
  if (line.trim() === '') return true;
  const item = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[[ xX]\]\s+)?(.*)$/.exec(line)?.[1]?.trim();
  if (item !== undefined) {
    if (item !== '') list.push(item);
    return true;
  }
  const last = list.pop();
  if (last === undefined) return false;
  if (!/^\s/.test(line)) {
    list.push(last);
    return false;
  }
  list.push(`${last} ${line.trim()}`);
  return true;
}
