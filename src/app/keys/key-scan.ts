import { globMatches } from '../../base/glob.ts';
import { encodeText } from '../../base/byte-text.ts';
import type { Ask } from './key-value.ts';
import { listOf, textOf, textsOf } from './resp-words.ts';

export interface KeyFilter {
  /** Part of a name, or a pattern with `*`, `?` or `[…]`; empty: all. */
  readonly text: string;
  /** `string`, `list` …; `null`: all. */
  readonly type: string | null;
  /** Only keys of this task; `null`: of all. */
  readonly taskId: string | null;
}
export const EVERYTHING: KeyFilter = { text: '', type: null, taskId: null };

/** A page of names. */
export const PAGE_KEYS = 500;
/** With a filter most names are passed over, so a page may look at more of them. */
const FILTERED_PAGE_KEYS = 2000;
/** Read without being asked for more. */
export const KEYS_AT_A_TIME = 10_000;
/** More names are not kept; a pattern narrows them down. */
export const MOST_KEYS = 100_000;

export interface ScanFacts {
  readonly running: boolean;
  /** All keys that match are there. */
  readonly complete: boolean;
  /** No more will be read; narrow the search instead. */
  readonly full: boolean;
  /** Why it stopped; empty when nothing went wrong. */
  readonly problem: string;
}

export interface KeyScan {
  readonly facts: ScanFacts;
  /** Reads so many more keys, from where it stopped. */
  more(): Promise<void>;
  stop(): void;
}

const GLOB = /[*?[\]]/;

/** The server's pattern for a filter, in bytes. */
export function patternOf({ text, taskId }: KeyFilter): string {
  if (text !== '') return GLOB.test(text) ? encodeText(text) : `*${escaped(encodeText(text))}*`;
  return taskId === null ? '*' : `*:${escaped(taskId)}*`;
}

const escaped = (text: string): string => text.replaceAll(/[\\*?[\]^]/g, String.raw`\$&`);

/** Whether a name is one that the filter asks for, its type aside. */
export function matchesFilter(filter: KeyFilter, name: string): boolean {
  if (filter.taskId !== null && name.split(':', 2)[1] !== filter.taskId) return false;
  return filter.text === '' || globMatches(patternOf(filter), name);
}

/** Goes through the store's keys page by page; on a Cluster the store goes over its masters. */
export function createKeyScan(options: {
  readonly ask: Ask;
  readonly filter: KeyFilter;
  readonly held: () => number;
  readonly onPage: (names: readonly string[]) => void;
}): KeyScan {
  const { ask, filter, held, onPage } = options;
  let cursor = '0';
  let begun = false;
  let stopped = false;
  let facts: ScanFacts = { running: false, complete: false, full: false, problem: '' };

  const plain = filter.text === '' && filter.taskId === null && filter.type === null;
  const words = (): readonly string[] => [
    'SCAN',
    cursor,
    ...(plain ? [] : ['MATCH', patternOf(filter)]),
    ...(filter.type === null ? [] : ['TYPE', filter.type]),
    'COUNT',
    String(plain ? PAGE_KEYS : FILTERED_PAGE_KEYS),
  ];

  const page = async (): Promise<boolean> => {
    const reply = await ask(words());
    if (stopped) return false;
    if (!reply.ok) {
      facts = { ...facts, running: false, problem: reply.error.message };
      onPage([]);
      return false;
    }
    const [next, found] = listOf(reply.value);
    begun = true;
    cursor = textOf(next) || '0';
    facts = { ...facts, complete: cursor === '0' };
    onPage(textsOf(found).filter((name) => matchesFilter(filter, name)));
    return !facts.complete;
  };

  return {
    get facts() {
      return facts;
    },
    async more() {
      if (facts.running || facts.complete || (begun && cursor === '0')) return;
      facts = { ...facts, running: true, problem: '' };
      const goal = Math.min(held() + KEYS_AT_A_TIME, MOST_KEYS);
      while (held() < goal && (await page()));
      if (stopped || facts.problem !== '') return;
      facts = { ...facts, running: false, full: held() >= MOST_KEYS && !facts.complete };
      onPage([]);
    },
    stop() {
      stopped = true;
      facts = { ...facts, running: false };
    },
  };
}
