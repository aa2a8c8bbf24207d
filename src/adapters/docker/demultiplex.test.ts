import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDemultiplexer } from './demultiplex.ts';

const frame = (stream: number, text: Uint8Array): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, text]);
};

describe('createDemultiplexer', () => {
  it('gives the same bytes for every way to cut the stream', () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (given, cuts) => {
        const whole = Buffer.concat(given.map(([stream, text]) => frame(stream, text)));
        const seen = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
        const feed = createDemultiplexer((stream, chunk) => seen[stream].push(Buffer.from(chunk)));
        for (let at = 0, turn = 0; at < whole.length; turn += 1) {
          const size = cuts[turn % cuts.length] ?? 1;
          feed(whole.subarray(at, at + size));
          at += size;
        }
        for (const [name, id] of [
          ['stdout', 1],
          ['stderr', 2],
        ] as const) {
          const wanted = given.flatMap(([stream, text]) => (stream === id ? [...text] : []));
          expect(Buffer.concat(seen[name]).toJSON().data).toEqual(wanted);
        }
      }),
    );
  });

  it.each([
    ['a frame of 4 GB', Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])],
    ['a stream that there is not', Buffer.from([9, 0, 0, 0, 0, 0, 0, 1])],
  ])('refuses %s', (_, bytes) => {
    expect(() => createDemultiplexer(() => undefined)(bytes)).toThrow('no stream of frames');
  });
});
