import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { err, ok, type Result } from '../../base/result.ts';
import { SAMPLE_FILES } from './sample.ts';

const run = promisify(execFile);

export interface SampleRepository {
  readonly folder: string;
  readonly baseCommit: string;
}

async function hasIdentity(folder: string): Promise<boolean> {
  return run('git', ['config', 'user.email'], { cwd: folder }).then(
    () => true,
    () => false,
  );
}

/** Makes the sample project as a git repository with two commits. The folder must be empty or absent. */
export async function createSampleRepository(folder: string): Promise<Result<SampleRepository, string>> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    return err(`${folder} is not empty; the sample repository takes an empty or a new folder.`);
  }
  const git = (...args: string[]) => run('git', args, { cwd: folder });
  await git('init', '--quiet', '--initial-branch=main');
  if (!(await hasIdentity(folder))) {
    await git('config', 'user.name', 'Sample');
    await git('config', 'user.email', 'sample@example.invalid');
  }
  const write = async (belongs: (path: string) => boolean, message: string) => {
    for (const [path, content] of Object.entries(SAMPLE_FILES)) {
      if (!belongs(path)) continue;
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    await git('add', '--all');
    await git('-c', 'commit.gpgSign=false', 'commit', '--quiet', '--no-verify', '--message', message);
  };
  const isTest = (path: string) => path.startsWith('test/');
  await write((path) => !isTest(path), 'Open the shop');
  await write(isTest, 'Say in tests what the shop should do');
  const { stdout } = await git('rev-parse', 'HEAD');
  return ok({ folder, baseCommit: stdout.trim() });
}
