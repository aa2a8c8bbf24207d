/** Where in an epic the cursor stands; pure. */
import { FRONT_MATTER_NAMES, type FrontMatterName } from '../../protocol/settings.ts';

export type EpicPlace =
  /** In the front matter, where a key is written. */
  | { readonly kind: 'key' }
  /** After a known key's colon, or in an item of its list. */
  | { readonly kind: 'value'; readonly name: FrontMatterName }
  /** On a line of the body that begins a heading. */
  | { readonly kind: 'heading' }
  | { readonly kind: 'elsewhere' };

const isName = (text: string): text is FrontMatterName =>
  (FRONT_MATTER_NAMES as readonly string[]).includes(text);

/** Line on which the front matter is closed; null when there is none, or none yet. */
function closingLine(lines: readonly string[]): number | null {
  if (lines[0]?.replace(/^\uFEFF/, '').trimEnd() !== '---') return null;
  const closing = lines.findIndex((line, index) => index > 0 && /^---\s*$/.test(line));
  return closing < 0 ? lines.length : closing;
}

/** Lines and columns are counted from 0. */
export function placeIn(lines: readonly string[], line: number, column: number): EpicPlace {
  const closing = closingLine(lines);
  const before = (lines[line] ?? '').slice(0, column);
  if (closing === null || line > closing) {
    return /^#{1,2}\s?\S*$/.test(before) ? { kind: 'heading' } : { kind: 'elsewhere' };
  }
  if (line === 0 || line === closing) return { kind: 'elsewhere' };
  if (/^[A-Za-z]*$/.test(before)) return { kind: 'key' };
  const name = keyOf(lines, line);
  return name !== null && !/^[A-Za-z]*:?$/.test(before) ? { kind: 'value', name } : { kind: 'elsewhere' };
}

/** The top-level key that a line of the front matter belongs to. */
function keyOf(lines: readonly string[], line: number): FrontMatterName | null {
  for (let at = line; at > 0; at -= 1) {
    const key = /^([A-Za-z]+)\s*:/.exec(lines[at] ?? '')?.[1];
    if (key !== undefined) return isName(key) ? key : null;
    if (at !== line && /^[^\s-]/.test(lines[at] ?? '')) return null;
  }
  return null;
}

/** The key under the cursor, where it stands on one. */
export function keyAt(lines: readonly string[], line: number, column: number): FrontMatterName | null {
  const closing = closingLine(lines);
  if (closing === null || line === 0 || line >= closing) return null;
  const key = /^([A-Za-z]+)\s*:/.exec(lines[line] ?? '')?.[1];
  return key !== undefined && column <= key.length && isName(key) ? key : null;
}

export interface EpicSection {
  readonly title: string;
  readonly kind: 'settings' | 'description' | 'list' | 'unread';
  /** From its first line to its last, counted from 0. */
  readonly from: number;
  readonly to: number;
}

/** The epic's parts in order, for the outline. */
export function sectionsOf(lines: readonly string[]): readonly EpicSection[] {
  const closing = closingLine(lines);
  const bodyFrom = closing === null ? 0 : Math.min(closing + 1, lines.length);
  const sections: EpicSection[] = [];
  if (closing !== null) sections.push({ title: 'Settings', kind: 'settings', from: 0, to: bodyFrom - 1 });
  let fence: string | null = null;
  let current: { title: string; kind: EpicSection['kind']; from: number } = {
    title: 'Description',
    kind: 'description',
    from: bodyFrom,
  };
  const end = (to: number) => {
    if (to >= current.from) sections.push({ ...current, to });
  };
  for (let at = bodyFrom; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) fence = fence === null ? mark : mark.startsWith(fence) ? null : fence;
    const title = fence === null ? /^##(?!#)\s*(.*?)[\s#]*$/.exec(line)?.[1] : undefined;
    if (title === undefined) continue;
    end(at - 1);
    const isRead = ['requirements', 'acceptance'].includes(title.toLowerCase());
    current = { title: title || 'Untitled', kind: isRead ? 'list' : 'unread', from: at };
  }
  end(lines.length - 1);
  return sections;
}
