/** Numbers and times as the editor's language writes them. */

/** Undefined where the editor was told a language that is none: its `argv.json` may say anything. */
function language(): string | undefined {
  try {
    return Intl.getCanonicalLocales(document.documentElement.lang)[0];
  } catch {
    return undefined;
  }
}

/** Made when first used: the first of them costs a page more than all the rest of its beginning. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const time = once(() => new Intl.DateTimeFormat(language(), { hour: '2-digit', minute: '2-digit' }));

/** `14:05`; of epoch milliseconds. */
export const timeOfDay = (at: number): string => time().format(at);

function decimals(digits: number): (value: number) => string {
  const format = once(
    () => new Intl.NumberFormat(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  return (value) => {
    // The formatter alone rounds some halves otherwise than the editor's side does for the same value.
    const rounded = value.toFixed(digits);
    return isEnglish() && Math.abs(value) < 999 ? rounded : format().format(Number(rounded));
  };
}

/** Whose small numbers need no formatter. */
const isEnglish = once(() => /^en\b/i.test(document.documentElement.lang));

/** `1,125` */
export const integer = decimals(0);

/** `0.5` */
export const tenths = decimals(1);

/** `0.85` */
export const hundredths = decimals(2);
