import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optionalEvidence, readEvidence } from './evidence-command.ts';

const KINDS = ['test', 'typecheck', 'lint', 'build'] as const;

describe('kinds of evidence', () => {
  it.each([
    ['npm test', 'test'],
    ['npx tsc --noEmit', 'typecheck'],
    ['npm run typecheck', 'typecheck'],
    ['npx eslint .', 'lint'],
    ['cargo clippy -- -D warnings', 'lint'],
    ['pnpm build', 'build'],
    ['npm run lint && npm test', 'test'],
    ['npm run linty', 'test'],
    ['./lint: x', 'test'],
  ])('takes %s as it is for %s', (item, kind) => {
    expect(readEvidence(item)).toEqual({ kind, command: item, required: true, written: false });
  });

  it('reads back what it writes, whatever the command', () => {
    const command = fc.string({ minLength: 1 }).filter((text) => text.trim() === text);
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), command, (kind, text) => {
        const expected = { kind, command: text, written: true };
        expect(readEvidence(optionalEvidence(kind, text))).toEqual({ ...expected, required: false });
        expect(readEvidence(`${kind}: ${text}`)).toEqual({ ...expected, required: true });
      }),
    );
  });

  it('changes nothing of a command without a prefix, and requires it', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^\s*(?:test|typecheck|lint|build)\??:\s/.test(text));
        expect(readEvidence(text)).toMatchObject({ command: text, required: true, written: false });
      }),
    );
  });
});
