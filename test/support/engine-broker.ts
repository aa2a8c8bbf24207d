import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDocker } from '../../src/adapters/docker/engine.ts';
import { bringBaseImage } from './base-image.ts';
import type { EngineAnswer } from './docker-engine.ts';
import { answers, startEngine, whyNoEngine } from './own-engine.ts';

const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Set-up of a run: nothing is started before a test asks for the engine, and all that was started ends with the run. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.platform !== 'linux') {
    project.provide('engineBroker', '');
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'cfn-engine-'));
  const path = join(folder, 'broker');
  let asked: Promise<Had> | null = null;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    asked ??= findOrStart();
    void asked.then(({ answer }) => socket.end(JSON.stringify(answer)));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  project.provide('engineBroker', path);
  return async () => {
    await (await asked)?.stop();
    server.close();
    await rm(folder, { recursive: true });
  };
}

interface Had {
  readonly answer: EngineAnswer;
  stop(): Promise<void>;
}

const none = (missing: string): Had => ({ answer: { missing }, stop: () => Promise.resolve() });

async function findOrStart(): Promise<Had> {
  const named = process.env['DOCKER_HOST'];
  if (named || (await answers(DEFAULT_SOCKET))) {
    const host = named || `unix://${DEFAULT_SOCKET}`;
    try {
      await bringBaseImage(openDocker({ source: 'DOCKER_HOST', host }));
      return { answer: { host }, stop: () => Promise.resolve() };
    } catch (error) {
      return none(`the engine at ${host} cannot be used (${String(error)})`);
    }
  }
  const lacking = await whyNoEngine();
  if (lacking !== null) return none(`no Docker engine answers, and ${lacking}`);
  try {
    const engine = await startEngine({ rules: true });
    return { answer: { host: engine.host }, stop: () => engine.stop() };
  } catch (error) {
    return none(`no Docker engine could be started here (${String(error)})`);
  }
}
