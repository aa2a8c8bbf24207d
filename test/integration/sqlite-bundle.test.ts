import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-bundle-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('SQLite finds its program beside a bundled file, from any folder', async () => {
  const database = fileURLToPath(new URL('../../src/adapters/sqljs/database.ts', import.meta.url));
  await build({
    stdin: {
      contents: `import { openDatabase } from ${JSON.stringify(database)};
        openDatabase(null).then((database) => console.log(database.query('SELECT 6 * 7 AS n')[0].n));`,
      resolveDir: folder,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: join(folder, 'bundle.js'),
    logLevel: 'error',
  });
  const { resolve } = createRequire(import.meta.url);
  await copyFile(resolve('sql.js/dist/sql-wasm.wasm'), join(folder, 'sql-wasm.wasm'));
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'bundle.js')], {
    cwd: tmpdir(),
  });
  expect(stdout).toBe('42\n');
});
