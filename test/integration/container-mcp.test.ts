/** A loop whose agents and whose MCP server run in containers, on a real engine. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { BASE_IMAGE } from '../support/base-image.ts';
import { makeImage } from '../support/container-files.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import { CREW, GOOD, last, LoopBench, removePrograms, SUM_FIXED, SUM_REPOSITORY } from './loop/fixture.ts';
import { BenchContainers } from './loop/in-containers.ts';
import { fixture } from './support/attempt.ts';

const shared = await sharedEngine('MCP servers of loops in containers');
const address = { source: 'DOCKER_HOST', host: shared?.host ?? 'unix:///none' } as const;
const docker = openDocker(address);
const IMAGE = `cfn-test-${randomBytes(4).toString('hex')}`;
const SPEC = 'exec:node crew.mjs scenario.json';
const RUN = [
  ['run', '--json', '--task', 'Make sum add', '--task-id', 'sum', '--skill', 'mine'],
  ['--implementer', `worker=${SPEC}`, '--validator', `v1=${SPEC}`, '--product-owner', `owner=${SPEC}`],
  '--runtime container --image cfn-base:local --network internal'.split(' '),
  ['--evidence', 'node --test'],
].flat();
/** Of an agent for this server, with what is secret in it. */
const TOKEN = /agent-worker-sum-\d+\.mine\.\d+\.[\w-]{43}/;

let bench: LoopBench;
let kept: BenchContainers;
beforeEach(() => {
  bench = new LoopBench();
  kept = new BenchContainers(bench, address);
  Object.assign(bench.env, { DOCKER_HOST: address.host });
});
afterEach(() => bench.finish());
afterAll(removePrograms);

/** One file of a program and all that it imports: nothing else of this machine is in a container. */
async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fixture(entry)],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outputFiles[0]?.text ?? '';
}

async function imageOf(server: string): Promise<void> {
  const folder = join(bench.folder, 'image');
  mkdirSync(join(folder, 'opt', 'mine'), { recursive: true });
  writeFileSync(join(folder, 'opt', 'mine', 'server.mjs'), server);
  await makeImage(docker, { from: BASE_IMAGE, repo: IMAGE, folder, names: ['opt'] });
}

describe.skipIf(!shared)('an agent in a container whose skill maps to a server in a container', () => {
  let agent = '';
  let server = '';
  beforeAll(async () => {
    [agent, server] = await Promise.all([bundled('mcp-agent.mjs'), bundled('mcp-sdk-server.mjs')]);
  });
  afterAll(() => docker.getImage(`${IMAGE}:test`).remove());

  it('[SI-008] [SI-022] [DP-091] calls its tools with a token of its own, in a network of its own, and leaves nothing', async () => {
    await imageOf(server);
    const key = randomBytes(16).toString('hex');
    bench.env['MINE_KEY'] = key;
    mkdirSync(join(bench.folder, 'config', 'cfn'), { recursive: true });
    writeFileSync(
      join(bench.folder, 'config', 'cfn', 'mcp-servers.json'),
      JSON.stringify({
        version: 1,
        servers: {
          mine: {
            image: `${IMAGE}:test`,
            args: ['node', '/opt/mine/server.mjs'],
            variables: ['MINE_KEY'],
            memoryMb: 256,
          },
        },
        skill_to_mcp_mapping: { mine: ['mine'] },
      }),
    );
    const steps = [
      { server: 'mine', list: true },
      { server: 'mine', call: 'place' },
      { server: 'mine', call: 'reach', with: { url: 'http://192.0.2.1/' } },
      {
        server: 'mine',
        post: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
        headers: { authorization: '' },
      },
      { env: ['MINE_KEY'] },
    ].map((step) => `'${JSON.stringify(step)}'`);
    const worker = {
      run: [
        'echo "asked at $CFN_MCP_MINE_URL"',
        `MCP_LOG=/tmp/mcp.log node agent.mjs ${steps.join(' ')}; cat /tmp/mcp.log`,
        'until [ -e go ]; do sleep 0.1; done; rm go',
      ],
      write: { 'src/sum.js': SUM_FIXED },
      result: { confidence: 0.93 },
    };
    await bench.create({
      ...SUM_REPOSITORY,
      'crew.mjs': readFileSync(CREW, 'utf8'),
      'agent.mjs': agent,
      'scenario.json': JSON.stringify({ ...GOOD, implementer: [worker] }),
    });
    const started = await bench.start(RUN);

    // Where another test has the name, one gets a suffix.
    const named = async (name: string) => (await kept.containers()).find((one) => one.name.startsWith(name));
    await expect
      .poll(() => named('cfn-mcp-mine-worker-sum'), { timeout: 60_000 })
      .toMatchObject({ state: 'running' });
    const inspect = async (name: string) => docker.getContainer((await named(name))?.id ?? '').inspect();
    const [itself, ofAgent] = [
      await inspect('cfn-mcp-mine-worker-sum'),
      await inspect('cfn-agent-worker-sum'),
    ];
    const networksOf = ({ NetworkSettings: { Networks: all } }: typeof itself) =>
      Object.values(all).map(({ NetworkID: id }) => id);
    expect(networksOf(itself)).toEqual(networksOf(ofAgent));
    expect(itself.HostConfig).toMatchObject({ Memory: 256 * 1024 ** 2, ReadonlyRootfs: true });
    const told = JSON.stringify([itself, ofAgent]);
    expect(told).not.toContain(key);
    expect(told).not.toMatch(TOKEN);
    const [network] = await docker.listNetworks({ filters: { id: networksOf(itself) } });
    expect(network).toMatchObject({ Internal: true });

    writeFileSync(join(bench.folder, 'my repo.cfn', 'sum', 'worker', 'go'), '');
    const ended = await started.ended;
    expect(ended).toMatchObject({ code: 0 });
    expect(last(ended, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED' });

    const said = kept
      .transcripts()
      .join('\n')
      .replaceAll(String.raw`\"`, '"')
      .replaceAll(String.raw`\\"`, '"');
    expect(said).toMatch(/asked at http:\/\/orchestrator:\d+\/servers\/mine\/mcp/);
    expect(said).toContain('"name":"reach"');
    expect(said).toContain('"inside":true');
    expect(said).toContain(createHash('sha256').update(key).digest('hex'));
    expect(said).toContain('"status":0');
    expect(said).toContain('{"status":401}');
    expect(said).toContain('The MCP server mine was started.');

    expect(await kept.containers()).toEqual([]);
    expect(await kept.networks()).toEqual([]);
    const telling = kept.files().filter((path) => {
      const text = readFileSync(path, 'latin1');
      return text.includes(key) || TOKEN.test(text);
    });
    expect(telling).toEqual([]);
    expect(ended.stderr).not.toMatch(TOKEN);
  });
});
