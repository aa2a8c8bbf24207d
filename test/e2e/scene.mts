/** A repository, a state folder and a settings-free home for one test file, all of which goes away with it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Scene {
  readonly folder: string;
  readonly repository: string;
  /** For the server: keeps the loops' state inside the scene. */
  readonly env: Readonly<Record<string, string>>;
  git(...args: string[]): Promise<string>;
  read(file: string): Promise<string>;
  dispose(): Promise<void>;
}

export async function prepareScene(): Promise<Scene> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cfn-scene-'));
  const repository = path.join(folder, 'sample');
  await mkdir(repository);
  const git = async (...args: string[]) => (await run('git', ['-C', repository, ...args])).stdout;
  await run('git', ['init', '--quiet', '--initial-branch=main', repository]);
  await git('config', 'user.name', 'Sample');
  await git('config', 'user.email', 'sample@example.com');
  await writeFile(path.join(repository, 'README.md'), '# Sample\n');
  await git('add', '-A');
  await git('commit', '--quiet', '-m', 'Sample');
  return {
    folder,
    repository,
    env: { XDG_STATE_HOME: path.join(folder, 'state') },
    git,
    read: (file) => readFile(path.join(repository, file), 'utf8'),
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}
