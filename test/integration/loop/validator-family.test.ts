import { execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { LoopBench, programs, removePrograms } from './fixture.ts';

const LIMIT_MS = 120_000;
/** As far as a dry run asks. */
const CLI = `#!/bin/sh
echo 1.0.0
`;

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

it.skipIf(process.platform === 'win32')(
  'validators are by a CLI of another model family where one is signed in, and the start says where they are not',
  async () => {
    const bin = join(bench.folder, 'fake-bin');
    const home = join(bench.folder, 'fake-home');
    await mkdir(bin);
    await mkdir(join(home, '.codex'), { recursive: true });
    for (const name of ['claude', 'codex']) {
      await writeFile(join(bin, name), CLI);
      await chmod(join(bin, name), 0o755);
    }
    const env = {
      ...bench.env,
      PATH: [bin, bench.env['PATH'] ?? process.env['PATH']].join(delimiter),
      SHELL: '/bin/sh',
      SHLVL: '1',
      HOME: home,
      OPENAI_API_KEY: '',
      CODEX_API_KEY: '',
    };
    const cli = join(await programs(), 'cli.js');
    const dryRun = (...flags: readonly string[]): string =>
      execFileSync(
        process.execPath,
        [cli, 'run', '--dry-run', '--mode', 'mvp', '--evidence', 'none', '--task', 'More', ...flags],
        { cwd: bench.repository, env, encoding: 'utf8' },
      );

    const same = 'Same model family as the implementers (Claude): validator-1, validator-2.';
    expect(dryRun()).toContain(same);
    const missing = dryRun('--validator-family', 'other');
    expect(missing).toContain('No agent CLI of another model family than Claude was found that is signed in');
    expect(missing).toContain(same);

    await writeFile(join(home, '.codex', 'auth.json'), '{}');
    const found = dryRun('--validator-family', 'other');
    expect(found).toMatch(/^- validator-1, validator, codex,/m);
    expect(found).toMatch(/^- implementer-1, implementer, claude,/m);
    expect(found).not.toContain('Same model family');
    await rm(home, { recursive: true });
  },
  LIMIT_MS,
);
