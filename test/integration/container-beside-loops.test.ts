/** What runs code beside loops, in a repository whose code is to run in containers alone. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import { createContainerNetworks } from '../../src/adapters/docker/networks.ts';
import { containersBesideLoops } from '../../src/app/container-plan.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createCore } from '../../src/core.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import { CREW, GOOD, LoopBench, programs, removePrograms } from './loop/fixture.ts';

const shared = await sharedEngine('what runs beside loops in containers');
const address = { source: 'DOCKER_HOST', host: shared?.host ?? 'unix:///none' } as const;
const signal = new AbortController().signal;
const IMAGE = 'cfn-base:local';

const inside = (name: string, check: string) => `
import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
test('${name}', () => assert.ok(${check}, existsSync('/.dockerenv') ? 'inside' : 'outside'));
`;
const REPOSITORY = {
  'package.json':
    '{ "name": "x", "version": "1.0.0", "type": "module", "scripts": { "test": "node --test" } }\n',
  'crew.mjs': readFileSync(CREW, 'utf8'),
  'test/inside.test.js': inside('runs inside', "existsSync('/.dockerenv') || !existsSync('container-only')"),
};

let bench: LoopBench;
beforeEach(async () => {
  bench = new LoopBench();
  Object.assign(bench.env, { DOCKER_HOST: address.host });
  await bench.create(REPOSITORY);
});
afterEach(async () => {
  const left = await ofEngine();
  bench.finish();
  if (left.length > 0) throw new Error(`Of the engine there is left: ${left.join(', ')}`);
});
afterAll(removePrograms);

async function ofEngine(): Promise<readonly string[]> {
  if (!shared) return [];
  const owner = readdirSync(join(bench.folder, 'state', 'cfn')).find((name) => /^[0-9a-f]{32}$/.test(name));
  const containers = await createContainerEngine(address).list({ [LABELS.owner]: owner ?? '' }, signal);
  const networks = await createContainerNetworks(address).list(signal);
  if (!containers.ok || !networks.ok) throw new Error('The engine does not answer.');
  const own = networks.value.filter(({ labels }) => labels[LABELS.owner] === owner);
  return [...containers.value, ...own].map(({ name }) => name);
}

async function inContainers(network: string): Promise<void> {
  const folder = join(bench.folder, 'config', 'cfn');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ image: IMAGE, network }));
  expect((await bench.cfn('init', '--code', 'container')).code).toBe(0);
}

describe.skipIf(!shared)('in containers alone', () => {
  it('tests that fail at HEAD are searched for', async () => {
    await inContainers('internal');
    writeFileSync(join(bench.repository, 'test/fails.test.js'), inside('fails', 'false'));
    bench.git('add', '-A');
    bench.git('commit', '-qm', 'Fail');
    const core = await createCore({ logger: silentLogger, env: bench.env, programs: await programs() });
    try {
      const service = await core.openRepository(bench.repository);
      if (!service.ok) throw new Error(service.error.message);
      const containers = { ...containersBesideLoops([]), image: IMAGE, network: 'internal' } as const;
      const found = await service.value.failingChecks?.({ commands: ['node --test'], containers, signal });
      const none = await service.value.failingChecks?.({ commands: ['no-such-program'], containers, signal });
      expect(none).toMatchObject({ ok: false, error: { message: expect.stringContaining('not found') } });
      expect(found).toMatchObject({ ok: true, value: [{ message: expect.stringContaining('inside') }] });
    } finally {
      await core.dispose();
    }
  });

  it('a task is taken apart', async () => {
    await inContainers('internal');
    const planner = `import { existsSync, writeFileSync } from 'node:fs';
const task = existsSync('/.dockerenv') && existsSync('package.json') ? 'inside' : 'outside';
const { CFN_RESULT_FILE, CFN_NONCE } = process.env;
writeFileSync(CFN_RESULT_FILE, JSON.stringify({ nonce: CFN_NONCE, parts: [{ task, files: [] }, { task: 'Two', files: [] }] }));
`;
    writeFileSync(join(bench.repository, 'planner.mjs'), planner);
    bench.git('add', '-A');
    bench.git('commit', '-qm', 'Plan');
    const plan = join(bench.folder, 'plan.cfn.md');
    const agent = ['--agent', 'exec:node planner.mjs', '--write', plan];
    expect(await bench.cfn('split', 'Make it better', ...agent)).toMatchObject({ code: 0 });
    expect(readFileSync(plan, 'utf8')).toMatch(/task: "?inside/);
  });

  it('loops are brought home together, with their evidence', async () => {
    for (const taskId of ['one', 'two']) {
      const implementer = [{ write: { [`${taskId}.txt`]: taskId }, result: { confidence: 0.95 } }];
      const crew = { ...GOOD, implementer };
      const args = ['--task-id', taskId, '--task', `Make ${taskId}`, '--validator', 'v1=CREW'];
      const ended = await bench.run(crew, ...args, '--evidence', 'node --test');
      expect(ended).toMatchObject({ code: 0 });
    }
    // From here on the test passes in a container alone.
    writeFileSync(join(bench.repository, 'container-only'), '');
    bench.git('add', '-A');
    bench.git('commit', '-qm', 'Want a container');
    await inContainers('none');
    const merged = await bench.cfn('merge', 'one', 'two');
    expect(merged).toMatchObject({ code: 0 });
    expect(bench.git('ls-tree', '--name-only', 'HEAD')).toMatch(/one\.txt\n[^]*two\.txt/);
  });
});
