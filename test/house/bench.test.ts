import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** The whole of `npm run bench` takes many minutes; that its parts can be loaded is seen in a second. */
it('npm run bench finds all that it measures with', async () => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
    scripts: Record<string, string>;
  };
  const command = scripts['bench']?.split(' && ').at(-1) ?? '';
  const [node, ...words] = command.split(' ');
  expect(node).toBe('node');
  const run = promisify(execFile)(process.execPath, [...words, '--only', 'nothing']);
  await expect(run).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^--only does not know "nothing"; it takes \w+/) as string,
  });
});
