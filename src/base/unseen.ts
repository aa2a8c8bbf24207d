/** Characters that a reader does not see, or that move what stands beside them; one set for everybody who shows texts. */

/**
 * Controls, formats, separators of lines, tags, variation selectors, fillers: everything by Unicode's own properties,
 * so that a new version of it needs no new list.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu;

/** Signs of Arabic, Syriac and Kaithi that are formats by category and are seen. */
const SEEN = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;
const SELECTOR = /[\ufe00-\ufe0f]/u;
const IDEOGRAPHIC_SELECTOR = /[\u{e0100}-\u{e01ef}]/u;
const JOINER = /[\u200c\u200d]/u;
/** What a joiner joins: pictures, and letters of the scripts that are written with joiners. */
const JOINED =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Myanmar}\p{Script=Khmer}\p{Script=Mongolian}]$/u;
const HAN = /\p{Script=Han}$/u;
/** Nothing that a selector could vary; a run of them hides a message. */
const BARE = /(?:^|[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}])$/u;

/** Part of how words and pictures are written, and seen by what it does to the one before. */
function isWritten(character: string, before: string): boolean {
  if (SEEN.test(character)) return true;
  if (JOINER.test(character)) {
    const joined = before.replace(/\ufe0f$/, '');
    return JOINED.test(joined) && !BARE.test(joined);
  }
  if (IDEOGRAPHIC_SELECTOR.test(character)) return HAN.test(before);
  return SELECTOR.test(character) && !BARE.test(before);
}

/**
 * The text with a mark in place of each character that is not seen. `keep`: characters that stay, such as line ends.
 * Joiners and selectors stay where writing needs them.
 */
export function markUnseen(text: string, mark: (character: string) => string, keep = ''): string {
  return text.replaceAll(UNSEEN, (character, at: number) =>
    keep.includes(character) || isWritten(character, text.slice(Math.max(0, at - 4), at))
      ? character
      : mark(character),
  );
}

const dot = (): string => '·';

/** With a dot for each, as names and words of strangers stand in lists and sentences. */
export const withDots = (text: string, keep = ''): string => markUnseen(text, dot, keep);
