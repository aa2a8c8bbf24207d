import type { AddedFile } from '../../domain/added-lines.ts';
import { deliverablePath, missingDeliverables } from '../../domain/deliverables.ts';
import type { Inspection } from '../../domain/inspection.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';

/** More added text than anybody writes; what is beyond it is said not to have been searched. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Looks at a commit's objects, which nobody but the harness writes; nothing of it is run. */
export async function inspect(
  { config, repository, secrets }: Pick<LoopScope, 'config' | 'repository' | 'secrets'>,
  commit: Commit,
): Promise<Inspection & { readonly added: readonly AddedFile[] }> {
  const added = await repository.addedLines(config.baseCommit, commit, { maxBytes: MOST_BYTES });
  if (!added.ok) throw new LoopFault(added.error.message);
  return {
    missing: await missing({ config, repository }, commit),
    secrets: await secrets.scan(added.value.files),
    searchedAll: !added.value.truncated,
    added: added.value.files,
  };
}

async function missing(
  { config, repository }: Pick<LoopScope, 'config' | 'repository'>,
  commit: Commit,
): Promise<readonly string[]> {
  if (!config.deliverables.some((line) => deliverablePath(line) !== null)) return [];
  const files = await repository.files(commit);
  if (!files.ok) throw new LoopFault(files.error.message);
  // A link can lead anywhere, also nowhere.
  const paths = files.value.filter(({ mode }) => mode !== '120000').map(({ path }) => path);
  return missingDeliverables(config.deliverables, { prefix: config.prefix, files: paths });
}
