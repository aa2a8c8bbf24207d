import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { err, ok, type Result } from '../../base/result.ts';
import type { ServerBacking } from '../../domain/mcp-servers/server.ts';

export type PackageBacking = Extract<ServerBacking, { kind: 'package' }>;

/** npm fetches some megabytes, over whatever line there is. */
const INSTALL_MS = 600_000;

/** Packages of servers, each version in a folder of its own, so that a newer one never changes what a running loop uses. */
export interface ServerPackages {
  /** Whether it is there or not. */
  folderOf(backing: PackageBacking): string;
  /** The file to run; `null` when it is not installed. */
  entryOf(backing: PackageBacking): string | null;
  install(backing: PackageBacking, signal: AbortSignal): Promise<Result<void, string>>;
}

export interface ServerPackagesDeps {
  readonly stateHome: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of `npm`; `null` where there is none. */
  readonly npm: () => Promise<string | null>;
}

export function createServerPackages({ stateHome, env, npm }: ServerPackagesDeps): ServerPackages {
  const home = join(stateHome, 'mcp-servers');
  const folderOf = ({ name, version }: PackageBacking) =>
    join(home, `${name.replaceAll(/[@/]+/g, '_').replace(/^_/, '')}@${version}`);
  const entryIn = (folder: string, { name, entry }: PackageBacking) =>
    join(folder, 'node_modules', ...name.split('/'), entry);
  return {
    folderOf,
    entryOf(backing) {
      const entry = entryIn(folderOf(backing), backing);
      return existsSync(entry) ? entry : null;
    },
    async install(backing, signal) {
      const program = await npm();
      if (program === null) return err('npm was not found on PATH; it comes with Node.js.');
      await mkdir(home, { recursive: true, mode: 0o700 });
      const building = await mkdtemp(join(home, 'building-'));
      try {
        await runNpm(program, { building, backing, env, signal });
        const kept = await integrityIn(building, backing);
        if (kept !== backing.integrity)
          return err(
            `${backing.name}@${backing.version} is not the package that was chosen; nothing was kept.`,
          );
        if (!existsSync(entryIn(building, backing)))
          return err(`${backing.name}@${backing.version} has no ${backing.entry}; nothing was kept.`);
        await putInPlace(building, folderOf(backing));
        return ok(undefined);
      } catch (error) {
        return err(`${backing.name}@${backing.version} could not be installed: ${firstLine(error)}`);
      } finally {
        await rm(building, { recursive: true, force: true });
      }
    },
  };
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .trim()
    .split('\n')
    .slice(0, 3)
    .join(' ')
    .slice(0, 400);

interface Npm {
  readonly building: string;
  readonly backing: PackageBacking;
  readonly env: ServerPackagesDeps['env'];
  readonly signal: AbortSignal;
}

/** No script of a package runs: what is installed runs when an agent asks for it, and not before. */
async function runNpm(program: string, { building, backing, env, signal }: Npm): Promise<void> {
  await writeFile(join(building, 'package.json'), '{"private":true}');
  const windows = process.platform === 'win32';
  const wanted = `${backing.name}@${backing.version}`;
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--omit=dev',
    '--save-exact',
    wanted,
  ];
  await promisify(execFile)(windows ? `"${program}"` : program, args, {
    cwd: building,
    env: { ...env, PATH: [dirname(process.execPath), env['PATH'] ?? ''].join(windows ? ';' : ':') },
    timeout: INSTALL_MS,
    maxBuffer: 16 * 1024 * 1024,
    // On Windows it is a script; each word comes from the catalogue or is a path of ours.
    shell: windows,
    windowsHide: true,
    signal,
  });
}

const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ integrity: z.optional(z.string()) })),
});

async function integrityIn(folder: string, { name }: PackageBacking): Promise<string | undefined> {
  const lock = lockSchema.parse(JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')));
  return lock.packages[`node_modules/${name}`]?.integrity;
}

/** Another command may have put the same there meanwhile. */
async function putInPlace(building: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rename(building, folder);
}
