/** Postgres of the Compose files, and agents in containers beside the services of their branch. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { agentBranch } from '../../src/domain/worktree/naming.ts';
import { findPostgres, postgresImage } from '../support/postgres-image.ts';
import {
  CREW,
  GOOD,
  last,
  LoopBench,
  programs,
  removePrograms,
  SUM_FIXED,
  SUM_REPOSITORY,
} from './loop/fixture.ts';
import { BenchContainers } from './loop/in-containers.ts';
import {
  compose,
  ComposeLab,
  emptyRepository,
  type ComposeWorktree,
  type Run,
} from './support/compose-lab.ts';
import { engineForTests, IMAGE } from './support/network-lab.ts';

const run = promisify(execFile);
const engine = await engineForTests('Postgres of Compose files');
const postgres = findPostgres();
if (engine !== null && postgres === null)
  process.stderr.write("[skipped] Postgres of Compose files: Debian's package postgresql is not installed\n");

describe.skipIf(engine === null || compose === null || postgres === null)('Postgres beside a loop', () => {
  const address = engine!;
  const { bin = '' } = postgres ?? {};
  const images: NodeJS.Dict<string> = { CFN_REDIS_IMAGE: IMAGE };
  let folder = '';
  const cfnWith =
    (env: NodeJS.ProcessEnv) =>
    async (cwd: string, ...argv: readonly string[]): Promise<Run> =>
      run(process.execPath, [join(await programs(), 'cli.js'), 'compose', ...argv], {
        cwd,
        env: { ...env, DOCKER_HOST: address.host },
      }).then(
        (ended) => ({ code: 0, ...ended }),
        ({ code, stdout, stderr }: Run) => ({ code, stdout, stderr }),
      );
  let lab: ComposeLab;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cfn-postgres-'));
    lab = new ComposeLab({
      engine: address,
      cfn: cfnWith({ ...process.env, CFN_STATE_HOME: join(folder, 'state') }),
      images,
    });
    const repo = `cfn-test-${randomBytes(4).toString('hex')}`;
    images['CFN_POSTGRES_IMAGE'] = await postgresImage(openDocker(address), repo, postgres!);
  }, 120_000);
  afterAll(async () => {
    await lab.close();
    await openDocker(address)
      .getImage(images['CFN_POSTGRES_IMAGE'] ?? '')
      .remove();
    await rm(folder, { recursive: true, force: true });
    await removePrograms();
  });

  const start = async ({ at, project }: ComposeWorktree) => {
    await lab.up(at, '--profile', 'postgres', 'up', '-d', 'postgres');
    await lab.healthy(project, 'postgres');
  };
  /** From this machine, by the port that is published; what was refused begins with `refused`. */
  const ask = ({ variables }: ComposeWorktree, statement: string, password = ''): Promise<string> =>
    run(join(bin, 'psql'), [...CLIENT, '-p', variables['CFN_POSTGRES_PORT'] ?? '', '-c', statement], {
      env: { ...process.env, PGPASSWORD: password, PGCONNECT_TIMEOUT: '10' },
    }).then(
      ({ stdout }) => stdout.trim(),
      ({ stderr }: Run) => `refused: ${stderr}`,
    );

  it('[SI-022] wants the password of the file, and keeps its data from one start to the next', async () => {
    const at = await emptyRepository(folder);
    const password = randomBytes(24).toString('hex');
    await writeFile(join(at, 'secret'), `${password}\n`, { mode: 0o600 });
    const secured = await lab.worktree(at, 'secured', '--password', join(at, 'secret'));
    await start(secured);
    expect(await ask(secured, 'SELECT 1', password)).toBe('1');
    expect(await ask(secured, 'SELECT 1')).toMatch(/^refused: .*no password supplied/s);
    expect(await ask(secured, 'SELECT 1', 'another')).toMatch(/^refused: .*password authentication failed/s);
    const container = await lab.containerOf(secured.project, 'postgres');
    const inspected = await container.inspect();
    expect(JSON.stringify(inspected)).not.toContain(password);
    expect(inspected.HostConfig).toMatchObject({
      Memory: 512 * 1024 ** 2,
      MemoryReservation: 256 * 1024 ** 2,
      NanoCpus: 5e8,
    });
    expect(await lab.inside(secured.project, 'postgres', 'stat -c %U "$PGDATA"')).toBe('postgres');

    await ask(secured, 'CREATE TABLE kept AS SELECT 42 AS answer', password);
    await lab.up(at, '--profile', 'postgres', 'down', '-t', '10');
    await start(secured);
    expect(await ask(secured, 'SELECT answer FROM kept', password)).toBe('42');
  });

  it('[SI-020] [SI-023] is another one for each branch', async () => {
    const one = await lab.worktree(await emptyRepository(folder), 'feature/one');
    const two = await lab.worktree(await emptyRepository(folder), 'feature/two');
    for (const each of [one, two]) {
      await start(each);
      await ask(each, `CREATE TABLE who AS SELECT '${each.project}' AS name`);
    }
    expect(one.project).not.toBe(two.project);
    expect(await ask(one, 'SELECT name FROM who')).toBe(one.project);
    expect(await ask(two, 'SELECT name FROM who')).toBe(two.project);
    const reach = (host: string) => lab.inside(one.project, 'postgres', `pg_isready -t 2 -h ${host} || true`);
    expect(await reach('postgres')).toContain('accepting connections');
    const { NetworkSettings: theirs } = await (await lab.containerOf(two.project, 'postgres')).inspect();
    const [{ IPAddress: address } = { IPAddress: '' }] = Object.values(theirs.Networks);
    expect(await reach(address)).toContain('no response');
  });

  it('[SI-022] is found by name by the agent of its branch, as redis is, and outlives the loop', async () => {
    const bench = new LoopBench();
    bench.env['DOCKER_HOST'] = address.host;
    const beside = new ComposeLab({ engine: address, cfn: cfnWith(bench.env), images });
    const look = [
      'echo "redis $(redis-cli -h redis ping)"',
      'echo "store $(redis-cli -u "$CFN_REDIS_URL" ping) by ${CFN_REDIS_URL##*@}"',
      'echo "asks $(curl -s -o /dev/null -w %{http_code} -X POST "$CFN_MCP_URL") at $CFN_MCP_URL"',
      String.raw`exec 3<>/dev/tcp/postgres/5432; printf '\0\0\0\010\004\322\026\057' >&3; echo "postgres $(head -c 1 <&3)"`,
    ].map((script) => `bash -c '${script.replaceAll("'", String.raw`'\''`)}'`);
    const worker = { run: look, write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.93 } };
    await bench.create({
      ...SUM_REPOSITORY,
      'crew.mjs': await readFile(CREW, 'utf8'),
      'scenario.json': JSON.stringify({ ...GOOD, implementer: [worker] }),
    });
    try {
      const services = await beside.worktree(bench.repository, agentBranch('sum', 'worker'));
      bench.git('add', '-A');
      bench.git('commit', '-qm', 'services');
      await beside.up(services.at, '--profile', 'postgres', 'up', '-d', 'redis', 'postgres');
      for (const service of ['redis', 'postgres']) await beside.healthy(services.project, service);
      const made = await bench.cfn(...RUN);
      expect(made).toMatchObject({ code: 0 });
      expect(last(made, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });
      const said = new BenchContainers(bench, address).transcripts().join('\n');
      expect(said).toContain('redis PONG');
      // Its answer to whoever asks for TLS.
      expect(said).toContain('postgres N');
      // The loop's own have other names here.
      expect(said).toMatch(/store PONG by cfn-store:\d+/);
      expect(said).toMatch(/asks 401 at http:\/\/cfn-orchestrator:\d+\/mcp/);
      for (const service of ['redis', 'postgres']) await beside.healthy(services.project, service);
    } finally {
      await beside.close();
      bench.finish();
    }
    expect(await new BenchContainers(bench, address).networks()).toEqual([]);
  });
});

const CLIENT = ['-X', '-w', '-t', '-A', '-h', '127.0.0.1', '-U', 'cfn', '-d', 'cfn'];
const SPEC = 'exec:node crew.mjs scenario.json';
const RUN = [
  ['run', '--json', '--task', 'Make sum add', '--task-id', 'sum', '--mode', 'mvp'],
  ['--implementer', `worker=${SPEC}`, '--validator', `v1=${SPEC}`, '--product-owner', `owner=${SPEC}`],
  '--runtime container --image cfn-base:local --network open'.split(' '),
  ['--evidence', 'node --test'],
].flat();
