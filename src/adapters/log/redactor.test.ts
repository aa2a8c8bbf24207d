import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeRedactor, secretsOfEnvironment } from './redactor.ts';

const SECRET = 'p@ss/w+rd "quoted" ü–ñ 42';
const mark = (secret: string): string =>
  `[secret sha256:${createHash('sha256').update(secret).digest('hex').slice(0, 8)}]`;

describe('a redactor', () => {
  it('[X-19] [DP-093] shows a part of the hash instead of the secret, never its first characters', () => {
    const redactor = createNodeRedactor(['sesame-open-1']);
    expect(redactor.redact('key=sesame-open-1!')).toBe(`key=${mark('sesame-open-1')}!`);
    expect(mark('sesame-open-1')).toMatch(/^\[secret sha256:[0-9a-f]{8}\]$/);
  });

  it.each([
    ['as it is', SECRET],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in a URL with small digits', encodeURIComponent(SECRET).replace(/%../g, (code) => code.toLowerCase())],
    ['in JSON', JSON.stringify({ text: SECRET })],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['in base64 after one byte', Buffer.from(`:${SECRET}`).toString('base64')],
    ['in base64 between other text', Buffer.from(`user:${SECRET}:more`).toString('base64')],
    ['in base64 after two bytes', Buffer.from(`ab${SECRET}`).toString('base64url')],
  ])('knows a secret %s', (_, text) => {
    const shown = createNodeRedactor([SECRET]).redact(`before ${text} after`);
    expect(shown).toContain(mark(SECRET));
    expect(shown.startsWith('before ') && shown.endsWith(' after')).toBe(true);
    expect(shown.length).toBeLessThan('before  after'.length + 50);
  });

  it('takes the longer one of two secrets that begin alike', () => {
    const redactor = createNodeRedactor(['secret-one', 'secret-one-and-more']);
    expect(redactor.redact('secret-one-and-more')).toBe(mark('secret-one-and-more'));
  });

  it('does not take short words for secrets', () => {
    const redactor = createNodeRedactor(['abc', '']);
    expect(redactor.add('12345')).toBe(false);
    expect(redactor.redact('abc 12345')).toBe('abc 12345');
  });

  // Put together here, so that nothing in this file looks like a key.
  const tail = 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8';
  it.each([
    ['sk-', `sk-${tail}`],
    ['ghp_', `ghp_${tail}`],
    ['glpat-', `glpat-${tail}`],
    ['AKIA', `AKIA${tail.toUpperCase().slice(0, 16)}`],
    ['AIza', `AIza${tail.slice(0, 35)}`],
    ['xoxb-', `xoxb-${tail}`],
    ['npm_', `npm_${tail}`],
    ['a JSON web token', `eyJ${tail}.${tail}.${tail}`],
    ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${tail}\n-----END RSA PRIVATE KEY-----`],
  ])('knows the shape of %s', (_, key) => {
    expect(createNodeRedactor().redact(`x ${key} y`)).toBe(`x ${mark(key)} y`);
  });

  it('keeps the words around a secret that is known by its place', () => {
    const { redact } = createNodeRedactor();
    expect(redact(`Authorization: Bearer ${tail}`)).toBe(`Authorization: Bearer ${mark(tail)}`);
    expect(redact('redis://default:hunter22@127.0.0.1:6379')).toBe(
      `redis://default:${mark('hunter22')}@127.0.0.1:6379`,
    );
    expect(redact('OPENAI_API_KEY=not-so-secret node x.js')).toBe(
      `OPENAI_API_KEY=${mark('not-so-secret')} node x.js`,
    );
  });

  it('leaves ordinary text alone', () => {
    const { redact } = createNodeRedactor();
    const text =
      'PASSWORD= and token: see https://example.org:8080/a?b=c, commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad';
    expect(redact(text)).toBe(text);
  });

  it('redacts plain data wherever a string stands in it', () => {
    const redactor = createNodeRedactor(['sesame-open-1']);
    const error = new Error('failed with sesame-open-1');
    const shown = redactor.redactData({ list: ['a', { deep: 'sesame-open-1' }], error, n: 1, none: null });
    expect(JSON.stringify(shown)).not.toContain('sesame-open-1');
    expect(shown).toMatchObject({ list: ['a', { deep: mark('sesame-open-1') }], n: 1, none: null });
  });

  it('shows the same for a text however it is cut into pieces', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${tail}\n${tail}\n-----END PRIVATE KEY-----`;
    const pieces = fc.oneof(
      fc.constantFrom(
        SECRET,
        'two\nlines secret',
        key,
        `sk-${tail}`,
        Buffer.from(SECRET).toString('base64'),
        '\n',
        ' ',
      ),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 12 }),
        fc.array(fc.nat(400), { maxLength: 10 }),
        (texts, cuts) => {
          const redactor = createNodeRedactor([SECRET, 'two\nlines secret']);
          const text = texts.join('');
          const stream = redactor.stream();
          const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
          const shown = places.slice(1).map((end, index) => stream.push(text.slice(places[index], end)));
          expect(shown.join('') + stream.end()).toBe(redactor.redact(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('lets a line without an end go in parts, and no secret with it', () => {
    const redactor = createNodeRedactor([SECRET]);
    const stream = redactor.stream();
    let shown = '';
    let longest = 0;
    for (let n = 0; n < 200; n += 1) {
      const part = stream.push(`${'x'.repeat(990)}${SECRET}`);
      shown += part;
      longest = Math.max(longest, part.length);
    }
    expect(longest).toBeGreaterThan(0);
    shown += stream.end();
    expect(shown).toBe(`${'x'.repeat(990)}${mark(SECRET)}`.repeat(200));
  });

  it.each([
    'a+b.c-',
    'eyJaaaaaaaaaaaaa-',
    'eyJaaaaaaaaaaaaa.',
    'http://',
    '://a:',
    '-----BEGIN PRIVATE KEY-----',
    'A_',
    'bearer ',
    'API_KEY=',
  ])('does not take long on half a megabyte of %j', (text) => {
    const long = text.repeat(Math.ceil(500_000 / text.length));
    const redactor = createNodeRedactor([SECRET]);
    const stream = redactor.stream();
    const startedAt = performance.now();
    redactor.redact(long);
    stream.push(long);
    stream.end();
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('finds secrets in an environment by their names', () => {
    expect(
      secretsOfEnvironment({ ANTHROPIC_API_KEY: 'one', npm_token: 'two', PATH: '/bin', SECRET: '' }),
    ).toEqual(['one', 'two']);
  });
});
