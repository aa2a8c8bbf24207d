import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentOfLine, findLinks } from './find-links.ts';

const links = (line: string) =>
  findLinks(line, new Set(['api-1', 'web'])).map((link) =>
    link.kind === 'agent' ? link.id : `${link.path}|${link.line}|${link.column}`,
  );

describe('links in output', () => {
  it.each([
    ['src/sum.ts:12:5 - error', ['src/sum.ts|12|5']],
    ['at add (/w/agent/src/sum.ts:3:1)', ['/w/agent/src/sum.ts|3|1']],
    ['src/sum.ts(7,2): error TS2304', ['src/sum.ts|7|2']],
    [String.raw`C:\w\a.ts:9`, [String.raw`C:\w\a.ts|9|1`]],
    ['../secret.txt:1 ./a.py:2', ['../secret.txt|1|1', './a.py|2|1']],
    ['10:00:01 api-1 tool: read web/a.ts:4', ['api-1', 'web/a.ts|4|1']],
    ['http://localhost:3000 12:30 v1.2:3', []],
    ['src/sum.ts is fine', []],
    ['api-10 xapi-1 api-1.log', []],
    ['web, api-1: done', ['web', 'api-1']],
  ])('of %s are %j', (line, expected) => {
    expect(links(line)).toEqual(expected);
  });

  it('are found in reasonable time and place, whatever the line', () => {
    expect(links(`${'a/'.repeat(50_000)}b.ts:1`)).toEqual([]);
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (line) => {
        for (const { start, length } of findLinks(line, new Set(['a']))) {
          expect(start + length).toBeLessThanOrEqual(line.length);
        }
      }),
    );
  });

  it('belong to the agent that a line of `cfn logs` names', () => {
    expect(agentOfLine('10:00:01 api-1 tool-result: ok')).toBe('api-1');
    expect(agentOfLine('10:00:01 ▸ npm test')).toBeNull();
    expect(agentOfLine('api-1 tool: x')).toBeNull();
  });
});
