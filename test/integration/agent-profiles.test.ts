import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cached } from '../../scripts/cache-folder.mts';
import { listProfiles } from '../../src/adapters/profiles/profile-files.ts';
import { parseAgentProfile } from '../../src/protocol/agent-profile.ts';

const run = promisify(execFile);
let folder: string;
let repository: string;
let personal: string;

const profile = (name: string, text: string) => `---\nname: ${name}\ndescription: d\n---\n${text}\n`;
async function put(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cfn-profiles-'));
  repository = path.join(folder, 'repository');
  personal = path.join(folder, 'config', 'agents');
  await mkdir(path.join(repository, '.git'), { recursive: true });
  await put(path.join(repository, '.agentflow/agents/tester.md'), profile('tester', 'flow'));
  await put(path.join(repository, '.claude/agents/team/coder.md'), profile('coder', 'claude'));
  await put(path.join(repository, '.cfn/agents/coder.md'), profile('Coder', 'own'));
  await put(path.join(repository, '.cfn/agents/README.md'), '# Our agents\n');
  await put(path.join(personal, 'tester.md'), profile('tester', 'mine'));
  await put(path.join(personal, 'writer.json'), JSON.stringify({ name: 'writer', prompt: 'Write.' }));
  await put(path.join(folder, 'secret.md'), profile('secret', 'the key is 1234'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('agent profiles on disk', () => {
  it('[AF-060] [X-25] come from four folders, the strongest first, each with its origin', async () => {
    const below = path.join(repository, 'src', 'deep');
    const found = await listProfiles({ repository: below }, personal);
    expect(found.map(({ id, origin, shownPath, hiddenBy }) => [id, origin, shownPath, hiddenBy])).toEqual([
      ['Coder', 'repository', '.cfn/agents/coder.md', null],
      ['coder', 'repository', '.claude/agents/team/coder.md', '.cfn/agents/coder.md'],
      ['tester', 'repository', '.agentflow/agents/tester.md', null],
      ['tester', 'personal', path.join(personal, 'tester.md'), '.agentflow/agents/tester.md'],
      ['writer', 'personal', path.join(personal, 'writer.json'), null],
    ]);
    expect(found.map(({ instructions }) => instructions)).toEqual([
      'own',
      'claude',
      'flow',
      'mine',
      'Write.',
    ]);
  });

  it.skipIf(process.platform === 'win32')(
    'are not read through links that lead out of the repository',
    async () => {
      const other = path.join(folder, 'linked');
      await mkdir(path.join(other, '.git'), { recursive: true });
      await mkdir(path.join(other, '.claude'), { recursive: true });
      await mkdir(path.join(other, '.cfn', 'agents'), { recursive: true });
      await symlink(path.join(folder, 'secret.md'), path.join(other, '.cfn/agents/key.md'));
      await symlink(folder, path.join(other, '.claude/agents'));
      const found = await listProfiles({ repository: other }, null);
      expect(found.length).toBeGreaterThan(1);
      for (const each of found) {
        expect(each.instructions).toBe('');
        expect(each.warnings[0]?.message).toBe('The file lies outside of the repository and was not read.');
      }
    },
  );

  it('that cannot be read are listed with the reason', async () => {
    const bad = path.join(folder, 'bad');
    await put(path.join(bad, 'big.md'), 'x'.repeat(1_000_001));
    await mkdir(bad, { recursive: true });
    await writeFile(path.join(bad, 'latin.md'), Buffer.from('---\nname: caf\xe9\n---\n', 'latin1'));
    const found = await listProfiles({ repository: null, only: bad }, personal);
    expect(found.map(({ id, warnings }) => [id, warnings[0]?.message])).toEqual([
      ['big', 'The file is larger than 1 MB and was not read.'],
      ['latin', 'The file could not be read (ERR_ENCODING_INVALID_ENCODED_DATA).'],
    ]);
  });
});

const PUBLISHED = 'claude-flow-novice@2.21.0';

/** Fetched once into the cache that all checkouts share; a sentence where the registry cannot be reached. */
async function published(): Promise<string | { readonly missing: string }> {
  try {
    return await cached('claude-flow-novice-2.21.0', async (target) => {
      const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
      const options = { cwd: target, shell: process.platform === 'win32' };
      await run(npm, ['pack', PUBLISHED, '--silent', '--ignore-scripts'], options);
      const [archive] = await readdir(target);
      if (archive === undefined) throw new Error('npm pack left no file');
      await run('tar', ['-xzf', archive], { cwd: target });
    });
  } catch (error) {
    return { missing: `${PUBLISHED} could not be fetched: ${String(error).slice(0, 200)}` };
  }
}

it('[SI-078] [X-25] every profile of the published package is listed, what is broken with its line', async (context) => {
  const place = await published();
  if (typeof place !== 'string') return context.skip(place.missing);
  const root = path.join(place, 'package');
  for (const [inside, atLeast] of [
    ['.claude/agents', 60],
    ['.claude/cfn-extras/agents', 45],
    ['agents', 500],
  ] as const) {
    const only = path.join(root, inside);
    const files = (await readdir(only, { recursive: true })).filter((name) => /\.(?:md|json)$/i.test(name));
    const found = await listProfiles({ repository: null, only }, null);
    const pages = await Promise.all(
      files.map(async (name) =>
        parseAgentProfile(path.basename(name), await readFile(path.join(only, name), 'utf8')),
      ),
    );
    const documentation = pages.filter((page) => page === null).length;
    expect(found.length).toBe(files.length - documentation);
    expect(found.length).toBeGreaterThan(atLeast);
    for (const { path: file, warnings } of found) {
      const lines = (await readFile(file, 'utf8')).split(/\r\n|\n|\r/).length;
      for (const { line, message } of warnings) {
        expect(message).toMatch(/\.$/);
        expect(line).toBeGreaterThan(0);
        expect(line).toBeLessThanOrEqual(lines);
        expect(message).not.toContain('could not be read');
      }
    }
  }
});
