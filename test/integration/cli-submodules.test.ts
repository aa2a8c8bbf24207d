/** A loop of `cfn run` in a repository with submodules, from the start to the result at home. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let repository: string;

/** The implementer needs a file of the submodule, and changes it; in the second iteration it leaves it alone. */
const AGENT = `
  import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
  const { CFN_ROLE: role, CFN_NONCE: nonce, CFN_RESULT_FILE: file, CFN_ITERATION: iteration } = process.env;
  const results = {
    implementer: { nonce, confidence: 0.9, summary: 'Added sum.', files: ['sum.txt'], issues: [] },
    validator: { nonce, score: 0.95, findings: [], confirmed: [] },
    'product-owner': iteration === '1'
      ? { nonce, decision: 'ITERATE', reason: 'Once more.', feedback: ['Once more.'], deferred: [] }
      : { nonce, decision: 'PROCEED', reason: 'Fine.', feedback: [], deferred: [] },
  };
  readFileSync('libs/words/words.txt', 'utf8');
  if (role === 'implementer') writeFileSync('sum.txt', 'sum ' + iteration + '\\n');
  if (role === 'implementer' && iteration === '1') appendFileSync('libs/words/words.txt', 'mine\\n');
  writeFileSync(file, JSON.stringify(results[role]));
`;
const CHECK = `
  const { readFileSync } = require('node:fs');
  if (readFileSync('libs/words/words.txt', 'utf8') !== 'words\\n') process.exit(1);
`;

const git = async (cwd: string, ...argv: readonly string[]) => {
  const settings = ['user.name=t', 'user.email=t@localhost', 'protocol.file.allow=always'];
  const done = await run('git', ['-C', cwd, ...settings.flatMap((one) => ['-c', one]), ...argv]);
  return done.stdout.trim();
};

async function source(name: string): Promise<string> {
  const path = join(folder, name);
  await run('git', ['init', '-q', path]);
  await writeFile(join(path, `${name}.txt`), `${name}\n`);
  await git(path, 'add', '-A');
  await git(path, 'commit', '-qm', name);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-cli-submodules-'));
  const [words, absent] = [await source('words'), await source('absent')];
  repository = await source('project');
  await writeFile(join(folder, 'agent.mjs'), AGENT);
  await writeFile(join(folder, 'check.cjs'), CHECK);
  await git(repository, 'submodule', '--quiet', 'add', words, 'libs/words');
  await git(repository, 'submodule', '--quiet', 'add', absent, 'absent');
  await git(repository, 'commit', '-qm', 'submodules');
  await git(repository, 'submodule', '--quiet', 'deinit', '-f', 'absent');
  await rm(join(repository, '.git/modules/absent'), { recursive: true });
  await run(process.execPath, ['esbuild.mjs', `--outdir=${join(folder, 'dist')}`], { cwd: root });
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

async function cfn(...argv: readonly string[]) {
  const env = {
    ...process.env,
    CFN_STATE_HOME: join(folder, 'state'),
    XDG_CONFIG_HOME: join(folder, 'config'),
  };
  const options = { cwd: repository, env, maxBuffer: 50e6 };
  return run(process.execPath, [join(folder, 'dist', 'cli.js'), ...argv], options);
}

const told = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('cfn in a repository with submodules', () => {
  it('runs agents and evidence with their files, and says what of an agent’s work is no part of the result', async () => {
    const agent = `exec:'${process.execPath}' '${join(folder, 'agent.mjs')}'`;
    const crew = [
      '--implementer',
      `api=${agent}`,
      '--validator',
      `v=${agent}`,
      '--product-owner',
      `po=${agent}`,
    ];
    const evidence = ['--evidence', `'${process.execPath}' '${join(folder, 'check.cjs')}'`];
    const argv = ['run', '--task', 'Add sum', '--task-id', 'sub', ...crew, ...evidence];
    const { stdout, stderr } = await cfn(...argv, '--json', '--max-iterations', '2', '--set-up', 'none');
    expect(stderr).toContain('The files of the submodule "absent" are not in your checkout');
    const events = told(stdout);
    const exits = events.filter(({ type, agentId }) => type === 'AgentExited' && agentId === 'api');
    expect(exits.map(({ leftOut }) => leftOut)).toEqual([['libs/words'], undefined]);
    const statuses = events.filter(({ type }) => type === 'EvidenceCollected').map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(['passed']));
    expect(events.at(-1)).toMatchObject({ type: 'LoopFinished', outcome: 'PROCEED', iterations: 2 });
    const changed = await git(repository, 'diff', '--name-only', 'HEAD', String(events.at(-1)?.['commit']));
    expect(changed).toBe('sum.txt');
    const rescues = await git(repository, 'for-each-ref', '--format=%(refname)', 'refs/cfn/rescue/sub/api');
    expect(rescues.split('\n')).toHaveLength(1);
    expect(await git(repository, 'show', `${rescues}:libs/words/words.txt`)).toBe('words\nmine');
  });

  it('tells the agents so: before they work, and after they did it all the same', async () => {
    const names = await readdir(join(folder, 'state'), { recursive: true });
    const prompt = async (iteration: number) => {
      const name = names.find((each) =>
        new RegExp(`[\\\\/]${iteration}[\\\\/]api[\\\\/].*prompt\\.md$`).test(each),
      );
      return readFile(join(folder, 'state', name ?? ''), 'utf8');
    };
    expect(await prompt(1)).toContain('"absent", "libs/words" are submodules, laid out as plain files');
    expect(await prompt(1)).not.toContain('Your changes in the submodule');
    const crew = ['--implementer', 'demo', '--validator', 'demo', '--product-owner', 'human'];
    const dry = await cfn('run', '--task', 'Add sum', '--evidence', 'none', ...crew, '--dry-run');
    expect(dry.stdout).toContain('"absent", "libs/words" are submodules');
    expect(await prompt(2)).toContain('Your changes in the submodule "libs/words" are no part of the result');
  });

  it('brings the result home and back without touching the submodules', async () => {
    const words = join(repository, 'libs/words');
    await writeFile(join(words, 'words.txt'), 'words of the person\n');
    const state = async () => [
      await readFile(join(words, 'words.txt'), 'utf8'),
      await git(words, 'rev-parse', 'HEAD'),
      await git(words, 'status', '--porcelain'),
      await git(repository, 'ls-files', '--stage', 'libs/words', 'absent'),
    ];
    const before = await state();
    await cfn('merge', 'sub');
    expect(await readFile(join(repository, 'sum.txt'), 'utf8')).toBe('sum 2\n');
    expect(await state()).toEqual(before);
    await cfn('merge', 'sub', '--undo');
    expect(await git(repository, 'ls-files', 'sum.txt')).toBe('');
    expect(await state()).toEqual(before);
  });

  it('doctor names the submodules that are not there', async () => {
    const { stdout } = await cfn('doctor', '--json').catch((error: { readonly stdout: string }) => error);
    expect(stdout).toContain('absent');
    expect(stdout).toContain('are not in your checkout');
  });
});
