import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { formatFrontMatter } from './epic-format.ts';

describe('the formatter of front matter', () => {
  it('gives one style and keeps comments, quotes, blank lines and numbers as they are', () => {
    const written = [
      '# who works',
      'mode:   standard',
      'gate: 0.80 # at least',
      '',
      'agents:   [ api=claude,"@reviewer" ]',
      'parts:',
      '    - { task: The API, files: ["src/api/**"] }   # first',
      '    - { task:   The table, files: [ web ] }',
      '# the end',
    ].join('\n');
    expect(formatFrontMatter(written)).toBe(
      [
        '# who works',
        'mode: standard',
        'gate: 0.80 # at least',
        '',
        'agents: [api=claude, "@reviewer"]',
        'parts:',
        '  - {task: The API, files: ["src/api/**"]} # first',
        '  - task: The table',
        '    files: [web]',
        '',
        '# the end',
      ].join('\n'),
    );
  });

  it('leaves alone what is in order, not valid, or nothing but comments', () => {
    expect(formatFrontMatter('mode: mvp\nagents: [demo]')).toBeNull();
    expect(formatFrontMatter('mode: [')).toBeNull();
    expect(formatFrontMatter('mode: mvp\nmode: mvp')).toBeNull();
    expect(formatFrontMatter('# nothing yet')).toBeNull();
    expect(formatFrontMatter('')).toBeNull();
  });

  it('is done after one time where a mapping without a key stands in a list', () => {
    const formatted = formatFrontMatter('mode: [:] # ');
    expect(formatted === null ? null : formatFrontMatter(formatted)).toBeNull();
  });

  it('changes no value, loses no comment and is done after one time, whatever it is given', () => {
    const word = fc.stringMatching(/^[a-z@"'#:,[\]{} -]{0,12}$/);
    const line = fc.tuple(fc.constantFrom('mode', 'gate', 'agents', '  - x', 'parts', '# c'), word, word);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const text = lines.map(([key, value, note]) => `${key}: ${value} # ${note}`).join('\n');
        const formatted = formatFrontMatter(text);
        if (formatted === null) return;
        expect(parseDocument(formatted).toJS()).toEqual(parseDocument(text).toJS());
        expect(formatFrontMatter(formatted)).toBeNull();
      }),
    );
  });
});
