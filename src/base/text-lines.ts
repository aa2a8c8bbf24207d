/** Cuts pieces of text into lines. A line beyond `limit` characters ends it: `onTooLong` is told once, and nothing after. */
export function createTextLines(
  limit: number,
  { onLine, onTooLong }: { readonly onLine: (line: string) => void; readonly onTooLong: () => void },
): (piece: string) => void {
  let pending: string[] = [];
  let size = 0;
  let ended = false;
  return (piece) => {
    if (ended) return;
    let start = 0;
    let end = piece.indexOf('\n');
    while (end >= 0 && size + end - start <= limit) {
      const line = [...pending, piece.slice(start, end)].join('');
      pending = [];
      size = 0;
      start = end + 1;
      end = piece.indexOf('\n', start);
      onLine(line);
    }
    pending.push(piece.slice(start));
    size += piece.length - start;
    if (size <= limit) return;
    ended = true;
    pending = [];
    onTooLong();
  };
}
