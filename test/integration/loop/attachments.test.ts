import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, last, LoopBench, removePrograms } from './fixture.ts';

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex');
/** A shell that took it for words, or a terminal that took it for orders, would show it. */
const HOSTILE = "$(touch hacked) '\u202e; touch hacked;\u001b[2J.png";
const files = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).map((each) =>
    join(each.parentPath, each.name),
  );

it('gives every agent copies of what was attached, also of a loop that goes on from this one', async () => {
  const notes = join(bench.folder, 'Notes.md');
  const picture = join(bench.folder, HOSTILE);
  writeFileSync(notes, '# Add, do not subtract\n');
  writeFileSync(picture, PNG);
  const attached = `"$(dirname "$CFN_RESULT_FILE")/attachments"`;
  const scenario = {
    ...GOOD,
    implementer: [
      { ...GOOD.implementer[0], run: [`cp ${attached}/1-Notes.md notes.md`, `cp ${attached}/2-* picture`] },
    ],
    // A judge has copies too, and what it does to them is its own business.
    validator: [{ ...GOOD.validator[0], run: [`echo changed > ${attached}/1-Notes.md`] }],
  };
  const given = ['--evidence', 'git --version', '--attach', notes, '--attach', picture];
  const run = await bench.run(scenario, ...given);
  expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining('2 files are attached.') });
  expect(run.events[0]?.['attachments']).toEqual([
    {
      name: 'Notes.md',
      bytes: 23,
      sha256: createHash('sha256').update('# Add, do not subtract\n').digest('hex'),
    },
    { name: HOSTILE, bytes: PNG.length, sha256: createHash('sha256').update(PNG).digest('hex') },
  ]);
  const branch = String(last(run, 'LoopFinished')?.['branch']);
  expect(bench.git('show', `${branch}:notes.md`)).toBe('# Add, do not subtract');
  expect(bench.git('ls-tree', '--name-only', branch).split('\n')).toEqual(
    expect.arrayContaining(['notes.md', 'picture']),
  );
  expect(files(bench.folder).filter((file) => file.endsWith('hacked'))).toEqual([]);
  const prompts = files(join(bench.folder, 'state')).filter((file) => file.endsWith('prompt.md'));
  expect(prompts).toHaveLength(4);
  for (const prompt of prompts) {
    const text = readFileSync(prompt, 'utf8');
    const path = /^- (\/.*1-Notes\.md) \(text, 23 bytes\), named "Notes\.md"$/m.exec(text)?.[1] ?? '';
    expect(path).toContain('/out/attachments/');
    // Every agent has ended.
    expect(existsSync(path)).toBe(false);
    expect(text).toContain('(image, 10 bytes), named "$(touch hacked) \'·; touch hacked;·[2J.png"');
  }

  rmSync(notes);
  rmSync(picture);
  const more = await bench.cfn('continue', 'sum', '--task', 'Once more', '--task-id', 'more', '--json');
  expect(more.events[0]?.['attachments']).toEqual(run.events[0]?.['attachments']);
}, 120_000);

it('refuses what it cannot take in one sentence, and makes nothing', async () => {
  const refused = await bench.run(GOOD, '--attach', 'none.txt');
  expect(refused).toMatchObject({ code: 2, events: [] });
  expect(refused.stderr).toMatch(
    /^The attachment ".*none\.txt" is not there; it takes a file of at most 10 MB\.\n$/,
  );
  expect((await bench.cfn('status', '--json')).events).toEqual([]);
});
