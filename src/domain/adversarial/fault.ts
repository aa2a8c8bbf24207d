import type { Finding } from '../loop/model.ts';
import { protectedKind } from '../protected-files.ts';
import { chanceOf } from './chance.ts';

export const FAULT_KINDS = ['negated', 'off-by-one', 'other-connective', 'other-answer', 'no-guard'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What was made wrong on purpose in a copy of the integrated work. */
export interface Fault {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly kind: FaultKind;
  readonly before: string;
  /** Empty where the line went. */
  readonly after: string;
}

/** A file of the integrated commit. */
export interface ChangedFile {
  readonly path: string;
  readonly text: string;
  /** Those that the loop changed or added, counted from 1. */
  readonly lines: readonly number[];
}

/** Where a line has one of these beside white space, the other means something else, and code stays code. */
const SWAPS: readonly (readonly [FaultKind, string, string])[] = [
  ['negated', '===', '!=='],
  ['negated', '!==', '==='],
  ['negated', '==', '!='],
  ['negated', '!=', '=='],
  ['off-by-one', '<=', '<'],
  ['off-by-one', '>=', '>'],
  ['off-by-one', '<', '<='],
  ['off-by-one', '>', '>='],
  ['off-by-one', '+ 1', '- 1'],
  ['off-by-one', '- 1', '+ 1'],
  ['other-connective', '&&', '||'],
  ['other-connective', '||', '&&'],
  ['other-answer', 'return true', 'return false'],
  ['other-answer', 'return false', 'return true'],
];

/** A check on one line that ends the work: `if (a < 0) throw new Error('negative');` */
const GUARD = /^\s*if\s*\(.+\)\s*(?:throw\b.+|return\s+(?:err|Err|null|false)\b.*);\s*$/;
const COMMENT = /^\s*(?:\/\/|\/\*|\*|#|--|<!--)/;
const CODE =
  /\.(?:[cm]?[jt]sx?|py|go|rs|java|kt|kts|swift|c|h|cc|cpp|hpp|cs|php|rb|scala|dart|lua|vue|svelte)$/i;

/** All faults that could be placed in changed lines of code; none in tests, configuration and comments. */
export function possibleFaults(files: readonly ChangedFile[]): readonly Fault[] {
  return files
    .filter(({ path }) => CODE.test(path) && protectedKind(path) === null)
    .toSorted((one, other) => (one.path < other.path ? -1 : 1))
    .flatMap(({ path, text, lines }) => {
      const all = text.split('\n');
      return lines.flatMap((line) => {
        const before = all[line - 1]?.replace(/\r$/, '') ?? '';
        return inLine(before).map(({ kind, after }) => ({ file: path, line, kind, before, after }));
      });
    });
}

/** The one that `seed` stands for; null where none can be placed. */
export function chooseFault(files: readonly ChangedFile[], seed: string): Fault | null {
  const faults = possibleFaults(files);
  return faults[Math.floor(chanceOf(seed) * faults.length)] ?? null;
}

function inLine(before: string): readonly Pick<Fault, 'kind' | 'after'>[] {
  if (COMMENT.test(before)) return [];
  const swapped = SWAPS.flatMap(([kind, from, to]) => {
    const at = placeOf(before, from);
    return at < 0 ? [] : [{ kind, after: before.slice(0, at) + to + before.slice(at + from.length) }];
  });
  return GUARD.test(before) ? [...swapped, { kind: 'no-guard', after: '' }] : swapped;
}

/** The first place outside of texts and comments, as a word of its own. */
function placeOf(line: string, word: string): number {
  for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
    const [left = ' ', right = ' '] = [line[at - 1], line[at + word.length]];
    // A `<` without white space around it may open a type, and one behind a `=` an arrow.
    const alone = /\s/.test(left) && /[\s;),\]]/.test(right);
    if (alone && isCode(line.slice(0, at))) return at;
  }
  return -1;
}

const isCode = (left: string): boolean =>
  !/\s(?:\/\/|#)/.test(left) && ['"', "'", '`'].every((quote) => left.split(quote).length % 2 === 1);

/** The file with the fault in it; null where the line is another one by now. */
export function withFault(text: string, fault: Fault): string | null {
  const lines = text.split('\n');
  const line = lines[fault.line - 1];
  const end = line?.endsWith('\r') === true ? '\r' : '';
  if (line === undefined || line !== fault.before + end) return null;
  const changed = fault.after === '' ? [] : [fault.after + end];
  return lines.toSpliced(fault.line - 1, 1, ...changed).join('\n');
}

/** Reviewers name the start of a function, or the line after. */
const NEAR_LINES = 5;
/** Shorter code says too little of which line is meant. */
const QUOTED_CHARACTERS = 8;

/** Whether a finding is about the fault: in its file and near its line, or without a line, or with its code in words. */
export function namesFault(finding: Finding, fault: Fault): boolean {
  const said = squeezed(`${finding.text} ${finding.proof ?? ''}`);
  const quoted = [fault.before, fault.after]
    .map(squeezed)
    .some((code) => code.length >= QUOTED_CHARACTERS && said.includes(code));
  if (finding.file === undefined) return quoted;
  if (!sameFile(finding.file, fault.file)) return false;
  return quoted || finding.line === undefined || Math.abs(finding.line - fault.line) <= NEAR_LINES;
}

const squeezed = (text: string): string => text.replaceAll(/\s+/g, '');

function sameFile(named: string, file: string): boolean {
  const path = named.replaceAll('\\', '/').replace(/^\.\//, '');
  return path === file || path.endsWith(`/${file}`) || file.endsWith(`/${path}`);
}
