import { globMatches } from '../../../base/glob.ts';
import { array, bulk, bulks, WRONGTYPE, type Reply } from '../reply.ts';
import { BAD_CURSOR, scanOptions } from './keys.ts';

interface Members {
  readonly size: number;
  keys(): Iterable<string>;
}

const NOTHING: Members = { size: 0, keys: () => [] };

/** Below this size everything is one page, as Redis does with small values. */
const ONE_PAGE = 128;
const SPACE = 2 ** 32;

/** FNV-1a: spreads members over the cursor's numbers. */
function placeOf(member: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < member.length; at++) {
    hash = Math.imul(hash ^ member.charCodeAt(at), 0x01000193);
  }
  // The cursor 0 means the beginning and the end.
  return (hash >>> 0) + 1;
}

/**
 * A page of a hash or a set. Members come in the order of their hash, and the cursor is the hash that comes next: what
 * is there all the while is met, whatever is added and removed between two pages.
 */
export function scanMembers(
  found: Members | null | 'wrong-type',
  words: readonly string[],
  shown: (member: string) => readonly string[],
): Reply {
  const [cursorText = '', ...rest] = words;
  if (!/^\d{1,16}$/.test(cursorText)) return BAD_CURSOR;
  if (found === 'wrong-type') return WRONGTYPE;
  const members = found ?? NOTHING;
  const cursor = Number(cursorText);
  const options = scanOptions(rest, { type: false });
  if ('kind' in options) return options;
  const { pattern, count } = options;
  const page = members.size <= ONE_PAGE ? whole(members) : nextPage(members, cursor, count);
  const matching = page.members.filter((member) => pattern === null || globMatches(pattern, member));
  return array([bulk(String(page.next)), bulks(matching.flatMap(shown))]);
}

interface Page {
  readonly members: readonly string[];
  readonly next: number;
}

const whole = (members: Members): Page => ({ members: Array.from(members.keys()), next: 0 });

function nextPage(members: Members, cursor: number, count: number): Page {
  // A slice of the numbers that holds about `count` members; where it holds none, the next one is as wide again.
  const width = Math.max(1, Math.ceil((SPACE / members.size) * count));
  const end = cursor + width;
  const found: string[] = [];
  for (const member of members.keys()) {
    const place = placeOf(member);
    if (place >= cursor && place < end) found.push(member);
  }
  return { members: found, next: end > SPACE ? 0 : end };
}
