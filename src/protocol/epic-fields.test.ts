import { expect, it } from 'vitest';
import { EPIC_FIELDS } from './epic-fields.ts';
import { parseEpic } from './epic-file.ts';

it('gives examples and values that an epic takes', () => {
  for (const [name, { example, values }] of Object.entries(EPIC_FIELDS)) {
    for (const value of [example, ...values]) {
      expect(parseEpic(`---\n${name}: ${value}\n---\nDo it.`), `${name}: ${value}`).toMatchObject({
        ok: true,
      });
    }
  }
});
