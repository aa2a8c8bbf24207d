// A window that has a repository's loop open, without an editor: node window.mts PROGRAMS REPOSITORY TASK PORT
// It takes the loop up when nobody holds it and follows it otherwise. Lines in: `pause`, `unpause`.
// Lines out: own, follow, violation, answer TEXT, end VIEW.
import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CreateCore } from '../../src/app/core.ts';
import { silentLogger } from '../../src/base/logger.ts';

const [programs = '', repository = '', task = '', port = ''] = process.argv.slice(2);
const { createCore } = createRequire(import.meta.url)(join(programs, 'core.js')) as {
  createCore: CreateCore;
};
const say = (line: string) => process.stdout.write(`${line}\n`);

/** One process at a time can listen there, and the kernel frees it: a second owner shows itself. */
function alone(): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(Number(port), '127.0.0.1', () => resolve(server));
  });
}

const core = await createCore({ logger: silentLogger, env: { ...process.env }, programs });
const opened = await core.openRepository(repository);
if (!opened.ok) throw new Error(opened.error.message);
const service = opened.value;
createInterface(process.stdin).on('line', (command) => {
  const done = command === 'pause' ? service.pause(task, { now: false }) : service.unpause(task);
  void done.then((result) => say(`answer ${result.ok ? 'ok' : result.error.message}`));
});

for (let over = false; !over;) {
  const handle = await service.resume(task);
  if (!handle.ok) throw new Error(handle.error.message);
  const owner = handle.value.heldElsewhere === true ? null : await alone();
  if (handle.value.heldElsewhere === true) say('follow');
  else say(owner ? 'own' : 'violation');
  const end = await handle.value.ended({ keepWaiting: true });
  owner?.close();
  over = end.kind === 'finished';
  if (over) say(`end ${JSON.stringify(handle.value.view())}`);
}
await core.dispose();
process.exit(0);
