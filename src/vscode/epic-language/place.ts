/** Where in an epic the cursor stands; pure. */
import { l10n } from 'vscode';
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
  /** Of any other level, within it. */
  readonly headings: readonly EpicHeading[];
}

export interface EpicHeading {
  readonly title: string;
  /** 1 to 6, but not 2. */
  readonly level: number;
  /** From its line to that before the next one of its level or above, counted from 0. */
  readonly from: number;
  readonly to: number;
}

/** The epic's parts in order, for the outline. */
export function sectionsOf(lines: readonly string[]): readonly EpicSection[] {
  const closing = closingLine(lines);
  const bodyFrom = closing === null ? 0 : Math.min(closing + 1, lines.length);
  const sections: EpicSection[] = [];
  if (closing !== null) {
    sections.push({ title: l10n.t('Settings'), kind: 'settings', from: 0, to: bodyFrom - 1, headings: [] });
  }
  let current: { title: string; kind: EpicSection['kind']; from: number } = {
    title: l10n.t('Description'),
    kind: 'description',
    from: bodyFrom,
  };
  let headings: Omit<EpicHeading, 'to'>[] = [];
  const end = (to: number) => {
    if (to >= current.from) sections.push({ ...current, to, headings: endHeadings(headings, to) });
    headings = [];
  };
  for (const { line, at } of proseOf(lines, bodyFrom)) {
    const [, marks = '', title] = /^(#{1,6})(?!#)\s*(.*?)[\s#]*$/.exec(line) ?? [];
    if (title === undefined) continue;
    if (marks.length !== 2) {
      headings.push({ title: title || l10n.t('Untitled'), level: marks.length, from: at });
      continue;
    }
    end(at - 1);
    const isRead = ['requirements', 'acceptance'].includes(title.toLowerCase());
    current = { title: title || l10n.t('Untitled'), kind: isRead ? 'list' : 'unread', from: at };
  }
  end(lines.length - 1);
  return sections;
}

/** Lines of the body that stand in no code block. */
function proseOf(lines: readonly string[], from: number): { readonly line: string; readonly at: number }[] {
  let fence: string | null = null;
  return lines.flatMap((line, at) => {
    if (at < from) return [];
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) fence = fence === null ? mark : mark.startsWith(fence) ? null : fence;
    return fence === null && mark === undefined ? [{ line, at }] : [];
  });
}

function endHeadings(headings: readonly Omit<EpicHeading, 'to'>[], last: number): readonly EpicHeading[] {
  return headings.map((heading, index) => {
    const next = headings.slice(index + 1).find(({ level }) => level <= heading.level);
    return { ...heading, to: next ? next.from - 1 : last };
  });
}

interface RelativeLink {
  /** Counted from 0, as are the columns; `to` stands behind the last character. */
  readonly line: number;
  readonly from: number;
  readonly to: number;
  readonly path: string;
}

const MAX_LINE = 5000;
const LINK = /\[[^\]\n]{0,500}\]\((?:<([^<>]+)>|([^\s()<>]+))(?:\s+"[^"]*")?\)/g;

/** Links and images of the body that name a file beside the epic. */
export function relativeLinks(lines: readonly string[]): readonly RelativeLink[] {
  const closing = closingLine(lines);
  return proseOf(lines, closing === null ? 0 : closing + 1).flatMap(({ line, at }) =>
    [...line.slice(0, MAX_LINE).matchAll(LINK)].flatMap((found) => {
      const path = found[1] ?? found[2] ?? '';
      if (/^(?:[a-z][a-z0-9+.-]*:|#|\/)/i.test(path)) return [];
      const from = found.index + found[0].indexOf(path, found[0].indexOf(']('));
      return [{ line: at, from, to: from + path.length, path }];
    }),
  );
}
