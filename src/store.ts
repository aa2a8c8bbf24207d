/** The coordination store as a process of its own: `store.js --folder STATE_FOLDER [--idle-ms N]`. */
import { parseArgs } from 'node:util';
import { startStore } from './adapters/embedded/store-process.ts';
import { EXIT_STORE_HELD } from './protocol/store-file.ts';

const DEFAULT_IDLE_MS = 60_000;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { folder: { type: 'string' }, 'idle-ms': { type: 'string' } } });
  const idleMs = Number(values['idle-ms'] ?? DEFAULT_IDLE_MS);
  if (!values.folder || !Number.isFinite(idleMs) || idleMs <= 0) {
    process.stderr.write('store takes --folder STATE_FOLDER and optionally --idle-ms MILLISECONDS\n');
    return 2;
  }
  const log = (line: string): void => {
    process.stderr.write(`${new Date().toISOString()} ${line}\n`);
  };
  const store = await startStore({ folder: values.folder, idleMs, log });
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

void main().then((code) => process.exit(code));
