import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTCOMES } from '../domain/loop/model.ts';
import { testAgent, testView } from './test-view.ts';
import { listed, matchesSearch, parseSearch } from './search-loops.ts';

const day = (text: string): number => Date.parse(`${text}T12:00:00Z`);
const VIEWS = [
  testView({
    taskId: 'login-1',
    description: 'Rate-limit POST /login',
    outcome: 'PROCEED',
    mode: 'mvp',
    startedAt: day('2026-01-10'),
    agents: [testAgent('api', 'claude')],
  }),
  testView({
    taskId: 'login-2',
    title: 'Friday try',
    outcome: null,
    waiting: { for: 'decision', since: 0, message: '' },
    startedAt: day('2026-01-12'),
    agents: [testAgent('api', 'codex')],
  }),
  testView({ taskId: 'old-1', outcome: 'ABORT', archived: true, startedAt: day('2026-01-11') }),
];

function found(text: string, all = false): readonly string[] {
  const search = parseSearch(text);
  if (!search.ok) throw new Error(search.error);
  return listed(VIEWS, search.value, all).map(({ taskId }) => taskId);
}

describe('searching loops', () => {
  it.each([
    ['', ['login-1', 'login-2']],
    ['LOGIN', ['login-1', 'login-2']],
    ['post /login', ['login-1']],
    ['"post /login"', ['login-1']],
    ['"/login post"', []],
    ['friday', ['login-2']],
    ['outcome:proceed', ['login-1']],
    ['outcome:PROCEED outcome:ABORT is:archived', ['old-1']],
    ['preset:Codex', ['login-2']],
    ['mode:mvp is:finished', ['login-1']],
    ['is:waiting', ['login-2']],
    ['is:archived', ['old-1']],
    ['since:2026-01-11', ['login-2']],
    ['until:2026-01-10', ['login-1']],
    ['since:2026-01-10 until:2026-01-12', ['login-1', 'login-2']],
    ['https://example.org', []],
  ])('%j finds %j', (text, ids) => {
    expect(found(text)).toEqual(ids);
  });

  it('lists archived loops too where all are asked for', () => {
    expect(found('', true)).toEqual(['login-1', 'login-2', 'old-1']);
  });

  it.each([
    ['outcome:FINE', 'outcome: is "FINE"; it takes PROCEED, ABORT, EXHAUSTED, CANCELLED or BUDGET.'],
    ['is:new', 'is: is "new"; it takes active, waiting, paused, finished or archived.'],
    ['since:2026-02-30', 'since: is "2026-02-30"; it takes a day such as 2026-01-31.'],
    ['until:yesterday', 'until: is "yesterday"; it takes a day such as 2026-01-31.'],
    ['preset:', 'preset: takes the name of a preset such as claude.'],
  ])('%j is refused in one sentence', (text, sentence) => {
    expect(parseSearch(text)).toEqual({ ok: false, error: sentence });
  });

  it('takes any text, and each further part finds no more than before', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('login', 'is:finished', 'outcome:ABORT', 'since:2026-01-11', 'preset:claude', '"a b"'),
    );
    fc.assert(
      fc.property(part, part, (first, second) => {
        const one = parseSearch(first);
        const both = parseSearch(`${first.replaceAll('"', '')} ${second}`);
        const plain = parseSearch(first.replaceAll('"', ''));
        // Several outcomes or modes widen each other; everything else narrows.
        fc.pre(one.ok && both.ok && plain.ok && both.value.outcomes.length < 2);
        if (!both.ok || !plain.ok) return;
        const narrowed = VIEWS.filter((view) => matchesSearch(view, both.value));
        expect(narrowed.filter((view) => !matchesSearch(view, plain.value))).toEqual([]);
      }),
    );
  });

  it('a loop is found by its own id, title, task and outcome', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
    fc.assert(
      fc.property(word, word, fc.constantFrom(...OUTCOMES), (taskId, title, outcome) => {
        const view = testView({ taskId, title, description: `do ${title}`, outcome });
        const search = parseSearch(`${taskId} "${title}" "do ${title}" outcome:${outcome}`);
        expect(search.ok && matchesSearch(view, search.value)).toBe(true);
      }),
    );
  });
});
