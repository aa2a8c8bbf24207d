import { constants } from 'node:fs';
import { copyFile, link, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import type { Ids } from '../../base/ids.ts';
import type { GitError } from '../../ports/worktrees.ts';
import { readText, writeAside } from './files.ts';
import { refused } from './git-process.ts';
import { diskError } from './harness.ts';

export const ID_FILE = 'cfn-id';
const SHAPE = /^[0-9a-f]{32}$/;

/**
 * The random id in the common git directory. `homeOf` names our folder for an id; it remembers which repository it
 * belongs to, so that a copy of a repository (`cp -a`) gets an id of its own instead of the original's state.
 */
export async function repositoryId(
  commonDir: string,
  ids: Ids,
  homeOf: (id: string) => string,
): Promise<Result<string, GitError>> {
  const file = join(commonDir, ID_FILE);
  try {
    const found = (await readText(file))?.trim() ?? '';
    if (found !== '' && !SHAPE.test(found)) {
      return err(
        refused(`The file ${file} does not hold an id of CFN Loop; delete it to start with empty state.`),
      );
    }
    const id = found === '' ? await create(file, ids) : found;
    if (!SHAPE.test(id)) return err(refused(`The file ${file} could not be written; check its permissions.`));
    return await claim(commonDir, { id, file, ids, homeOf });
  } catch (error) {
    return err(diskError(`The id file ${file} could not be written`, error));
  }
}

async function claim(commonDir: string, owner: Owner): Promise<Result<string, GitError>> {
  try {
    return ok(await own(commonDir, owner));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const home = owner.homeOf(owner.id);
    return err(
      refused(
        `The state folder ${home} can not be used (${reason}); set CFN_STATE_HOME to a folder that can.`,
      ),
    );
  }
}

/** Only one of several windows that open the repository for the first time wins; all read what it wrote. */
async function create(file: string, ids: Ids): Promise<string> {
  const draft = `${file}.${ids.token().slice(0, 12)}`;
  await writeFile(draft, `${ids.token()}\n`, { mode: 0o644, flag: 'wx' });
  try {
    if ((await readText(file)) === '') await rm(file, { force: true });
    await publish(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return (await readText(file))?.trim() ?? '';
}

async function publish(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    // Some file systems have no hard links. If this fails too, nothing can be read and the caller says so.
    await copyFile(draft, file, constants.COPYFILE_EXCL).catch(() => undefined);
  }
}

interface Owner {
  readonly id: string;
  readonly file: string;
  readonly ids: Ids;
  readonly homeOf: (id: string) => string;
}

async function own(commonDir: string, owner: Owner): Promise<string> {
  const record = join(owner.homeOf(owner.id), 'repository');
  const remembered = await readText(record);
  if (remembered === commonDir) return owner.id;
  if (remembered !== null && (await stillThere(remembered, owner.id, commonDir))) {
    const fresh = owner.ids.token();
    await writeAside(owner.file, `${fresh}\n`, 0o644);
    await writeAside(join(owner.homeOf(fresh), 'repository'), commonDir);
    return fresh;
  }
  await writeAside(record, commonDir);
  return owner.id;
}

/** True when another repository with this id exists at the remembered place. */
async function stillThere(remembered: string, id: string, commonDir: string): Promise<boolean> {
  if ((await readText(join(remembered, ID_FILE)))?.trim() !== id) return false;
  return (await realpath(remembered).catch(() => '')) !== (await realpath(commonDir).catch(() => commonDir));
}
