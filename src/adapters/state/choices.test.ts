import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createChoices } from './choices.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-choices-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('remembers a choice whole, also for the next process, and takes a broken file for none', async () => {
  const choices = createChoices(folder);
  expect(await choices.read()).toEqual({ setUp: null, codePlace: null });
  await choices.remember({ setUp: 'none' });
  expect(await createChoices(folder).read()).toEqual({ setUp: 'none', codePlace: null });
  await choices.remember({ codePlace: 'container' });
  expect(await choices.read()).toEqual({ setUp: 'none', codePlace: 'container' });
  await choices.remember({ setUp: 'install' });
  expect(await choices.read()).toEqual({ setUp: 'install', codePlace: 'container' });
  expect(await readdir(folder)).toEqual(['choices.json']);
  for (const broken of ['', '{', '{"version":1,"setUp":"perhaps"}', '{"version":2,"setUp":"none"}']) {
    await writeFile(join(folder, 'choices.json'), broken);
    expect(await choices.read()).toEqual({ setUp: null, codePlace: null });
  }
});
