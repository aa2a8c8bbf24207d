import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PRESET_IDS } from './presets.ts';
import { providers } from './registry.ts';
import { flagsOf, judge, verifyAgents } from './verify.ts';
import { compareVersions, placeInRange } from '../../domain/agents/versions.ts';

const claude = providers.get('claude')!;

describe('versions', () => {
  it.each([
    ['2.1.329', '2.1.331', -1],
    ['2.1.40', '2.1.331', -1],
    ['0.100.0', '0.99.9', 1],
    ['1.2', '1.2.0', 0],
    ['1.2.0-beta.1', '1.2.0', 0],
    ['3', '2.99.99', 1],
  ])('compares %s with %s', (a, b, sign) => {
    expect(Math.sign(compareVersions(a, b))).toBe(sign);
    expect(Math.sign(compareVersions(b, a)) + sign).toBe(0);
  });

  it('takes both ends of a range for inside', () => {
    const range = { from: '1.2.3', to: '1.4.0' };
    const places = ['1.2.2', '1.2.3', '1.3', '1.4.0', '1.4.1'].map((version) => placeInRange(version, range));
    expect(places).toEqual(['older', 'inside', 'inside', 'inside', 'newer']);
  });
});

describe('what is said of an installed CLI', () => {
  it.each([
    ['2.1.331', [], 'verified', 'was verified'],
    ['2.1.400', [], 'other-version', 'newer than 2.1.331'],
    ['1.0.0', [], 'other-version', 'older than 2.1.329'],
    ['2.1.331', ['--print'], 'missing-flags', 'does not know --print'],
    [null, [], 'silent', 'did not tell its version'],
    ['2.1.331', null, 'silent', 'did not tell its flags'],
  ] as const)('%s without %j is %s', (version, missing, status, text) => {
    const judged = judge(claude, version, missing);
    expect(judged.status).toBe(status);
    expect(judged.message).toContain(text);
    expect(judged.message).toMatch(/^claude [^\n]*\.$/);
  });
});

it('knows the flags of a preset from the command lines themselves', () => {
  expect(flagsOf(claude, false)).not.toContain('--resume');
  expect(flagsOf(claude, true)).toEqual(
    expect.arrayContaining(['--print', '--resume', '--model', '--add-dir']),
  );
  for (const id of PRESET_IDS) {
    const preset = providers.get(id)!;
    expect(flagsOf(preset, true).length).toBeGreaterThanOrEqual(2);
    expect(preset.helpArgs.length).toBeGreaterThan(0);
    expect(preset.verified).not.toBeNull();
  }
});

describe.runIf(process.platform !== 'win32')('an installed program', () => {
  const folders: string[] = [];
  afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  async function verified(help: string, preset = 'claude') {
    const folder = mkdtempSync(join(tmpdir(), 'cfn-verify-'));
    folders.push(folder);
    const script = `#!/bin/sh\n[ "$1" = --version ] && echo "2.1.330 (Claude Code)" && exit\necho '${help}'\n`;
    writeFileSync(join(folder, 'claude'), script);
    chmodSync(join(folder, 'claude'), 0o755);
    const found = await verifyAgents({ PATH: folder }, preset);
    return found.ok ? found.value : found.error;
  }
  const flags = [...flagsOf(claude, true)];

  it('is verified where its help names every flag, alone or beside a short form', async () => {
    const help = flags
      .map((flag, index) => (index % 2 ? `  -x, ${flag} <value>` : `      ${flag}=VALUE`))
      .join('\n');
    expect(await verified(help)).toMatchObject([
      { status: 'verified', version: '2.1.330', missingFlags: [] },
    ]);
  });

  it('misses a flag that occurs only within a longer word', async () => {
    const help = [...flags.filter((flag) => flag !== '--print'), '--print-all', 'no--print'].join('\n');
    expect(await verified(help)).toMatchObject([{ status: 'missing-flags', missingFlags: ['--print'] }]);
  });

  it('that is not there is told with how to get it; what is no preset is refused', async () => {
    expect(await verified('', 'codex')).toMatchObject([
      { status: 'absent', path: null, message: expect.stringContaining('npm install -g @openai/codex@') },
    ]);
    expect(await verified('', 'demo')).toMatch(/^--verify takes claude, .*, not "demo"\.$/);
    expect(await verified('', 'vim')).toMatch(/not "vim"\.$/);
  });
});
