import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRequestParser,
  splitInline,
  type ParsedRequest,
  type RequestLimits,
} from './request-parser.ts';

const limits: RequestLimits = {
  inlineBytes: 65_536,
  arguments: 1000,
  bulkBytes: 1_000_000,
  commandBytes: 2_000_000,
};
const strict: RequestLimits = { inlineBytes: 65_536, arguments: 10, bulkBytes: 16_384, commandBytes: 65_536 };

const frame = (args: readonly string[]): string =>
  `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

function parse(chunks: readonly Buffer[], given = limits): ParsedRequest[] {
  const parser = createRequestParser();
  const parsed: ParsedRequest[] = [];
  for (const chunk of chunks) {
    parser.push(chunk);
    for (let next = parser.next(given); next; next = parser.next(given)) parsed.push(next);
  }
  return parsed;
}

const cut = (whole: Buffer, at: readonly number[]): Buffer[] => {
  const places = Array.from(
    new Set([0, ...at.map((place) => place % (whole.length + 1)), whole.length]),
  ).sort((a, b) => a - b);
  return places.slice(1).map((end, index) => whole.subarray(places[index], end));
};

const binary = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});

describe('the request parser', () => {
  it('reads the same commands from any split of the stream', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(binary, { minLength: 1, maxLength: 6 }), { maxLength: 5 }),
        fc.array(fc.nat(2000), { maxLength: 30 }),
        (commands, places) => {
          const whole = bytes(commands.map(frame).join(''));
          const expected = commands.map((args) => ({ kind: 'command', args }));
          expect(parse(cut(whole, places))).toEqual(expected);
          expect(
            parse(
              cut(
                whole,
                Array.from({ length: whole.length }, (_, at) => at),
              ),
            ),
          ).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('ends random bytes in commands or one error, the same for any split, and never throws', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
      fc
        .array(fc.constantFrom('*', '$', '1', '-', '9', '\r\n', '\r', '\n', 'a', '"', "'", '\\', 'x0', ' '), {
          maxLength: 60,
        })
        .map((parts) => bytes(parts.join(''))),
    );
    fc.assert(
      fc.property(noise, fc.array(fc.nat(300), { maxLength: 20 }), (whole, places) => {
        const once = parse([whole], strict);
        expect(parse(cut(whole, places), strict)).toEqual(once);
        expect(once.filter((request) => request.kind === 'invalid').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['*9999999\r\n', 'invalid multibulk length'],
    ['*x\r\n', 'invalid multibulk length'],
    ['*11\r\n', 'unauthenticated multibulk length'],
    ['*1\r\n$99999999999\r\n', 'unauthenticated bulk length'],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$x\r\n', 'invalid bulk length'],
    ['*1\r\n:1\r\n', "expected '$', got ':'"],
    [`*${'1'.repeat(200)}`, 'too big mbulk count string'],
    [`*1\r\n$${'1'.repeat(200)}`, 'too big bulk count string'],
    ['x'.repeat(70_000), 'too big inline request'],
    ['SET "a\r\n', 'unbalanced quotes in request'],
  ])('names what is wrong with %j', (text, message) => {
    expect(parse([bytes(text)], strict)).toEqual([
      { kind: 'invalid', message: `ERR Protocol error: ${message}` },
    ]);
  });

  it('stops at a command that is larger than all of it may be', () => {
    const parsed = parse([bytes(frame(Array.from({ length: 9 }, () => 'x'.repeat(16_000))))], strict);
    expect(parsed).toEqual([{ kind: 'invalid', message: 'ERR Protocol error: command too large' }]);
  });

  it('takes a large value in small pieces in linear time', () => {
    const whole = bytes(frame(['SET', 'k', 'v'.repeat(900_000)]));
    const pieces = Array.from({ length: Math.ceil(whole.length / 512) }, (_, at) =>
      whole.subarray(at * 512, at * 512 + 512),
    );
    const start = performance.now();
    expect(parse(pieces)).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it.each([
    ['SET a b', ['SET', 'a', 'b']],
    ['  SET   "a b"  \'c d\' ', ['SET', 'a b', 'c d']],
    ['"\\x41\\n\\"" x', ['A\n"', 'x']],
    ["'it\\'s'", ["it's"]],
    ['""', ['']],
    ['"a"b', null],
    ['"a', null],
    ['', []],
  ])('splits the inline command %j', (line, words) => {
    expect(splitInline(line)).toEqual(words);
  });
});
