import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ExportRequest } from '../../app/export-loop.ts';
import { ok } from '../../base/result.ts';
import { dispatch } from '../dispatch.ts';
import { createTestLoop } from '../test-loop.ts';
import { createTestWorld } from '../test-service.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-export-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function start(...argv: readonly string[]) {
  const requests: ExportRequest[] = [];
  const world = createTestWorld({
    cwd: folder,
    loops: [createTestLoop()],
    service: {
      exportPatch: (_taskId, request) => {
        requests.push(request);
        const bytes = Uint8Array.of(70, 255, 0, 10);
        return Promise.resolve(ok({ bytes, fileName: 'fix-login.patch', from: 'a', to: 'b' }));
      },
    },
  });
  return { ...world, requests, exit: dispatch(['export', ...argv], '1.2.3', world.context) };
}

it('writes the bytes of a patch as they are, and never over a file', async () => {
  const written = start('fix-login', '--iteration', '2', '--agent', 'api', '-o', 'out.patch');
  expect(await written.exit).toBe(0);
  expect(written.requests).toEqual([{ iteration: 2, agentId: 'api', sinceFirstBase: false }]);
  expect(await readFile(join(folder, 'out.patch'))).toEqual(Buffer.of(70, 255, 0, 10));

  await writeFile(join(folder, 'mine'), 'mine');
  const refused = start('fix-login', '-o', 'mine');
  expect(await refused.exit).toBe(2);
  expect(refused.output.stderr).toBe('--output is "mine", which exists; it takes a new file.\n');
  expect(await readFile(join(folder, 'mine'), 'utf8')).toBe('mine');
});

it.each([
  [[], 'TASK_ID is missing'],
  [['fix-login', '--iteration', '0'], '--iteration is "0"; it takes a whole number from 1.'],
  [['fix-login', '--iteration', '1.5'], '--iteration is "1.5"'],
  [['fix-login', '--record', '--agent', 'a'], '--record takes the whole loop'],
])('refuses %j before the core is loaded', async (argv, sentence) => {
  const { exit, output, calls } = start(...argv);
  expect(await exit).toBe(2);
  expect(output.stderr).toContain(sentence);
  expect(calls).toEqual([]);
});
