/** What is left in a container engine, and what is missing there, as people are told. */
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { BASE_IMAGE } from '../support/base-image.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import { LoopBench } from './loop/fixture.ts';

const shared = await sharedEngine('what loops left in a container engine');
const docker = openDocker({ source: 'DOCKER_HOST', host: shared?.host ?? 'unix:///none' });
const MARK = `gc-${process.pid}`;

let bench: LoopBench;
beforeEach(() => {
  bench = new LoopBench();
  Object.assign(bench.env, { DOCKER_HOST: shared?.host, CFN_LOG: 'ERROR' });
});
afterEach(async () => {
  const filters = { label: [`cfn.test=${MARK}`] };
  for (const { Id: id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(id).remove({ force: true });
  for (const { Id: id } of await docker.listNetworks({ filters })) await docker.getNetwork(id).remove();
  bench.finish();
});

const labelled = (labels: Record<string, string>) => ({ ...labels, 'cfn.test': MARK });

async function container(name: string, labels: Record<string, string>, network = 'none') {
  const made = await docker.createContainer({
    name: `${name}-${MARK}`,
    Image: BASE_IMAGE,
    Cmd: ['sleep', '1000'],
    HostConfig: { NetworkMode: network },
    Labels: labelled(labels),
  });
  await made.start();
}
async function network(name: string, labels: Record<string, string>): Promise<void> {
  await docker.createNetwork({ Name: `${name}-${MARK}`, Internal: true, Labels: labelled(labels) });
}
async function there(): Promise<readonly string[]> {
  const filters = { label: [`cfn.test=${MARK}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  return [...containers.map(({ Names: [name = ''] }) => name.slice(1)), ...networks.map(({ Name }) => Name)]
    .map((name) => name.replace(`-${MARK}`, ''))
    .sort();
}

const reportSchema = z.object({
  containers: z.array(z.object({ kind: z.string(), name: z.string(), kept: z.nullable(z.string()) })),
});
/** Kind, name and why it stays, of all that is in the engine. */
async function gc(...flags: readonly string[]) {
  const { events } = await bench.cfn('gc', '--json', ...flags);
  return reportSchema
    .parse(events[0])
    .containers.map(({ kind, name, kept }) => [kind, name.replace(`-${MARK}`, ''), kept] as const)
    .sort(([one, first], [other, second]) => `${one} ${first}`.localeCompare(`${other} ${second}`));
}

describe.skipIf(!shared)('cfn gc', () => {
  it('[X-18] shows what nobody uses any more, removes that alone, and nothing of anybody else', async () => {
    await bench.create();
    expect(await gc()).toEqual([]);
    const state = join(bench.folder, 'state', 'cfn');
    const owner = readdirSync(state).find((name) => /^[0-9a-f]{32}$/.test(name)) ?? '';
    const mine = { [LABELS.owner]: owner, [LABELS.task]: 't1' };
    await network('used', mine);
    await network('left', mine);
    const compose = { 'com.docker.compose.project': 'p' };
    await network('branch', { ...mine, ...compose });
    await network('compose', { [LABELS.owner]: owner, ...compose });
    await network('foreign', { [LABELS.owner]: 'somebody else' });
    await container('orphan', { ...mine, [LABELS.run]: 'a run that no ledger knows' });
    await container('service', { [LABELS.owner]: owner }, `used-${MARK}`);
    await container('foreign', { [LABELS.owner]: 'somebody else', [LABELS.run]: 'a run' });
    const all = await there();

    expect(await gc()).toEqual([
      ['container', 'orphan', null],
      ['container', 'service', 'no agent or command ran in it'],
      // An agent's, in which services of its branch may stand.
      ['network', 'branch', null],
      ['network', 'compose', 'Compose made it, and takes it down'],
      ['network', 'left', null],
      // What is in it is asked of the engine when it is to go.
      ['network', 'used', null],
    ]);
    expect(await there()).toEqual(all);

    const other = await bench.cfn('gc', '--yes', '--json', '--older-than', '0d', '--task-id', 't2');
    expect(other.code).toBe(2);
    expect(await there()).toEqual(all);

    const done = await gc('--yes');
    expect(done).toContainEqual(['container', 'orphan', null]);
    expect(done).toContainEqual(['network', 'used', 'a container is in it']);
    expect(await there()).toEqual(['compose', 'foreign', 'foreign', 'service', 'used']);
  });
});

const checksSchema = z.object({
  checks: z.array(z.object({ id: z.string(), state: z.string(), detail: z.string() })),
});

describe.skipIf(!shared)('cfn doctor', () => {
  it('[SI-123] [SI-125] looks for the image and for services of the checkout in the engine', async () => {
    await bench.create();
    await bench.cfn('init', '--code', 'container');
    const folder = { 'com.docker.compose.project.working_dir': realpathSync(bench.repository) };
    await container('redis', { ...folder, 'com.docker.compose.service': 'redis' });
    await container('stopped', { ...folder, 'com.docker.compose.service': 'postgres' });
    await docker.getContainer(`stopped-${MARK}`).kill();
    const { events, stderr } = await bench.cfn('doctor', '--json');
    const { checks } = checksSchema.parse(events[0]);
    const of = (id: string) => checks.find((one) => one.id === id);
    expect(of('docker')).toMatchObject({ state: 'ok', detail: expect.stringContaining('docker') });
    // Whether it is there depends on what else was tested with this engine.
    expect(of('image')?.detail).toContain('cfn-agent:latest');
    expect(of('compose-redis')).toMatchObject({ state: 'ok', detail: 'running' });
    expect(of('compose-postgres')).toMatchObject({
      state: 'error',
      detail: '[ERROR] Service postgres not running: it is exited',
    });
    expect(stderr).toContain('[ERROR] Service postgres not running\n');
  });
});
