import { withFault } from '../../domain/adversarial/fault.ts';
import { chooseMutants, notices, withMutants } from '../../domain/adversarial/mutants.ts';
import type { CommandReport } from '../../domain/evidence.ts';
import { readEvidence } from '../../domain/evidence-command.ts';
import type { EvidenceJudgement } from '../../domain/loop/events.ts';
import type { Commit } from '../../domain/loop/model.ts';
import type { LoopScope } from '../loop-deps.ts';
import type { EffectContext } from '../loop-session.ts';
import { changedFiles } from './seed-faults.ts';

/** What was not tried by then is said. */
const MOST_MS = 600_000;
/** A test that a mutant sends into an endless loop has noticed it. */
const LONGER = 4;
const LEAST_MS = 15_000;

interface Passed {
  readonly command: string;
  /** Of the commit as it is. */
  readonly report: CommandReport;
}

/**
 * Makes some changed lines wrong, one at a time and in a copy of the prepared checkout, and looks whether the tests that
 * passed notice. Only what passed is looked into: for the rest it says nothing new.
 */
export async function sampleMutants(
  scope: LoopScope,
  {
    commit,
    judgement,
    passed,
  }: { readonly commit: Commit; readonly judgement: EvidenceJudgement; readonly passed: readonly Passed[] },
  context: Pick<EffectContext, 'signal' | 'progress'>,
): Promise<EvidenceJudgement> {
  const { config, clock } = scope;
  const { mutationSample: count = 0, mutationScore = null } = config;
  const tests = passed.filter(({ command }) => readEvidence(command).kind === 'test');
  const isGood = judgement.status === 'passed' || judgement.status === 'unconfirmed';
  if (count === 0 || tests.length === 0 || !isGood) return judgement;
  const files = await changedFiles(scope, commit, context.signal);
  const mutants = chooseMutants(files, `mutants/${config.taskId}/${commit}`, count);
  const began = clock.now();
  const survived = [];
  let killed = 0;
  for (const [at, fault] of mutants.entries()) {
    if (clock.now() - began >= MOST_MS) break;
    const file = files.find(({ path }) => path === fault.file);
    const content = file ? withFault(file.text, fault) : null;
    if (content === null) continue;
    context.progress(`mutant ${at + 1} of ${mutants.length}: ${fault.file}:${fault.line}`);
    const noticed = await isNoticed(
      scope,
      { commit, tests, mutant: { path: fault.file, content } },
      context.signal,
    );
    if (noticed === true) killed += 1;
    else if (noticed === false) survived.push(fault);
  }
  const sample = { chosen: mutants.length, killed, survived, ms: clock.now() - began };
  return withMutants(judgement, sample, mutationScore);
}

/** By any of the commands; null: it could not be tried. */
async function isNoticed(
  { config, evidenceRunner }: LoopScope,
  {
    commit,
    tests,
    mutant,
  }: {
    readonly commit: Commit;
    readonly tests: readonly Passed[];
    readonly mutant: { readonly path: string; readonly content: string };
  },
  signal: AbortSignal,
): Promise<boolean | null> {
  for (const { command, report } of tests) {
    const timeoutMs = Math.max(LEAST_MS, report.durationMs * LONGER);
    const run = await evidenceRunner.run(
      { commit, baseCommit: config.baseCommit, run: 'left', command, mutant, timeoutMs },
      signal,
    );
    signal.throwIfAborted();
    if (!run.ok) return null;
    if (notices(report, run.value.report)) return true;
  }
  return false;
}
