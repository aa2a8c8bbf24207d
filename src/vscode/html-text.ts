import { visible } from './words.ts';

/** Text of anybody's: no mark-up, no control characters, and no direction of its own. */
export const htmlText = (value: string): string =>
  visible(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
