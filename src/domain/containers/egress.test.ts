import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAddress, judgeEgress, parseEgressRule, providerRules, proxyVariables } from './egress.ts';

const rule = (text: string) => {
  const parsed = parseEgressRule(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};
const judge = (rules: readonly string[], host: string, port = 443) => {
  const verdict = judgeEgress(rules.map(rule), host, port);
  return verdict.allowed ? 'allowed' : verdict.why;
};

describe('a rule of the egress proxy', () => {
  it.each([
    ['api.example.com', { host: 'api.example.com', below: false, ports: [443, 80] }],
    ['*.Example.com.', { host: 'example.com', below: true, ports: [443, 80] }],
    ['models:8443', { host: 'models', below: false, ports: [8443] }],
  ])('is read from %s', (text, expected) => expect(rule(text)).toEqual(expected));

  it.each([
    '',
    '*',
    '*.',
    '*.com',
    'a b',
    'https://example.com',
    'example.com/x',
    'ex*mple.com',
    '127.0.0.1',
    '[::1]',
    '::1',
    '2130706433',
    '0x7f.1',
    'example.com:0',
    'example.com:65536',
    'example.com:443:443',
    'a..b',
    'bücher.example',
    'a'.repeat(64),
    `${'a.'.repeat(130)}b`,
  ])('is not %j', (text) => expect(parseEgressRule(text).ok).toBe(false));
});

describe('the egress proxy', () => {
  it.each([
    [['api.example.com'], 'api.example.com', 443, 'allowed'],
    [['api.example.com'], 'API.EXAMPLE.COM.', 443, 'allowed'],
    [['api.example.com'], 'api.example.com', 80, 'allowed'],
    [['api.example.com'], 'api.example.com', 22, 'port'],
    [['api.example.com'], 'api.example.com.evil.net', 443, 'host'],
    [['api.example.com'], 'xapi.example.com', 443, 'host'],
    [['api.example.com'], 'x.api.example.com', 443, 'host'],
    [['*.example.com'], 'a.b.example.com', 443, 'allowed'],
    [['*.example.com'], 'example.com', 443, 'host'],
    [['*.example.com'], 'evilexample.com', 443, 'host'],
    [['example.com:8443'], 'example.com', 443, 'port'],
    [['example.com:8443', 'example.com'], 'example.com', 443, 'allowed'],
    [[], 'example.com', 443, 'host'],
    [['example.com'], '127.0.0.1', 443, 'address'],
    [['example.com'], '[::ffff:127.0.0.1]', 443, 'address'],
    [['example.com'], '0x7f000001', 443, 'address'],
    [['example.com'], '017700000001', 443, 'address'],
    [['example.com'], 'example.com\r\nx', 443, 'malformed'],
    [['example.com'], 'example.com\0', 443, 'malformed'],
    [['example.com'], '', 443, 'malformed'],
  ])('with %j says of %s at %d: %s', (rules, host, port, expected) => {
    expect(judge(rules, host, port)).toBe(expected);
  });

  it('never lets an address through, whatever the rules', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4Extended(),
          fc.ipV6().map((ip) => `[${ip}]`),
          fc.ipV6(),
        ),
        (address) => {
          expect(isAddress(address)).toBe(true);
          expect(judge(['*.a.b', 'localhost'], address)).toBe('address');
        },
      ),
    );
  });

  it('says yes to nothing but what a rule names or lies below', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
    const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(name, name, fc.boolean(), (own, asked, below) => {
        const allowed = judge([below ? `*.${own}` : own], asked) === 'allowed';
        expect(allowed).toBe(below ? asked !== own && asked.endsWith(`.${own}`) : asked === own);
      }),
    );
  });

  it('always has the provider of the agent, at a gateway of one’s own too', () => {
    expect(providerRules('claude+acp', null)).toEqual([rule('api.anthropic.com')]);
    expect(providerRules('exec', null)).toEqual([]);
    expect(providerRules('claude', 'http://models.corp:4000/v1')).toEqual([
      { ...rule('models.corp:4000'), inside: true },
    ]);
    expect(providerRules('claude', 'https://openrouter.ai/api')).toEqual([
      { ...rule('openrouter.ai:443'), inside: true },
    ]);
    expect(providerRules('claude', 'http://127.0.0.1:11434')).toEqual([]);
  });

  it('is told to programs in all the spellings that they read', () => {
    const told = proxyVariables('http://u:t@10.0.0.1:1', ['redis']);
    expect(told['HTTPS_PROXY']).toBe(told['https_proxy']);
    expect(told['NO_PROXY']).toBe('localhost,127.0.0.1,::1,redis');
  });
});
