import { existsSync, readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { engineAddresses } from '../../src/adapters/docker/address.ts';
import { findEngine } from '../../src/adapters/docker/container-engine.ts';
import { LABELS } from '../../src/domain/containers/engine.ts';
import type { ContainerEngine } from '../../src/ports/container-engine.ts';
import { sharedEngine } from '../support/docker-engine.ts';
import { plainContainer } from '../support/plain-container.ts';
import { startEngine, whyNoEngine } from '../support/own-engine.ts';

const OWNER = 'docker-engine-test';
const never = new AbortController().signal;
const shared = await sharedEngine('containers of the base image');
const lacking = await whyNoEngine();
if (lacking !== null) process.stderr.write(`[skipped] an engine that is killed: ${lacking}\n`);

async function engineAt(host: string): Promise<ContainerEngine> {
  const found = await findEngine(engineAddresses({ env: { DOCKER_HOST: host } }), never);
  if (!found.ok) throw new Error(found.error.message);
  return found.value.engine;
}

async function start(engine: ContainerEngine, script: string) {
  let said = '';
  const request = plainContainer({
    name: `${OWNER}-${process.pid}`,
    argv: ['sh', '-c', script],
    tmpfs: ['/tmp', '/home/agent', '/workspace'],
    labels: { [LABELS.owner]: OWNER, [LABELS.run]: String(process.pid) },
    onOutput: (_, chunk) => (said += chunk.toString()),
  });
  const started = await engine.start(request, never);
  if (!started.ok) throw new Error(started.error.message);
  return { container: started.value, said: () => said };
}

it.skipIf(shared === null)('has an image of this machine’s programs, which work', async () => {
  const { container, said } = await start(
    await engineAt(shared!.host),
    `set -e; node -e 'if (parseInt(process.versions.node) < 22) process.exit(1)'
    git init -q; echo 1 >a; git add a; git -c user.name=a -c user.email=a@b commit -qm a; git submodule status
    jq --version; sqlite3 -version; redis-cli --version; curl --version; ps; getent hosts localhost; test "$(id -un)" = agent`,
  );
  onTestFinished(async () => void (await container.remove()));
  const exit = await container.exited;
  await container.closed;
  expect({ ...exit, said: exit.kind === 'exited' && exit.code === 0 ? '' : said() }).toEqual({
    kind: 'exited',
    code: 0,
    missing: false,
    outOfMemory: false,
    said: '',
  });
});

it.skipIf(lacking !== null)('can be killed, started again, and leaves nothing', async () => {
  const own = await startEngine({ liveRestore: true });
  onTestFinished(() => own.stop());
  const engine = await engineAt(own.host);
  const { said } = await start(engine, 'echo here; exec sleep 1000');
  const mine = { [LABELS.owner]: OWNER };

  await own.kill9();
  expect((await engine.list(mine, never)).ok).toBe(false);
  const before = own.pid;
  await own.start();
  expect(own.pid).not.toBe(before);
  expect(await engine.list(mine, never)).toMatchObject({ ok: true, value: [{ state: 'running' }] });
  // What the first kill cut off is read now.
  await expect.poll(said, { timeout: 20_000 }).toBe('here\n');

  await own.kill9();
  await own.stop();
  expect(said()).toBe('here\n');
  expect(existsSync(`/proc/${own.pid}`)).toBe(false);
  const folder = own.socket.replace(/\/[^/]+$/, '');
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(folder);
  expect(existsSync(folder)).toBe(false);
});
