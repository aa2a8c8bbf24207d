import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type Docker from 'dockerode';
import { cached } from '../../scripts/cache-folder.mts';
import { demand } from '../../scripts/run-command.mts';

const SCRIPT = join(import.meta.dirname, '..', '..', 'scripts', 'docker', 'local-base.sh');
/** What `local-base.sh` makes of this machine's own programs. */
export const BASE_IMAGE = 'cfn-base:local';
const MADE_FROM = 'cfn.base.made-from';

/** Brings the base image into an engine that has none, or an older one. */
export async function bringBaseImage(docker: Docker): Promise<void> {
  const madeFrom = createHash('sha256').update(readFileSync(SCRIPT)).update(process.version).digest('hex');
  const there = await docker
    .getImage(BASE_IMAGE)
    .inspect()
    .catch(() => null);
  if (there?.Config.Labels?.[MADE_FROM] === madeFrom) return;
  const archive = await cached(`container-base-${madeFrom.slice(0, 12)}`, async (folder) => {
    await demand(SCRIPT, ['--output', join(folder, 'base.tar')], {
      env: { ...process.env, NODE: process.execPath },
      timeoutMs: 120_000,
    });
  });
  const [repo, tag] = BASE_IMAGE.split(':');
  const imported = await docker.importImage(createReadStream(join(archive, 'base.tar')), {
    repo,
    tag,
    changes: `LABEL ${MADE_FROM}=${madeFrom}`,
  });
  await finished(imported.resume(), { writable: false });
}
