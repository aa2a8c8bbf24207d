/** Whether two remarks mean the same: by the words that carry meaning, and by where they are made. */

const STOP_WORDS = new Set(
  'a an and are as at be been but by can could do does for from has have if in into is it its may must no not of on or should so such than that the their them then there these they this to too was were when which while will with would'.split(
    ' ',
  ),
);
const ENDING = /(?:ing|ed|es|s)$/;
/** Lines that are so close may be meant by the same finding. */
const NEAR = 5;
/** Share of the shorter remark's words that both have. */
const ON_THE_LINE = 0.5;
const NEAR_BY = 0.7;
const ANYWHERE = 0.8;

export type Fingerprint = ReadonlySet<string>;

export function fingerprint(text: string): Fingerprint {
  // What a finding is about stands at its beginning; a text of megabytes is no finding.
  const words =
    text
      .slice(0, 2000)
      .toLowerCase()
      .match(/[\p{L}\p{N}_]+/gu) ?? [];
  return new Set(words.filter((word) => !STOP_WORDS.has(word)).map(stem));
}

function stem(word: string): string {
  const short = word.replace(ENDING, '');
  return short.length >= 3 ? short : word;
}

export interface Remarked {
  readonly file: string | null;
  readonly line: number | null;
  readonly words: Fingerprint;
}

/**
 * How well two remarks agree, above 0 to 1; 0: they are not the same. `later`: they are of different iterations, in
 * between which lines may have moved.
 */
export function agreement(one: Remarked, other: Remarked, later: boolean): number {
  if (one.file !== other.file) return 0;
  const shared = overlap(one.words, other.words);
  const distance =
    one.line === null || other.line === null ? Number.POSITIVE_INFINITY : Math.abs(one.line - other.line);
  const unplaced = one.line === null && other.line === null;
  const needed =
    distance === 0
      ? ON_THE_LINE
      : distance <= NEAR
        ? NEAR_BY
        : later || unplaced
          ? ANYWHERE
          : Number.POSITIVE_INFINITY;
  // Of two that agree as well, the nearer one.
  return shared >= needed ? shared / (1 + Math.min(distance, 1000) / 10_000) : 0;
}

/** 0 where only one word of several is shared: that is a topic, not a meaning. */
function overlap(one: Fingerprint, other: Fingerprint): number {
  const [small, large] = one.size <= other.size ? [one, other] : [other, one];
  const shared = Array.from(small).filter((word) => large.has(word)).length;
  if (small.size === 0) return large.size === 0 ? 1 : 0;
  return shared >= 2 || shared === large.size ? shared / small.size : 0;
}
