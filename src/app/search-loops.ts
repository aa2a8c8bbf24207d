import { err, ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import { MODES, OUTCOMES } from '../domain/loop/model.ts';
import type { LoopView } from './projections/loop-view.ts';

/** What a history is searched by: every part has to hold. */
export interface LoopSearch {
  /** In lower case; each occurs in the loop's texts. */
  readonly texts: readonly string[];
  readonly outcomes: readonly string[];
  readonly modes: readonly string[];
  readonly presets: readonly string[];
  readonly states: readonly LoopStanding[];
  /** Epoch milliseconds of the loop's start: not before, and before. */
  readonly since: number | null;
  readonly until: number | null;
}

const STANDINGS = ['active', 'waiting', 'paused', 'finished', 'archived'] as const;
type LoopStanding = (typeof STANDINGS)[number];

export const SEARCH_HELP =
  'words, "a phrase", outcome:PROCEED, preset:claude, mode:mvp, is:waiting, since:2026-01-31, until:2026-02-28';

const DAY_MS = 86_400_000;
const EVERYTHING: LoopSearch = {
  texts: [],
  outcomes: [],
  modes: [],
  presets: [],
  states: [],
  since: null,
  until: null,
};

/** Reads a search; the error is one sentence that names the part. Dates are days in UTC, both included. */
export function parseSearch(text: string): Result<LoopSearch, string> {
  let search = EVERYTHING;
  for (const part of partsOf(text)) {
    const next =
      part.name === null ? ok(withText(search, part.value)) : qualified(search, part.name, part.value);
    if (!next.ok) return next;
    search = next.value;
  }
  return ok(search);
}

interface Part {
  readonly name: string | null;
  readonly value: string;
}

const PART = /([a-z]+):(?:"([^"]*)"?|(\S*))|"([^"]*)"?|(\S+)/gi;

/** `a:b` with a name that is none of ours (a path, a URL) is a word like any other. */
function partsOf(text: string): readonly Part[] {
  return Array.from(text.matchAll(PART), ([whole, name, ...values]): Part => {
    const value = values.find((each) => each !== undefined) ?? '';
    if (name === undefined) return { name: null, value };
    return isQualifier(name.toLowerCase())
      ? { name: name.toLowerCase(), value }
      : { name: null, value: whole };
  });
}

const QUALIFIERS = ['outcome', 'preset', 'mode', 'is', 'since', 'until'] as const;
const isQualifier = (name: string): boolean => QUALIFIERS.some((one) => one === name);

const withText = (search: LoopSearch, value: string): LoopSearch =>
  value.trim() === '' ? search : { ...search, texts: [...search.texts, value.toLowerCase()] };

function qualified(search: LoopSearch, name: string, value: string): Result<LoopSearch, string> {
  switch (name) {
    case 'outcome':
      return oneOf(name, value, OUTCOMES, (found) => ({ ...search, outcomes: [...search.outcomes, found] }));
    case 'mode':
      return oneOf(name, value, MODES, (found) => ({ ...search, modes: [...search.modes, found] }));
    case 'is':
      return oneOf(name, value, STANDINGS, (found) => ({ ...search, states: [...search.states, found] }));
    case 'preset':
      return value === ''
        ? err('preset: takes the name of a preset such as claude.')
        : ok({ ...search, presets: [...search.presets, value.toLowerCase()] });
    default: {
      const day = dayOf(value);
      if (day === null) return err(`${name}: is ${shown(value)}; it takes a day such as 2026-01-31.`);
      return ok(name === 'since' ? { ...search, since: day } : { ...search, until: day + DAY_MS });
    }
  }
}

function oneOf<T extends string>(
  name: string,
  value: string,
  words: readonly T[],
  add: (found: T) => LoopSearch,
): Result<LoopSearch, string> {
  const found = words.find((word) => word.toLowerCase() === value.toLowerCase());
  return found
    ? ok(add(found))
    : err(`${name}: is ${shown(value)}; it takes ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.`);
}

function dayOf(value: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return null;
  const at = Date.parse(`${value}T00:00:00Z`);
  // Days that a month does not have are taken for those of the next one by some engines.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== value ? null : at;
}

export function matchesSearch(view: LoopView, search: LoopSearch): boolean {
  const text = [
    view.taskId,
    view.title ?? '',
    view.description,
    view.stopReason ?? '',
    view.decision?.reason ?? '',
    ...view.agents.map((agent) => agent.id),
  ]
    .join('\n')
    .toLowerCase();
  return (
    search.texts.every((each) => text.includes(each)) &&
    among(search.outcomes, view.outcome ?? '') &&
    among(search.modes, view.mode) &&
    search.presets.every((preset) => view.agents.some((agent) => agent.preset.toLowerCase() === preset)) &&
    search.states.every((state) => stands(view, state)) &&
    (search.since === null || view.startedAt >= search.since) &&
    (search.until === null || view.startedAt < search.until)
  );
}

const among = (wanted: readonly string[], value: string): boolean =>
  wanted.length === 0 || wanted.includes(value);

function stands(view: LoopView, state: LoopStanding): boolean {
  switch (state) {
    case 'archived':
      return view.archived;
    case 'finished':
      return view.outcome !== null;
    case 'waiting':
      return view.outcome === null && view.waiting !== null;
    case 'paused':
      return view.outcome === null && view.paused;
    case 'active':
      return view.outcome === null;
  }
}

/** The loops that are listed: archived ones only where they are asked for. */
export const listed = (views: readonly LoopView[], search: LoopSearch, all: boolean): readonly LoopView[] =>
  views.filter(
    (view) => (all || search.states.includes('archived') || !view.archived) && matchesSearch(view, search),
  );
