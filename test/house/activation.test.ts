import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const harness = fileURLToPath(new URL('../fixtures/activate.cjs', import.meta.url));
/** Of the file that every window loads. */
const MOST_BYTES = 150_000;

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cfn-activation-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Which programs the activation of the extension in `programs` loads, and which come in the turns after it. */
async function activate(programs: string, at: string | null) {
  const env = { ...process.env, CFN_STATE_HOME: join(folder, 'state') };
  const { stdout } = await run(process.execPath, [harness, programs, at ?? '-'], { env, cwd: folder });
  return JSON.parse(stdout) as { readonly during: readonly string[]; readonly after: readonly string[] };
}

describe('what every window pays for', () => {
  it(`the entry has at most ${MOST_BYTES} bytes; what is larger belongs into a file of LAZY in esbuild.mjs`, () => {
    expect(statSync(join(dist, 'extension.js')).size).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('activation loads no other program; the core comes behind it, where there is a folder', async () => {
    expect(await activate(dist, folder)).toEqual({ during: ['extension.js'], after: ['core.js'] });
    expect(await activate(dist, null)).toEqual({ during: ['extension.js'], after: [] });
  });

  it('an activation that loads one is noticed', async () => {
    copyFileSync(join(dist, 'epic-file.js'), join(folder, 'epic-file.js'));
    const planted = "exports.activate = async () => { await null; require('./epic-file.js'); };\n";
    writeFileSync(join(folder, 'extension.js'), planted);
    expect(await activate(folder, null)).toEqual({ during: ['extension.js', 'epic-file.js'], after: [] });
  });
});
