import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMANDS } from '../../src/adapters/embedded/command-table.ts';
import { UNLOCK_SCRIPT } from '../../src/adapters/embedded/commands/locks.ts';

it('the page on coordination names every command of the store and no other', () => {
  const page = readFileSync('docs/coordination.md', 'utf8');
  const listed = /## Commands\n\n([A-Z\s]+)\n/.exec(page)?.[1]?.trim().split(/\s+/) ?? [];
  const own = Array.from(page.matchAll(/`(CFN\.[A-Z]+)/g), ([, name = '']) => name);
  const declared = Array.from(COMMANDS.keys(), (name) => name.toUpperCase());
  expect([...listed, ...new Set(own)].sort()).toEqual(declared.sort());
  expect(page).toContain(UNLOCK_SCRIPT);
});
