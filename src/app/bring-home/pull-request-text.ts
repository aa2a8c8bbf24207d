import type { LoopConfig } from '../../domain/loop/config.ts';
import type { EvidenceFact } from '../../domain/loop/events.ts';
import { iterations, type LoopState } from '../../domain/loop/state.ts';

const LONGEST_TASK = 8000;

export interface PullRequestFacts {
  readonly config: Pick<LoopConfig, 'description' | 'taskId'>;
  readonly state: LoopState;
  /** A person changed the result after its evidence ran. */
  readonly revised: boolean;
  /** The iteration that a person restored as the result. */
  readonly restored: number | null;
}

/**
 * What a reviewer is told in Markdown: the task and what was measured. Texts of agents are left out: a host turns
 * mentions and issue numbers in them into notifications and closed issues.
 */
export function pullRequestBody({ config, state, revised, restored }: PullRequestFacts): string {
  const task = config.description.trim();
  return [
    task.length > LONGEST_TASK ? `${task.slice(0, LONGEST_TASK)}…` : task,
    '',
    '---',
    '',
    ...outcomeLines(state),
    ...(restored === null ? [] : [`- This is the work of iteration ${restored}, which a person restored.`]),
    ...evidenceLines(state, restored),
    ...(revised ? ['- A person changed the result after its evidence ran.'] : []),
    '',
    `Made by the loop \`${config.taskId}\`.`,
    '',
  ].join('\n');
}

function outcomeLines({ phase, current }: LoopState): readonly string[] {
  if (phase.kind !== 'finished') return [];
  const { outcome, iterations: count } = phase.event;
  const consensus = current?.consensus ?? null;
  const { findings } = consensus ?? { findings: [] };
  return [
    `- ${outcome} after ${count === 1 ? 'one iteration' : `${count} iterations`}`,
    ...(consensus?.score == null ? [] : [`- Consensus of the validators: ${consensus.score.toFixed(2)}`]),
    ...(consensus === null ? [] : [`- Findings of the last validation: ${findings.length}`]),
  ];
}

/** Of the restored or the last iteration, with the protected files of the base. */
function evidenceLines(state: LoopState, restored: number | null): readonly string[] {
  const last = iterations(state).findLast(({ number, facts }) =>
    restored === null ? facts.length > 0 : number === restored,
  );
  const runs = last?.facts.filter(({ run }) => run === 'restored') ?? [];
  return runs.length === 0 ? ['- No evidence ran.'] : runs.map(evidenceLine);
}

function evidenceLine({ command, passed, failed, status, baseline }: EvidenceFact): string {
  const before = baseline === null ? '' : ` (before: ${percent(baseline)})`;
  const counted = passed + failed;
  const outcome = counted === 0 ? status : `${passed} of ${counted} checks pass`;
  return `- \`${command.replaceAll('`', "'")}\`: ${outcome}${before}`;
}

const percent = (rate: number): string => `${Number((100 * rate).toFixed(1))} %`;
