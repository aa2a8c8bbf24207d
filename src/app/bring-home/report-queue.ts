import type { Guilt } from '../../domain/home/merge-queue.ts';
import type { Stack } from '../../ports/home-git.ts';
import type { EndedLoop } from './ended-loop.ts';
import { intentOf } from './messages.ts';
import type { QueueChoice, QueuedLoop, QueueReport } from './queue-report.ts';
import type { StackEvidence } from './stack-evidence.ts';

/** What is known when a queue ends, whatever its end is. */
export interface Found {
  readonly stack: Stack;
  /** With the checks that fail because of each. */
  readonly guilty: readonly (Guilt & { readonly checks: readonly string[] })[];
}

export type Ended = Pick<QueueReport, 'outcome'> &
  Partial<Pick<QueueReport, 'integrations' | 'preview' | 'protectedFiles'>> & {
    /** Null: it ended before anything was stacked. */
    readonly found: Found | null;
  };

interface Queue {
  readonly loops: readonly EndedLoop[];
  readonly choice: QueueChoice;
  readonly evidence: StackEvidence;
}

export function reportOf({ loops, choice, evidence }: Queue, ended: Ended): QueueReport {
  const { outcome, found, integrations = [], preview = null, protectedFiles = [] } = ended;
  const named = (ids: readonly string[]): readonly QueuedLoop[] =>
    ids.flatMap((id) => loops.filter(({ config }) => config.taskId === id)).map(shownLoop);
  return {
    outcome,
    way: choice.way,
    branch: found?.stack.branch ?? choice.into,
    newBranch: choice.newBranch,
    branchCommit: found?.stack.onto ?? null,
    stack: named(found?.stack.layers.map(({ taskId }) => taskId) ?? []),
    integrations,
    putAside: found === null ? [] : putAside(found, named),
    already: named(found?.stack.nothing ?? []),
    evidence: evidence.commands,
    runs: [...evidence.runs],
    flaky: [...evidence.flaky],
    protectedFiles,
    preview,
  };
}

function putAside(
  { stack, guilty }: Found,
  named: (ids: readonly string[]) => readonly QueuedLoop[],
): QueueReport['putAside'] {
  const evidence = guilty.flatMap(({ loop, with: others, checks }) =>
    named([loop]).map((one) => ({ ...one, reason: { kind: 'evidence', with: others, checks } as const })),
  );
  const conflicts = stack.conflicts.flatMap(({ taskId, with: other, files }) =>
    named([taskId]).map((one) => ({ ...one, reason: { kind: 'conflicts', with: other, files } as const })),
  );
  return [...evidence, ...conflicts];
}

const shownLoop = ({ config, commit, revised }: EndedLoop): QueuedLoop => ({
  taskId: config.taskId,
  intent: intentOf(config),
  commit,
  revised,
});
