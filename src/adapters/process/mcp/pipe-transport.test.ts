import { array, assert, asyncProperty, constantFrom, integer, string } from 'fast-check';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { createPipeTransport, MAX_LINE } from './pipe-transport.ts';

const message = (method: string) => JSON.stringify({ jsonrpc: '2.0', method });

function opened() {
  const transport = createPipeTransport();
  const seen: unknown[] = [];
  const closed: true[] = [];
  const errors: string[] = [];
  Object.assign(transport, {
    onmessage: (one: unknown) => seen.push(one),
    onclose: () => closed.push(true),
    onerror: ({ message: text }: Error) => errors.push(text),
  });
  return { transport, seen, closed, errors };
}

it('gives the same messages for every way to cut the bytes', async () => {
  const line = constantFrom('', 'no message', message('a'), message('ü€😀'), `${message('b')}\r`);
  await assert(
    asyncProperty(array(line), array(integer({ min: 1, max: 20 }), { minLength: 1 }), async (lines, cuts) => {
      const { transport, seen } = opened();
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = cuts[turn % cuts.length] ?? 1;
        transport.feed(bytes.subarray(at, at + size));
        at += size;
      }
      const wanted = lines.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text) as unknown);
      expect(seen).toEqual(wanted);
    }),
  );
});

it('reads any text without a throw', async () => {
  await assert(
    asyncProperty(string(), async (text) => {
      opened().transport.feed(Buffer.from(`${text}\n`));
    }),
  );
});

it('lets go of a server that writes a line without an end', () => {
  const { transport, closed, errors } = opened();
  const chunk = Buffer.alloc(16 * 1024 * 1024, 97);
  for (let written = 0; written <= MAX_LINE; written += chunk.length) transport.feed(chunk);
  transport.feed(Buffer.from(`\n${message('a')}\n`));
  expect([closed, errors]).toEqual([[true], [`The server wrote a line of more than ${MAX_LINE} bytes.`]]);
});

it('writes a message a line, and nothing to a server that is gone', async () => {
  const { transport, closed } = opened();
  const stdin = new PassThrough();
  let end: (how: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => (end = resolve));
  transport.open({ stdin, ended, end: () => Promise.resolve() });
  await transport.send({ jsonrpc: '2.0', method: 'a' });
  expect(String(stdin.read())).toBe(`${message('a')}\n`);
  end('gone');
  await ended;
  await expect(transport.send({ jsonrpc: '2.0', method: 'b' })).rejects.toThrow('The server is gone.');
  expect(closed).toEqual([true]);
});
