import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { createContainerNetworks } from '../../src/adapters/docker/networks.ts';
import { volumeNames } from '../../src/domain/containers/compose.ts';
import { worktreeNetwork } from '../../src/domain/containers/networks.ts';
import {
  answer,
  BASE,
  compose,
  ComposeLab,
  emptyRepository,
  ENVIRONMENT,
  WORKTREE,
  type Run,
} from './support/compose-lab.ts';
import { engineForTests, IMAGE } from './support/network-lab.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const engine = await engineForTests('services of Compose files');

let folder: string;
let cli: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cfn-compose-'));
  cli = join(folder, 'dist', 'cli.js');
  await run(process.execPath, ['esbuild.mjs', `--outdir=${join(folder, 'dist')}`], { cwd: root });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const repository = () => emptyRepository(folder);

const cfn = (cwd: string, ...argv: readonly string[]): Promise<Run> =>
  run(process.execPath, [cli, 'compose', ...argv], {
    cwd,
    env: {
      ...process.env,
      CFN_STATE_HOME: join(folder, 'state'),
      ...(engine === null ? {} : { DOCKER_HOST: engine.host }),
    },
  }).then(
    (ended) => ({ code: 0, ...ended }),
    ({ code, stdout, stderr }: Run) => ({ code, stdout, stderr }),
  );

describe('cfn compose', () => {
  it('prints what it would write, and writes over its own files alone', async () => {
    const at = await repository();
    const printed = await cfn(at);
    expect(printed).toMatchObject({ code: 0, stderr: '' });
    expect(await cfn(at, '--write')).toMatchObject({ code: 0, stdout: expect.stringContaining('Wrote ') });
    expect(await readFile(join(at, BASE), 'utf8')).toBe(printed.stdout);
    expect(await cfn(at, '--write')).toMatchObject({ code: 0 });
    await writeFile(join(at, BASE), 'services: {}\n');
    expect(await cfn(at, '--write')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/docker-compose\.yml was not written by cfn compose; move it/),
    });
    expect(await readFile(join(at, BASE), 'utf8')).toBe('services: {}\n');
  });

  it.each([
    [['--worktree', '-rf'], /^--worktree is "-rf"; it takes the name of a branch/],
    [['--worktree', 'a b'], /^--worktree is "a b"/],
    [['--worktree', 'a..b'], /^--worktree is "a\.\.b"/],
    [['--release'], /^--release wants --worktree/],
    [['--release', '--worktree', 'a', '--write'], /^--release stands beside --worktree alone/],
    [['--password', 'missing'], /^--password is ".*missing"; it takes a file that can be read/],
    [['--password', '.git/HEAD'], /^--password takes a file with one line of 16 to 256 letters/],
  ])('refuses %j in one sentence', async (argv, sentence) => {
    const refused = await cfn(await repository(), ...argv);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(sentence);
  });

  it('[SI-020] [SI-023] [X-23] keeps branches apart, and gives the same to the same branch', async () => {
    const at = await repository();
    const of = async (branch: string) => {
      const { stdout } = await cfn(at, '--worktree', branch);
      return parseEnv(stdout.slice(stdout.indexOf(`# ==> ${ENVIRONMENT}`)));
    };
    const [one, other] = [await of('feature/auth'), await of('feature-auth')];
    expect(await of('feature/auth')).toEqual(one);
    const same = Object.keys(one).filter((name) => one[name] === other[name]);
    expect(same).toEqual(['CFN_OWNER']);
    expect(await cfn(at, '--worktree', 'feature/auth', '--release')).toMatchObject({ code: 0, stderr: '' });
  });

  it('writes what the Compose specification allows', async () => {
    const at = await repository();
    const secret = join(at, 'secret');
    await writeFile(secret, `${randomBytes(16).toString('hex')}\n`);
    await cfn(at, '--worktree', 'x', '--password', secret, '--write');
    await writeFile(
      join(at, 'bad.yml'),
      (await readFile(join(at, BASE), 'utf8')).replace('driver: bridge', 'drivr: bridge'),
    );
    const lint = async (file: string): Promise<readonly string[]> => {
      const linter = fileURLToPath(new URL('../bin/dclint.cjs', import.meta.resolve('dclint')));
      // It also has taste, and ends with 1 for that.
      const { stdout } = await run(process.execPath, [linter, '-f', 'json', file], { cwd: at }).catch(
        (failed: Run) => failed,
      );
      const [found] = JSON.parse(stdout) as [{ messages: { rule: string; message: string }[] }];
      return found.messages.filter(({ rule }) => rule.startsWith('invalid-')).map(({ message }) => message);
    };
    expect(await lint(BASE)).toEqual([]);
    expect(await lint(WORKTREE)).toEqual([]);
    expect(await lint('bad.yml')).not.toEqual([]);
  });
});

if (engine !== null && compose === null)
  process.stderr.write('[skipped] services of Compose files: no Compose is installed\n');

