/** Keeps the last `limit` characters of a text that arrives in parts, at constant memory. */
export function createTail(limit: number): { add(text: string): void; text(): string } {
  let parts: string[] = [];
  let length = 0;
  const compact = () => {
    const joined = parts.join('').slice(-limit);
    // A cut through a surrogate pair would leave half a character at the start.
    const first = joined.charCodeAt(0);
    const whole = first >= 0xdc00 && first <= 0xdfff ? joined.slice(1) : joined;
    parts = [whole];
    length = whole.length;
    return whole;
  };
  return {
    add(text) {
      parts.push(text);
      length += text.length;
      if (length > limit * 2) compact();
    },
    text: compact,
  };
}
