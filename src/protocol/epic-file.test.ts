import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEpic } from './epic-file.ts';

const failure = (text: string) => {
  const result = parseEpic(text);
  return result.ok ? 'accepted' : `${result.error.line}: ${result.error.message}`;
};

const EPIC = `---
mode: enterprise
gate: 0.85
consensus: 0.9
iterations: 5
strategy: split
agents: [api=claude, "web=exec:sh -c 'x'"]
validators:
  - codex
productOwner: claude+human
evidence: [npm test]
timeout: 1200
budget: 7.5
priority: high
deliverables: [src/auth.ts]
parts:
  - { task: The API, files: ["src/api/**"] }
  - task: The web
---

# Sign-in

Implement user authentication.

## Requirements

- JWT
- Password hashing
  with argon2
1. Sessions

## Acceptance
* [ ] \`npm test\` is green
`;

describe('an epic file', () => {
  it('[FL-101] holds settings, a description, requirements and acceptance', () => {
    expect(parseEpic(EPIC)).toEqual({
      ok: true,
      value: {
        settings: {
          mode: 'enterprise',
          gate: 0.85,
          consensus: 0.9,
          iterations: 5,
          strategy: 'split',
          agents: ['api=claude', "web=exec:sh -c 'x'"],
          validators: ['codex'],
          productOwner: 'claude+human',
          evidence: ['npm test'],
          timeout: 1200,
          budget: 7.5,
          priority: 'high',
          deliverables: ['src/auth.ts'],
          parts: [{ task: 'The API', files: ['src/api/**'] }, { task: 'The web' }],
        },
        description: '# Sign-in\n\nImplement user authentication.',
        requirements: ['JWT', 'Password hashing with argon2', 'Sessions'],
        acceptance: ['`npm test` is green'],
        warnings: [],
      },
    });
  });

  it('reads the same with a byte order mark and Windows line ends', () => {
    expect(parseEpic(`\uFEFF${EPIC.replaceAll('\n', '\r\n')}`)).toEqual(parseEpic(EPIC));
  });

  it('needs no front matter, and takes an empty one', () => {
    expect(parseEpic('Do it.')).toMatchObject({ ok: true, value: { settings: {}, description: 'Do it.' } });
    expect(parseEpic('---\n---\nDo it.')).toMatchObject({ ok: true, value: { settings: {} } });
    expect(parseEpic('---\n# nothing\n---\nDo it.\n---\nmore')).toMatchObject({
      value: { description: 'Do it.\n---\nmore' },
    });
  });

  it('leaves "##" alone within fenced code', () => {
    expect(parseEpic('Write this:\n````md\n## Requirements\n```\n- x\n````\n### Sub\n')).toMatchObject({
      value: {
        description: 'Write this:\n````md\n## Requirements\n```\n- x\n````\n### Sub',
        requirements: [],
      },
    });
  });

  it('says what reaches no agent', () => {
    expect(parseEpic('Do it.\n## Notes\n- a\n## Requirements\nprose\n- b\nlazy\n')).toMatchObject({
      value: {
        requirements: ['b'],
        warnings: [
          { line: 2, message: 'The section "Notes" is not given to the agents.' },
          { line: 5, message: 'Only lists are read under "requirements"; this line is not.' },
          { line: 7, message: 'Only lists are read under "requirements"; this line is not.' },
        ],
      },
    });
  });

  it.each([
    ['---\nmode: mvp\n', '1: The front matter that begins with "---" is never closed.'],
    ['---\nmode: mvp\ngate: 2\n---\nx', '3: gate is 2; it takes a number from 0 to 1.'],
    ['---\ngate: "0.8"\n---\nx', '2: gate is "0.8"; it takes a number from 0 to 1.'],
    ['---\ngate: .nan\n---\nx', '2: gate is NaN; it takes a number from 0 to 1.'],
    ['---\nmode: no\n---\nx', '2: mode is "no"; it takes mvp, standard or enterprise.'],
    ['---\n- a\n---\nx', '2: The front matter must be a mapping of names to values.'],
    [
      '---\nmode: mvp\nparts:\n  - task: a\n  - files: []\n---\nx',
      '5: parts is [{"task":"a"},{"files":[]}]; it takes a list of { task: TEXT, files: [GLOB] }.',
    ],
    [
      '---\nmode: mvp\n---\n\n## Requirements\n- a\n',
      '4: The description is empty; it takes text before the first "##".',
    ],
    ['', '1: The description is empty; it takes text before the first "##".'],
  ])('refuses %j with the line', (text, sentence) => {
    expect(failure(text)).toBe(sentence);
  });

  it('refuses unknown keys, keys said twice, broken YAML, custom tags and alias bombs', () => {
    expect(failure('---\nmode: mvp\n\nmax-iterations: 3\n---\nx')).toMatch(
      /^4: "max-iterations" is not known here/,
    );
    expect(failure('---\n__proto__: { gate: 0 }\n---\nx')).toMatch(/^2: "__proto__" is not known here/);
    expect(failure('---\ngate: 0.1\ngate: 0.9\n---\nx')).toMatch(
      /^3: The front matter is not valid YAML: Map keys/,
    );
    expect(failure('---\nagents: [a\nmode: mvp\n---\nx')).toMatch(/^\d+: The front matter is not valid YAML/);
    expect(failure('---\nmode: !!js/function x\n---\nx')).toMatch(/^2: The front matter is not valid YAML/);
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
    for (let n = 1; n < 9; n += 1)
      bomb.push(
        `a${n}: &a${n} [${Array(9)
          .fill(`*a${n - 1}`)
          .join(',')}]`,
      );
    expect(failure(`---\n${bomb.join('\n')}\n---\nx`)).toMatch(/^2: The front matter cannot be read/);
    expect(failure('x'.repeat(1_000_001))).toMatch(/more than 1,000,000 characters/);
  });

  it('never throws, whatever it is given', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '---',
        '\n',
        'agents:',
        '- ',
        '## Requirements',
        '&a',
        '*a',
        '!!',
        '{',
        '"',
        '? ',
        '```',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, front) => {
        expect(parseEpic(`${front ? '---\n' : ''}${pieces.join('')}\n---\nx`)).toHaveProperty('ok');
      }),
      { numRuns: 300 },
    );
  });
});
