import { StringDecoder } from 'node:string_decoder';

export interface LineSplitter {
  write(chunk: Buffer): void;
  /** Delivers what stands after the last line end. */
  end(): void;
}

/**
 * Cuts bytes into lines. A character split over two writes stays whole, and a line without an end cannot
 * grow memory: what exceeds `limit` characters is delivered in pieces.
 */
export function createLineSplitter(onLine: (line: string) => void, limit: number): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let pending: string[] = [];
  let size = 0;

  const flush = () => {
    const line = pending.join('');
    pending = [];
    size = 0;
    onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  };
  const add = (text: string) => {
    for (let rest = text; rest !== '';) {
      const piece = rest.slice(0, limit - size);
      pending.push(piece);
      size += piece.length;
      rest = rest.slice(piece.length);
      if (size >= limit) flush();
    }
  };
  const split = (text: string) => {
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      add(text.slice(start, end));
      flush();
      start = end + 1;
    }
    add(text.slice(start));
  };

  return {
    write: (chunk) => split(decoder.write(chunk)),
    end: () => {
      split(decoder.end());
      if (size > 0) flush();
    },
  };
}