describe.skipIf(engine === null || compose === null)('services of Compose files', () => {
  const address = engine!;
  const images: NodeJS.Dict<string> = { CFN_REDIS_IMAGE: IMAGE };
  const lab = new ComposeLab({ engine: address, cfn, images });
  /** Of a program that answers at `/health`. */
  async function imageServing(port: number): Promise<string> {
    const docker = openDocker(address);
    const name = `cfn-test-${randomBytes(4).toString('hex')}`;
    const container = await docker.createContainer({ Image: IMAGE, Cmd: ['true'] });
    const serve = `require('node:http').createServer((q, s) => s.end('SERVER ' + process.env.MCP_SERVER_ID)).listen(${port})`;
    await container.commit({
      repo: name,
      tag: 'test',
      changes: `CMD ${JSON.stringify(['node', '-e', serve])}`,
    });
    await container.remove();
    return `${name}:test`;
  }

  beforeAll(async () => {
    images['CFN_ORCHESTRATOR_IMAGE'] = await imageServing(3000);
    images['CFN_MCP_PLAYWRIGHT_IMAGE'] = await imageServing(8081);
  });
  afterAll(async () => {
    await lab.close();
    const { CFN_REDIS_IMAGE: _, ...made } = images;
    for (const image of Object.values(made)) await lab.docker.getImage(image ?? '').remove();
  });

  it('[SI-022] [SI-094] run side by side for two branches, each with what is its own', async () => {
    const one = await lab.worktree(await repository(), 'feature/one');
    const two = await lab.worktree(await repository(), 'feature/two');
    for (const { at } of [one, two]) await lab.up(at, 'up', '-d');
    for (const { project, variables } of [one, two]) {
      await lab.healthy(project, 'redis');
      const port = variables['CFN_REDIS_PORT'];
      expect(await answer('127.0.0.1', port, 'PING\r\n')).toBe('+PONG');
      expect(await answer('127.0.0.1', port, `SET who ${project}\r\n`)).toBe('+OK');
      const { Volumes: volumes } = await openDocker(address).listVolumes();
      expect(volumes.map(({ Name: name }) => name)).toEqual(
        expect.arrayContaining([...volumeNames(project)]),
      );
    }
    expect(await answer('127.0.0.1', one.variables['CFN_REDIS_PORT'], 'GET who\r\n')).toContain(one.project);
    // Published for this machine alone.
    const outer = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)!.address;
    expect(await answer(outer, one.variables['CFN_REDIS_PORT'], 'PING\r\n')).toBe('ECONNREFUSED');
    const { HostConfig: limits } = await (await lab.containerOf(one.project, 'redis')).inspect();
    expect(limits).toMatchObject({
      Memory: 256 * 1024 ** 2,
      MemoryReservation: 128 * 1024 ** 2,
      NanoCpus: 5e8,
    });
    // An agent's container finds the network of its branch, and files written again say the same.
    const networks = createContainerNetworks(address);
    const found = await networks.ensure(
      {
        wish: worktreeNetwork(one.project, 0, false),
        owner: one.variables['CFN_OWNER']!,
      },
      new AbortController().signal,
    );
    expect(found).toMatchObject({ ok: true, value: { subnet: one.variables['CFN_SUBNET'] } });
    await cfn(one.at, '--worktree', 'feature/one', '--write');
    expect(parseEnv(await readFile(join(one.at, ENVIRONMENT), 'utf8'))).toEqual(one.variables);
  });

  it('[SI-009] [SI-012] have the orchestrator in both networks, and MCP servers in theirs alone', async () => {
    const { at, project, variables } = await lab.worktree(await repository(), 'servers');
    await lab.up(
      at,
      '--profile',
      'orchestrator',
      '--profile',
      'mcp',
      'up',
      '-d',
      'redis',
      'orchestrator',
      'mcp-playwright',
    );
    await lab.healthy(project, 'orchestrator');
    expect(await answer('127.0.0.1', variables['CFN_ORCHESTRATOR_PORT'], 'GET / HTTP/1.0\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 200/,
    );
    const get = (service: string, url: string) =>
      lab.inside(project, service, `curl -s -m 3 ${url} || echo no`);
    expect(await get('orchestrator', 'mcp-playwright:8081')).toBe('SERVER playwright');
    expect(await lab.inside(project, 'orchestrator', 'redis-cli -h redis ping')).toBe('PONG');
    expect(
      await lab.inside(project, 'mcp-playwright', 'redis-cli -t 2 -h redis ping 2>&1 || true'),
    ).not.toMatch(/PONG/);
    expect(await get('redis', 'mcp-playwright:8081')).toBe('no');
  });

  it('ask for the password of the file, and show it to nobody', async () => {
    const at = await repository();
    const password = randomBytes(24).toString('hex');
    await writeFile(join(at, 'secret'), `${password}\n`, { mode: 0o600 });
    const { project, variables } = await lab.worktree(at, 'secured', '--password', join(at, 'secret'));
    await lab.up(at, 'up', '-d');
    await lab.healthy(project, 'redis');
    const port = variables['CFN_REDIS_PORT'];
    expect(await answer('127.0.0.1', port, 'PING\r\n')).toMatch(/^-NOAUTH/);
    expect(await answer('127.0.0.1', port, `AUTH ${password}\r\n`)).toBe('+OK');
    const container = await lab.containerOf(project, 'redis');
    expect(JSON.stringify(await container.inspect())).not.toContain(password);
    expect(await readFile(join(at, BASE), 'utf8')).not.toContain(password);
  });
});
