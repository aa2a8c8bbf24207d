/** A coordination store within the played core: the embedded one, with keys of the story in it. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { openRespClient } from '../../src/adapters/coordination/resp-client.ts';
import { createEngine, DEFAULT_LIMITS } from '../../src/adapters/embedded/engine.ts';
import { startRespServer } from '../../src/adapters/embedded/server.ts';
import { Users } from '../../src/adapters/embedded/users.ts';
import { createHandChanges } from '../../src/adapters/state/hand-changes.ts';
import { createKeyBrowser } from '../../src/app/keys/create-key-browser.ts';
import type { KeyBrowser } from '../../src/app/keys/key-browser.ts';
import { createStoreGlance, type StoreGlance } from '../../src/app/keys/store-glance.ts';
import type { HandOverOf } from '../../src/app/keys/selection.ts';
import { systemClock } from '../../src/base/clock.ts';
import { storyKeys } from './story-keys.mts';

const PASSWORD = 'password-of-the-played-store';

export interface FakeKeys {
  browse(folder: string, handOver: HandOverOf): KeyBrowser;
  glance(folder: string): StoreGlance;
  /** As somebody else does. */
  write(...words: readonly string[]): Promise<void>;
  dispose(): Promise<void>;
}

export async function startFakeKeys(): Promise<FakeKeys> {
  const users = new Users({
    adminPassword: PASSWORD,
    tasks: new Map([['add-jwt', PASSWORD]]),
    newPassword: () => PASSWORD,
    onChange: () => undefined,
  });
  const engine = createEngine({
    users,
    limits: DEFAULT_LIMITS,
    runId: 'played',
    now: Date.now,
    nextFence: () => 1,
    shutDown: () => undefined,
  });
  const server = await startRespServer({ engine, port: 0 });
  if (!server.ok) throw new Error(server.error);
  const at = `127.0.0.1:${server.value.port}`;
  const admin = `redis://default:${PASSWORD}@${at}`;
  const connect = (url: string, signal?: AbortSignal) =>
    openRespClient({ url, deadlineMs: 60_000, bytes: true, signal });
  const [seed, agent] = await Promise.all([
    connect(admin),
    connect(`redis://task-add-jwt:${PASSWORD}@${at}`),
  ]);
  if (!seed.ok || !agent.ok) throw new Error('the played store does not answer');
  for (const words of storyKeys()) await seed.value.command(words);
  await agent.value.command(['CLIENT', 'SETNAME', 'security-1']);
  // Nobody answers it: it is the one who waits.
  void agent.value.command(['BRPOP', 'swarm:add-jwt:signal:security-1', '300'], { deadlineMs: 3_600_000 });
  return {
    browse: (folder, handOver) =>
      createKeyBrowser({
        connect: (signal) => connect(admin, signal),
        changes: createHandChanges(path.dirname(folder)),
        clock: systemClock,
        hash: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
        handOver,
      }),
    glance: (folder) =>
      createStoreGlance({
        connect: (signal) => connect(admin, signal),
        changes: createHandChanges(path.dirname(folder)),
        clock: systemClock,
      }),
    write: async (...words) => {
      const written = await seed.value.command(words);
      if (!written.ok) throw new Error(written.error.message);
    },
    dispose: async () => {
      agent.value.close();
      seed.value.close();
      await server.value.close();
    },
  };
}
