import type { FoundWorktree, Survival, SurvivingAttempt } from './survival.ts';

/** For people, a fact a line; empty when there is nothing to say. */
export function survivalLines(survival: Survival): readonly string[] {
  return [
    ...survival.attempts.map((attempt) => attemptLine(survival, attempt)),
    ...survival.worktrees.map(worktreeLine),
    ...told('processes of test or set-up commands ended', survival.processesEnded),
    ...told('checkouts that nobody used any more, removed', survival.checkoutsRemoved),
    ...survival.problems,
  ];
}

export function survivalTitle({ taskId, iteration }: Survival): string {
  return `What survived of the loop ${taskId}${iteration > 0 ? `, in iteration ${iteration}` : ''}:`;
}

/** One sentence for a notification. */
export function survivalSummary(survival: Survival): string {
  const count = (...fates: readonly SurvivingAttempt['fate'][]) =>
    survival.attempts.filter((attempt) => fates.includes(attempt.fate)).length;
  const parts = [
    [count('adopted', 'starting'), 'still running'],
    [count('finished'), 'finished meanwhile'],
    [count('lost'), 'lost'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  const agents = said.length > 0 ? `agents: ${said.join(', ')}` : 'what was left over is put in order';
  return `Took up the loop ${survival.taskId} again; ${agents}.`;
}

function attemptLine(survival: Survival, attempt: SurvivingAttempt): string {
  const of = attempt.iteration === survival.iteration ? '' : ` of iteration ${attempt.iteration}`;
  const round = attempt.repair ? ', repair round' : '';
  return `${attempt.agentId}, attempt ${attempt.attempt}${of}${round}: ${fateText(attempt)}`;
}

function fateText({ fate, pid, ending, attempt, repair }: SurvivingAttempt): string {
  switch (fate) {
    case 'adopted':
      return `still running${pid === null ? '' : ` (pid ${pid})`}, adopted`;
    case 'starting':
      return 'was just being started, waited for';
    case 'finished':
      return `finished while nobody looked (${ending ?? 'completed'}), its result counts`;
    case 'lost':
      return repair ? 'lost, counts as no result' : `lost, runs again as attempt ${attempt + 1}`;
    case 'superseded':
      return 'still ran although the loop had gone on, ended';
    case 'late':
      return 'its result came late and changes nothing';
  }
}

function worktreeLine({ agentId, path, standing }: FoundWorktree): string {
  const what = standing === 'half-made' ? 'was half made, is made anew' : 'is missing, is made again';
  return `worktree of ${agentId}: ${what} (${path})`;
}

const told = (what: string, count: number): readonly string[] => (count === 0 ? [] : [`${what}: ${count}`]);
