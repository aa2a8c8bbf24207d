/** A whole loop in containers of a real engine, as a person sees it in a real VS Code. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { watchDemoLoop } from '../../scripts/watch-demo-loop.mts';
import { createSampleRepository } from '../../src/adapters/demo-agent/sample-repository.ts';
import { createContainerEngine } from '../../src/adapters/docker/container-engine.ts';
import { createContainerNetworks } from '../../src/adapters/docker/networks.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import { prepareScene, type Scene } from './scene.mts';
import { openWorkbench, projectRoot, type Workbench } from './workbench.mts';

const shared = await sharedEngine('a loop in containers in VS Code');
const address = { source: 'DOCKER_HOST', host: shared?.host ?? '' } as const;
const signal = new AbortController().signal;
const shots = process.env['CFN_SCREENSHOTS'];

let scene: Scene | undefined;
let workbench: Workbench | undefined;
afterEach(async () => {
  await workbench?.dispose();
  await scene?.dispose();
});

/** Names of all that loops made in the engine. */
async function left(): Promise<readonly string[]> {
  const containers = await createContainerEngine(address).list({}, signal);
  const networks = await createContainerNetworks(address).list(signal);
  if (!containers.ok || !networks.ok) throw new Error('The engine does not answer.');
  return [...containers.value, ...networks.value]
    .filter(({ labels }) => labels[LABELS.owner] !== undefined && labels[LABELS.task] !== undefined)
    .map(({ name }) => name)
    .sort();
}

describe.skipIf(!shared)('VS Code', () => {
  it('[SI-020] runs the demo loop in containers, shows what they use, and opens a shell in one', async () => {
    const before = await left();
    scene = await prepareScene();
    await rm(scene.repository, { recursive: true });
    const made = await createSampleRepository(scene.repository);
    if (!made.ok) throw new Error(made.error);
    workbench = await openWorkbench({
      folder: scene.repository,
      extension: projectRoot,
      env: { ...scene.env, DOCKER_HOST: address.host, CFN_DEMO_PAUSE_MS: '1500' },
      settings: {
        'workbench.colorTheme': 'Dark Modern',
        'cfn.image': 'cfn-base:local',
        'cfn.network': 'internal',
        'cfn.evidence': ['node --test'],
      },
      size: { width: 1500, height: 940 },
    });
    const { page } = workbench;
    const said: string[] = [];
    const during = async (state: string): Promise<void> => {
      if (workbench === undefined || state !== 'Iteration 1 of 10: Implementing') return;
      const row = workbench.treeRow('implementer-1');
      await row.and(page.locator('[aria-label*="MB of 512 MB"]')).waitFor();
      await workbench.rowMenu(row, 'Open Shell in Container');
      const terminal = page.locator('.xterm-rows').last();
      await terminal.filter({ hasText: 'implementer-1:' }).waitFor();
      await page.locator('.xterm-screen').last().click();
      await page.keyboard.type('cat /proc/1/comm\n');
      await terminal.filter({ hasText: 'docker-init' }).waitFor();
      said.push(await terminal.innerText());
      if (shots) await workbench.screenshot(path.join(shots, 'container-real-dark.png'));
      await workbench.command('Terminal: Kill the Active Terminal Instance');
    };
    const seen = await watchDemoLoop(workbench, () => undefined, during, 'Only in containers');
    expect(seen.outcome).toBe('done: proceeded');
    expect(said).toHaveLength(1);
    await expect.poll(left, { timeout: 20_000 }).toEqual(before);
  });
});
