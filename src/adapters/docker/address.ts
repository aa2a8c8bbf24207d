import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { EngineAddress } from '../../domain/containers/engine.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  readonly home?: string;
  readonly isThere?: (path: string) => boolean;
}

const PIPES = ['//./pipe/docker_engine', '//./pipe/podman-machine-default'];

/**
 * Where an engine may answer, most wanted first: what the person named (`DOCKER_HOST`, else the context of the
 * `docker` command) alone; else every socket that is there, Docker's before Podman's.
 */
export function engineAddresses(given: Surroundings): readonly EngineAddress[] {
  const { env, platform = process.platform, home = homedir(), isThere = existsSync } = given;
  const folder = env['DOCKER_CERT_PATH'] || (env['DOCKER_TLS_VERIFY'] ? join(home, '.docker') : null);
  const certificates = folder ? { certificates: folder } : {};
  const named = env['DOCKER_HOST'];
  if (named) return [{ source: 'DOCKER_HOST', host: withScheme(named), ...certificates }];
  const context = contextHost(env, home);
  if (context !== null) return [{ source: 'context', ...context }];
  if (platform === 'win32')
    return PIPES.filter(isThere).map((pipe) => ({ source: 'socket', host: `npipe://${pipe}` }));
  const runtime = env['XDG_RUNTIME_DIR'];
  return [
    '/var/run/docker.sock',
    join(home, '.docker', 'run', 'docker.sock'),
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman', 'podman.sock')] : []),
    '/run/podman/podman.sock',
  ]
    .filter(isThere)
    .map((socket) => ({ source: 'socket', host: `unix://${socket}` }));
}

const withScheme = (host: string): string => (host.includes('://') ? host : `tcp://${host}`);

const configSchema = z.object({ currentContext: z.optional(z.string()) });
const metaSchema = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.optional(z.string()) }) }),
});

/** The command's own files: `config.json` names the context, and each has a folder by the hash of its name. */
function contextHost(
  env: Surroundings['env'],
  home: string,
): { readonly host: string; readonly certificates?: string } | null {
  const folder = env['DOCKER_CONFIG'] ?? join(home, '.docker');
  const name =
    env['DOCKER_CONTEXT'] ?? read(join(folder, 'config.json'), configSchema)?.currentContext ?? 'default';
  if (name === 'default') return null;
  const id = createHash('sha256').update(name).digest('hex');
  const meta = read(join(folder, 'contexts', 'meta', id, 'meta.json'), metaSchema);
  const host = meta?.Endpoints.docker.Host;
  if (!host) return null;
  const certificates = join(folder, 'contexts', 'tls', id, 'docker');
  return { host, ...(existsSync(certificates) ? { certificates } : {}) };
}

function read<T>(file: string, schema: z.ZodMiniType<T>): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    // No such file, or none that we can read: the command's default holds.
    return null;
  }
}
