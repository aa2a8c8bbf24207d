/** Numbers and times as the editor's language writes them. */

/** Undefined where the editor was told a language that is none: its `argv.json` may say anything. */
function language(): string | undefined {
  try {
    return Intl.getCanonicalLocales(document.documentElement.lang)[0];
  } catch {
    return undefined;
  }
}

const TIME = new Intl.DateTimeFormat(language(), { hour: '2-digit', minute: '2-digit' });

/** `14:05`; of epoch milliseconds. */
export const timeOfDay = (at: number): string => TIME.format(at);

function decimals(digits: number): (value: number) => string {
  const format = new Intl.NumberFormat(language(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  // The formatter alone rounds some halves otherwise than the editor's side does for the same value.
  return (value) => format.format(Number(value.toFixed(digits)));
}

/** `1,125` */
export const integer = decimals(0);

/** `0.5` */
export const tenths = decimals(1);

/** `0.85` */
export const hundredths = decimals(2);
