import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import { createContainerStart } from '../../src/adapters/process/mcp/server-container.ts';
import { connectServer } from '../../src/adapters/process/mcp/server-connection.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import type { AttemptContainer } from '../../src/protocol/attempt.ts';
import type { ServerLaunch } from '../../src/protocol/mcp-servers.ts';
import { fixture } from './support/attempt.ts';
import { sharedEngine } from '../support/docker-engine.ts';

const shared = await sharedEngine('MCP servers in containers');
const address = { source: 'DOCKER_HOST', host: shared?.host ?? 'unix:///none' } as const;

describe.skipIf(!shared)('an MCP server in a container', () => {
  let folder = '';
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'cfn-mcp-box-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const owner = `mcp-test-${process.pid}`;
  const container = (): AttemptContainer => ({
    engine: address,
    image: 'cfn-base:local',
    name: 'unused',
    user: '1000:1000',
    limits: {
      memoryBytes: 1024 ** 3,
      memoryReservationBytes: 1024 ** 2,
      cpus: 1,
      pids: 100,
      tmpfsBytes: 16 * 1024 ** 2,
    },
    network: { id: 'none', gateway: null, internal: true, allow: null },
    mounts: [],
    labels: {
      [LABELS.owner]: owner,
      [LABELS.task]: 't',
      [LABELS.agent]: 'a',
      [LABELS.run]: `run-${process.pid}`,
    },
  });
  const launch: ServerLaunch = {
    id: 'mine',
    title: 'Mine',
    start: {
      kind: 'container',
      image: 'cfn-base:local',
      argv: ['node', '--input-type=module', '-e', readFileSync(fixture('mcp-server.mjs'), 'utf8')],
      limits: { memoryBytes: 256 * 1024 ** 2, memoryReservationBytes: 128 * 1024 ** 2, cpus: 0.5 },
    },
    needs: [],
    variables: ['MINE_KEY'],
    env: {},
    health: { intervalMs: 30_000, timeoutMs: 10_000, retries: 3 },
  };

  it('[SI-010] is spoken with without a port, has its limits and labels, shows no secret, and is gone in the end', async () => {
    const engine = createContainerEngine(address);
    const signal = AbortSignal.timeout(60_000);
    const listed = async () => {
      const found = await engine.list({ [LABELS.owner]: owner }, signal);
      return found.ok ? found.value : [];
    };
    const connected = await connectServer({
      launch,
      start: createContainerStart({
        spec: { agentId: 'a', taskId: 't', cwd: folder, worktree: folder },
        container: container(),
        folder,
        engine,
      }),
      env: { MINE_KEY: 'a-secret-of-a-person' },
      cwd: folder,
      variable: () => undefined,
      signal,
    });
    if (!connected.ok) throw new Error(connected.error);
    const told = await connected.value.client.callTool({ name: 'whoami', arguments: {} });
    expect(JSON.stringify(told.content)).toContain('a-secret-of-a-person');
    const [running, ...more] = await listed();
    expect(running).toMatchObject({ name: 'cfn-mcp-mine-a-t', state: 'running' });
    expect(more).toEqual([]);
    const { openDocker } = await import('../../src/adapters/docker/engine.ts');
    const inspected = await openDocker(address)
      .getContainer(running?.id ?? '')
      .inspect();
    expect(inspected.HostConfig).toMatchObject({
      Memory: 256 * 1024 ** 2,
      MemoryReservation: 128 * 1024 ** 2,
      NanoCpus: 5e8,
      PidsLimit: 100,
      ReadonlyRootfs: true,
      NetworkMode: 'none',
    });
    expect(inspected.NetworkSettings.Ports).toEqual({});
    expect(JSON.stringify(inspected)).not.toContain('a-secret-of-a-person');
    await connected.value.close();
    expect(await listed()).toEqual([]);
  }, 120_000);

  it('is given to no agent in a container as a program of this machine', async () => {
    const start = createContainerStart({
      spec: { agentId: 'a', taskId: 't', cwd: folder, worktree: folder },
      container: container(),
      folder,
      engine: createContainerEngine(address),
    });
    const program = { ...launch, start: { kind: 'process', node: true, argv: ['x'] } } as const;
    expect(await start({ launch: program, env: {}, cwd: folder, onOutput: () => undefined })).toMatchObject({
      ok: false,
      error: expect.stringContaining('is given servers in containers'),
    });
  });
});
