/**
 * The coordination store as a process of its own: `store.js --folder STATE_FOLDER [--idle-ms N] [--redis]`. With
 * `--redis` its standard input says which server is behind it; credentials stand in no argument and no file.
 */
import { parseArgs } from 'node:util';
import { createCheckpointLog } from './adapters/journal/checkpoint-log.ts';
import { loopFolder } from './adapters/journal/loop-folder.ts';
import { createNodeRedactor } from './adapters/log/redactor.ts';
import { startStore, type ConnectRedis } from './adapters/embedded/store-process.ts';
import { systemClock } from './base/clock.ts';
import { redisConfigSchema } from './protocol/redis-settings.ts';
import { EXIT_STORE_HELD } from './protocol/store-file.ts';

const DEFAULT_IDLE_MS = 60_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { folder: { type: 'string' }, 'idle-ms': { type: 'string' }, redis: { type: 'boolean' } },
  });
  const idleMs = Number(values['idle-ms'] ?? DEFAULT_IDLE_MS);
  if (!values.folder || !Number.isFinite(idleMs) || idleMs <= 0) {
    process.stderr.write(
      'store takes --folder STATE_FOLDER and optionally --idle-ms MILLISECONDS and --redis\n',
    );
    return 2;
  }
  const redactor = createNodeRedactor();
  const log = (line: string): void => {
    process.stderr.write(`${new Date().toISOString()} ${redactor.redact(line)}\n`);
  };
  const redis = values.redis ? await readRedis((secret) => redactor.add(secret)) : null;
  const { folder } = values;
  const checkpoints = createCheckpointLog({
    folderOf: (taskId) => loopFolder(folder, taskId),
    clock: systemClock,
  });
  const store = await startStore({ folder, idleMs, log, redis, checkpoints });
  if (!store.ok) {
    if (store.error.kind === 'held') return EXIT_STORE_HELD;
    log(store.error.message);
    return 1;
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void store.value.close());
  // Whoever started the store waits for this line, and may be gone by now.
  process.stdout.on('error', () => undefined);
  process.stdout.write(`ready ${store.value.port}\n`);
  await store.value.ended;
  return 0;
}

async function readRedis(addSecret: (secret: string) => void): Promise<ConnectRedis> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  const config = redisConfigSchema.parse(JSON.parse(text));
  addSecret(config.primary.password);
  if (config.fallback) addSecret(config.fallback.password);
  const { createRedisServer } = await import('./adapters/redis/redis-server.ts');
  return (options) => createRedisServer({ ...options, config });
}

void main().then((code) => process.exit(code));
