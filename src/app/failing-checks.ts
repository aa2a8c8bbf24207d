import { ok, type Result } from '../base/result.ts';
import { shown } from '../base/shown.ts';
import type { ContainerWish } from '../domain/containers/plan.ts';
import { placeBesideLoops } from './code-places.ts';
import { fail } from './loop-error.ts';
import type { Commit } from '../domain/loop/model.ts';
import type { EvidenceRunner } from '../ports/evidence-runner.ts';
import type { LoopServiceDeps } from './create-loop-service.ts';
import type { LoopError } from './loop-service.ts';
import { releaseNetworks } from './recovery/reclaim-containers.ts';

/** A check of an evidence command that fails at HEAD. */
export interface FailingCheck {
  readonly command: string;
  /** As evidence names it: file, suite and test. */
  readonly id: string;
  /** First lines of the failure, or the end of the output; may be ''. */
  readonly message: string;
}

export interface FailingChecksRequest {
  /** null: those found in the repository. */
  readonly commands: readonly string[] | null;
  /** How containers are, where code runs in some. */
  readonly containers: ContainerWish;
  readonly signal: AbortSignal;
}

/** Runs the evidence at HEAD in a checkout of its own, as a loop would before its first iteration. */
export async function failingChecks(
  deps: LoopServiceDeps,
  { commands: given, containers, signal }: FailingChecksRequest,
): Promise<Result<readonly FailingCheck[], LoopError>> {
  const place = await placeBesideLoops(deps, containers);
  if (!place.ok) return place;
  const head = await deps.repository.resolve('HEAD');
  if (!head.ok) return fail(head.error.kind === 'refused' ? 'input' : 'internal', head.error.message);
  const found =
    given ?? (await deps.discoverEvidence(deps.repository.facts.root)).map(({ command }) => command);
  if (found.length === 0) {
    return fail(
      'input',
      'No test command was found in the repository; name one in the setting cfn.evidence.',
    );
  }
  // Folders of its own for each run, so that two windows do not take each other's away; one task holds the checkouts.
  const name = `checks-${deps.ids.token().slice(0, 8)}`;
  const container = place.value;
  const { prefix } = deps.repository.facts;
  const runner = deps.evidence(name, deps.repository.task('checks'), {
    prefix,
    ...(container ? { container } : {}),
  });
  try {
    const prepared = await runner.prepare(head.value, signal);
    if (!prepared.ok) return fail(signal.aborted ? 'state' : 'input', prepared.error.message);
    const failing: FailingCheck[] = [];
    for (const command of found) {
      const ran = await failingOf(runner, { command, head: head.value, signal });
      if (!ran.ok) return ran;
      failing.push(...ran.value);
    }
    return ok(failing);
  } finally {
    await runner.dispose();
    await releaseNetworks({ ...deps, config: { container, taskId: name } });
  }
}

interface Run {
  readonly command: string;
  readonly head: Commit;
  readonly signal: AbortSignal;
}

async function failingOf(
  runner: EvidenceRunner,
  { command, head, signal }: Run,
): Promise<Result<readonly FailingCheck[], LoopError>> {
  const run = await runner.run({ commit: head, baseCommit: head, run: 'base', command }, signal);
  if (!run.ok) return fail(signal.aborted ? 'state' : 'input', run.error.message);
  const { status, checks, tail } = run.value.report;
  if (status === 'unavailable') {
    const why = tail.trim() || 'it printed nothing';
    return fail('input', `At HEAD ${shown(command)} ran no test: ${why}`);
  }
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  return ok(failed.map(({ id, message }) => ({ command, id, message: message ?? tail.trim() })));
}
