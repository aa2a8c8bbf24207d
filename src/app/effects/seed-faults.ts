import { chooseFault, withFault, type ChangedFile } from '../../domain/adversarial/fault.ts';
import { faultSeed, type Probe } from '../../domain/adversarial/probe.ts';
import type { Effect } from '../../domain/loop/effects.ts';
import type { Commit } from '../../domain/loop/model.ts';
import { LoopFault, type LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';

/** Makes a copy of the integrated commit with one fault for each of these validators, as commits that no ref names. */
export async function seedFaults(
  scope: LoopScope,
  { iteration, commit, agentIds }: Effect & { kind: 'seed-faults' },
  context: EffectContext,
): Promise<void> {
  const files = await changedFiles(scope, commit, context.signal);
  const probes: Pick<Probe, 'agentId' | 'seeded'>[] = [];
  for (const agentId of agentIds) {
    const fault = chooseFault(files, faultSeed(scope.config, iteration, agentId));
    const file = files.find(({ path }) => path === fault?.file);
    const content = fault && file ? withFault(file.text, fault) : null;
    if (fault === null || content === null) {
      probes.push({ agentId, seeded: null });
      continue;
    }
    const made = await scope.task.seed({ commit, path: fault.file, content });
    if (!made.ok) throw new LoopFault(made.error.message);
    probes.push({ agentId, seeded: { commit: made.value, fault } });
  }
  await context.report({ type: 'FaultsSeeded', iteration, probes });
}

/** Larger changes are looked at in part: one fault needs one line. */
const MOST_FILES = 200;
const MOST_BYTES = 512 * 1024;

export async function changedFiles(
  scope: LoopScope,
  commit: Commit,
  signal: AbortSignal,
): Promise<readonly ChangedFile[]> {
  const { repository, config } = scope;
  const changes = await repository.changes(config.baseCommit, commit);
  if (!changes.ok) throw new LoopFault(changes.error.message);
  const files: ChangedFile[] = [];
  for (const { path, status } of changes.value.slice(0, MOST_FILES)) {
    signal.throwIfAborted();
    if (status === 'deleted') continue;
    const hunks = await repository.hunks(config.baseCommit, commit, path);
    if (!hunks.ok) throw new LoopFault(hunks.error.message);
    const lines = (hunks.value?.hunks ?? []).flatMap(({ kind, after: [start, end] }) =>
      kind === 'lines' ? Array.from({ length: end - start }, (_, at) => start + at + 1) : [],
    );
    const text = lines.length > 0 ? await textOf(scope, commit, path) : null;
    if (text !== null) files.push({ path, text, lines });
  }
  return files;
}

/** Null for what is no text in UTF-8. */
async function textOf({ repository }: LoopScope, commit: Commit, path: string): Promise<string | null> {
  const shown = await repository.show(commit, path);
  if (!shown.ok) throw new LoopFault(shown.error.message);
  if (shown.value === null || shown.value.length > MOST_BYTES) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(shown.value);
  } catch {
    return null;
  }
}
