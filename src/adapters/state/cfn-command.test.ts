import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installCfnCommand } from './cfn-command.ts';

let stateHome: string;
beforeEach(() => {
  stateHome = mkdtempSync(join(tmpdir(), 'cfn-command-'));
});
afterEach(() => rmSync(stateHome, { recursive: true, force: true }));

const home = String.raw`C:\Users\José`;

it('is a batch file on Windows, and a script for Git Bash beside it', async () => {
  const folder = await installCfnCommand({
    stateHome,
    node: String.raw`C:\Program Files\100%\node.exe`,
    cli: String.raw`C:\Users\José\.vscode\extensions\cfn\dist\cli.js`,
    platform: 'win32',
    home,
  });
  expect(readdirSync(folder).sort()).toEqual(['cfn', 'cfn.cmd']);
  const batch = readFileSync(join(folder, 'cfn.cmd'), 'utf8').split('\r\n');
  // The interpreter would read the letter in another code page, and take a single percent sign for a variable.
  expect(batch.at(-2)).toBe(
    String.raw`"C:\Program Files\100%%\node.exe" "%USERPROFILE%\.vscode\extensions\cfn\dist\cli.js" %*`,
  );
  expect(readFileSync(join(folder, 'cfn'), 'utf8')).toBe(
    `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec 'C:/Program Files/100%/node.exe' 'C:/Users/José/.vscode/extensions/cfn/dist/cli.js' "$@"\n`,
  );
});

it('is one script elsewhere, which takes any letter of a path', async () => {
  const command = {
    stateHome,
    node: '/n',
    cli: `/it's/cli.js`,
    platform: 'darwin',
    home: '/Users/ada',
  } as const;
  const folder = await installCfnCommand(command);
  expect(readdirSync(folder)).toEqual(['cfn']);
  expect(readFileSync(join(folder, 'cfn'), 'utf8')).toContain(String.raw`exec '/n' '/it'\''s/cli.js' "$@"`);
  expect(await installCfnCommand(command)).toBe(folder);
});
