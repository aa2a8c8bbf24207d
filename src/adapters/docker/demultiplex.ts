/**
 * Takes an engine's stream apart: frames of one byte for the stream (1 output, 2 errors), three of zeros, four for the
 * length, then the text. Frames are cut anywhere between two calls.
 */

/** An engine writes at most what a program wrote at once, some tens of kilobytes. */
const LARGEST_FRAME = 16 * 1024 * 1024;
const HEADER = 8;
const STREAMS = { 1: 'stdout', 2: 'stderr' } as const;

export type Part = (stream: 'stdout' | 'stderr', chunk: Buffer) => void;

/** Gives whole parts of a frame as they come, never keeps a frame. Throws at what is no such stream. */
export function createDemultiplexer(onPart: Part): (chunk: Buffer) => void {
  const header = Buffer.alloc(HEADER);
  let filled = 0;
  let stream: 'stdout' | 'stderr' = 'stdout';
  let left = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (left > 0) {
        const part = chunk.subarray(at, at + left);
        onPart(stream, part);
        at += part.length;
        left -= part.length;
        continue;
      }
      const taken = chunk.copy(header, filled, at, at + HEADER - filled);
      at += taken;
      filled += taken;
      if (filled < HEADER) return;
      filled = 0;
      ({ stream, left } = readHeader(header));
    }
  };
}

function readHeader(header: Buffer): { readonly stream: 'stdout' | 'stderr'; readonly left: number } {
  const stream = STREAMS[header[0] as 1 | 2];
  const left = header.readUInt32BE(4);
  if (stream === undefined || left > LARGEST_FRAME)
    throw new Error("The engine's stream is no stream of frames.");
  return { stream, left };
}
