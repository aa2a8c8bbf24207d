const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = String.raw`(\d{1,9}(?:\.\d{1,6})?)\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])`;
/** `in 1m30s`, `in 3 hours 5 minutes`, `in 20s` behind what is to be done then. */
const IN = new RegExp(
  String.raw`\b(?:try|retry|retrying|again|wait|resets?|available)\b[^.\n]{0,60}?\b(?:in|for|after)\s+(?:about\s+)?((?:\d{1,9}(?:\.\d{1,6})?\s*[a-z]{1,12}[\s,]*(?:and\s+)?){1,4})`,
  'i',
);
/** The header as it is, and as it is told; `retryDelay` of Google. */
const AFTER =
  /\bretry[-_ ]?(?:after|delay)\b["']?\s*[:=]?\s*["']?(\d{1,9}(?:\.\d{1,6})?)\s*(ms\b|m(?:in(?:utes?)?)?\b|h(?:ours?)?\b)?/i;
const AFTER_DATE =
  /\bretry[-_ ]?after\b["']?\s*[:=]?\s*["']?([a-z]{3}, \d{2} [a-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT)/i;
/** `usage limit reached|1764230400` */
const EPOCH = /\|(\d{10})(?:\d{3})?\b/;

/** When a provider that refuses takes requests again, from its words; epoch milliseconds, null where it does not say. */
export function retryAtIn(text: string, now: number): number | null {
  const date = AFTER_DATE.exec(text)?.[1];
  if (date !== undefined) return Date.parse(date);
  const after = AFTER.exec(text);
  if (after) return now + Number(after[1]) * unitOf(after[2] ?? 's');
  const epoch = EPOCH.exec(text)?.[1];
  if (epoch !== undefined) return Number(epoch) * 1000;
  const words = IN.exec(text)?.[1];
  const parts = words === undefined ? [] : [...words.matchAll(new RegExp(PART, 'gi'))];
  if (parts.length === 0) return null;
  return now + parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitOf(unit ?? 's'), 0);
}

function unitOf(word: string): number {
  const unit = word.toLowerCase();
  const short = unit.startsWith('ms') || unit.startsWith('milli') ? 'ms' : unit.slice(0, 1);
  return UNITS[short] ?? 1000;
}
