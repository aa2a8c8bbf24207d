import { ok, type Result } from '../base/result.ts';
import { fail } from './loop-error.ts';
import type { LoopServiceDeps } from './create-loop-service.ts';
import type { LoopError } from './loop-service.ts';

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
  readonly signal: AbortSignal;
}

/** Runs the evidence at HEAD in a checkout of its own, as a loop would before its first iteration. */
export async function failingChecks(
  deps: LoopServiceDeps,
  { commands: given, signal }: FailingChecksRequest,
): Promise<Result<readonly FailingCheck[], LoopError>> {
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
  const runner = deps.evidence(name, deps.repository.task('checks'), null);
  try {
    const prepared = await runner.prepare(head.value, signal);
    if (!prepared.ok) return fail(signal.aborted ? 'state' : 'input', prepared.error.message);
    const failing: FailingCheck[] = [];
    for (const command of found) {
      const run = await runner.run(
        { commit: head.value, baseCommit: head.value, run: 'base', command },
        signal,
      );
      if (!run.ok) return fail(signal.aborted ? 'state' : 'input', run.error.message);
      const { checks, tail } = run.value.report;
      for (const { id, outcome, message } of checks) {
        if (outcome === 'failed') failing.push({ command, id, message: message ?? tail.trim() });
      }
    }
    return ok(failing);
  } finally {
    await runner.dispose();
  }
}
