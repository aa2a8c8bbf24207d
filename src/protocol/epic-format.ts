import { isMap, isSeq, Parser, parseDocument, visit, type CST } from 'yaml';

/**
 * An epic's front matter (what stands between its two `---`) in one style: two spaces, mappings on lines of their own
 * where no comment stands behind them, lists as they were. Comments, quotes and blank lines stay. null: it is not valid, or there is nothing to change.
 */
export function formatFrontMatter(yaml: string): string | null {
  let text = yaml;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const next = formatOnce(text);
    if (next === null) return text === yaml ? null : text;
    text = next;
  }
  // Never at rest: better left as it is than different at each save.
  return null;
}

/** What the first writing moves to a line of its own, a second one may have to indent. */
const MOST_ROUNDS = 4;

function formatOnce(yaml: string): string | null {
  const document = parseDocument(yaml, { strict: true, uniqueKeys: true });
  if (document.errors.length > 0 || document.contents === null) return null;
  const before: unknown = document.toJS({ maxAliasCount: 20 });
  visit(document, {
    Map: (_key, map) => {
      // A comment behind its bracket would have no place.
      if (!map.comment) map.flow = false;
    },
    Seq: (_key, list) => {
      // A mapping on lines of its own fits into no list in brackets.
      if (list.items.some((item) => isMap(item) || isSeq(item))) list.flow = false;
    },
  });
  const formatted = document
    .toString({ lineWidth: 0, indent: 2, flowCollectionPadding: false })
    .replace(/\n+$/, '');
  const after = parseDocument(formatted);
  const isSame =
    after.errors.length === 0 &&
    JSON.stringify(after.toJS()) === JSON.stringify(before) &&
    comments(formatted).join('\n') === comments(yaml).join('\n');
  return isSame && formatted !== yaml ? formatted : null;
}

/** Every comment in order. */
function comments(yaml: string): readonly string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (isToken(value)) {
      if (value.type === 'comment') found.push(value.source.trim());
      else Object.values(value).forEach(walk);
    }
  };
  for (const token of new Parser().parse(yaml)) walk(token);
  return found;
}

const isToken = (value: unknown): value is CST.SourceToken =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
