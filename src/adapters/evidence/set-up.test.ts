import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setupScript } from './set-up.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cfn-set-up-'));
  mkdirSync(join(root, '.cfn'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const put = (name: string, text = '') => writeFileSync(join(root, '.cfn', name), text);

describe('the set-up script', () => {
  it('is that of the platform', async () => {
    for (const name of ['setup.sh', 'setup.cmd', 'setup.ps1']) put(name);
    expect(await setupScript(root, 'win32')).toBe(
      String.raw`powershell -NoProfile -ExecutionPolicy Bypass -File .cfn\setup.ps1`,
    );
    rmSync(join(root, '.cfn', 'setup.ps1'));
    expect(await setupScript(root, 'win32')).toBe(String.raw`.cfn\setup.cmd`);
    expect(await setupScript(root, 'darwin')).toBe('sh .cfn/setup.sh');
    rmSync(join(root, '.cfn', 'setup.cmd'));
    expect(await setupScript(root, 'win32')).toBeNull();
  });

  it.skipIf(process.platform === 'win32')(
    'is run by itself where it may be, else by the shell it names',
    async () => {
      put('setup', '#!/usr/bin/env bash\n');
      expect(await setupScript(root, 'linux')).toBe('bash .cfn/setup');
      chmodSync(join(root, '.cfn', 'setup'), 0o755);
      expect(await setupScript(root, 'linux')).toBe('./.cfn/setup');
    },
  );
});
