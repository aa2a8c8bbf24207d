/** Redis's own patterns: `*`, `?`, `[a-z]`, `[^x]`, `\`. Backtracks to the last star only, so it is never exponential. */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let starText = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      starText = t;
      continue;
    }
    const next = p < pattern.length ? matchOne(pattern, p, text.charCodeAt(t)) : 0;
    if (next > 0) {
      p = next;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++starText;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p >= pattern.length;
}

/** Where the pattern goes on after one matched character; 0 when it does not match. */
function matchOne(pattern: string, at: number, code: number): number {
  const char = pattern[at];
  if (char === '?') return at + 1;
  if (char === '[') return matchClass(pattern, at + 1, code);
  if (char === '\\' && at + 1 < pattern.length) return pattern.charCodeAt(at + 1) === code ? at + 2 : 0;
  return pattern.charCodeAt(at) === code ? at + 1 : 0;
}

function matchClass(pattern: string, start: number, code: number): number {
  let at = start;
  const negated = pattern[at] === '^';
  if (negated) at++;
  let found = false;
  while (at < pattern.length && pattern[at] !== ']') {
    if (pattern[at] === '\\' && at + 1 < pattern.length) {
      at++;
      found ||= pattern.charCodeAt(at) === code;
      at++;
    } else if (pattern[at + 1] === '-' && at + 2 < pattern.length) {
      const ends = [pattern.charCodeAt(at), pattern.charCodeAt(at + 2)];
      found ||= code >= Math.min(...ends) && code <= Math.max(...ends);
      at += 3;
    } else {
      found ||= pattern.charCodeAt(at) === code;
      at++;
    }
  }
  return found === negated ? 0 : Math.min(at + 1, pattern.length);
}
