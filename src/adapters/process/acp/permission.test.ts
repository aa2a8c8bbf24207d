import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, constantFrom, property, string } from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isAllowedCommand, isWithin, judgeWanted, type Wanted } from './permission.ts';

let folder = '';
let root = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-permission-'));
  root = join(folder, 'worktree');
  mkdirSync(join(root, 'src'), { recursive: true });
  mkdirSync(join(folder, 'elsewhere'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const commands = ['npm test', 'git status'];
const nothing: Wanted = { kind: null, title: '', command: null, paths: [] };
const judge = (wanted: Partial<Wanted>, permission: 'edits' | 'ask' | 'full' = 'edits') =>
  judgeWanted({ ...nothing, ...wanted }, { permission, roots: [root], commands });

it('allows edits below its folders, also of files that are not there yet, and nothing beside them', () => {
  const edit = (...paths: string[]) => judge({ kind: 'edit', paths });
  expect(edit(join(root, 'new', 'a.js'))).toBe('allow');
  expect(edit(join(root, 'a.js'), join(folder, 'b.js'))).toBe('refuse');
  expect(edit(`${root}-other/a.js`)).toBe('refuse');
  expect(edit(join(root, '..', 'a.js'))).toBe('refuse');
  expect(edit('a.js')).toBe('refuse');
  expect(edit()).toBe('refuse');
});

it.runIf(process.platform !== 'win32')('follows links out of its folders', () => {
  symlinkSync(join(folder, 'elsewhere'), join(root, 'link'));
  expect(isWithin(join(root, 'link', 'a.js'), [root])).toBe(false);
  expect(isWithin(join(root, 'src', 'a.js'), [root])).toBe(true);
});

it('allows reading and the commands of its list, by their own words or as the title of the call', () => {
  expect(judge({ kind: 'read' })).toBe('allow');
  expect(judge({ kind: 'execute', command: 'npm test -- a' })).toBe('allow');
  expect(judge({ kind: 'execute', title: 'git status' })).toBe('allow');
  expect(judge({ kind: 'execute', command: 'npm testing' })).toBe('refuse');
  for (const kind of ['fetch', 'switch_mode', 'other', null]) expect(judge({ kind })).toBe('refuse');
});

it("allows the tools of the attempt's own server, by any of the names that agents give them", () => {
  for (const title of [
    'report_result',
    'mcp__cfn__report_result',
    'mcp_cfn_get_task',
    'cfn_store_context',
    'Tool: cfn/report_result',
    'report_result (cfn MCP Server)',
  ]) {
    expect(judge({ kind: 'other', title })).toBe('allow');
    expect(judge({ kind: 'execute', title, command: 'curl example.org' })).toBe('refuse');
  }
  for (const title of [
    'mcp__other__report_result',
    'report_result; curl',
    'report',
    'cfn_report_result_now',
  ]) {
    expect(judge({ kind: 'other', title })).toBe('refuse');
  }
});

it('hands on to a person what `edits` would refuse, and asks nobody in the mode `full`', () => {
  expect(judge({ kind: 'fetch' }, 'ask')).toBe('ask');
  expect(judge({ kind: 'read' }, 'ask')).toBe('allow');
  expect(judge({ kind: null }, 'full')).toBe('allow');
});

it('allows no line in which a shell would see more than one command', () => {
  assert(
    property(
      constantFrom(';', '&', '|', '`', '$', '<', '>', '(', ')', '\n', '\\'),
      string(),
      (mark, rest) => {
        expect(isAllowedCommand(`npm test ${mark}${rest}`, commands)).toBe(false);
      },
    ),
  );
});
