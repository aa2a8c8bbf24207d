import type { AsideReason, QueueProgress, QueueReport, QueueRun } from '../app/bring-home/queue-report.ts';
import { plural } from '../app/health/health-report.ts';
import type { HomePreview } from '../ports/home-git.ts';
import { listed, obstacleText } from './home-text.ts';
import { printable } from './io.ts';

/** One line of what is under way. */
export function progressLine(progress: QueueProgress): string {
  const branch = printable(progress.branch ?? 'what is checked out');
  switch (progress.kind) {
    case 'stacking':
      return `Stacking ${plural(progress.loops, 'loop')} on ${branch}`;
    case 'testing': {
      const { command, on, why, again } = progress;
      const search = { whole: '', bisect: 'bisecting: ', alone: 'alone: ', pair: 'with fewer: ' }[why];
      return `${search}${printable(command)} on ${placeOf(branch, on)}${again ? ', once more' : ''}`;
    }
    case 'landing':
      return `Bringing ${plural(progress.loops, 'loop')} to ${branch}`;
    case 'again':
      return `${branch} moved meanwhile; trying once more from where it is now`;
  }
}

const placeOf = (branch: string, on: readonly string[]): string => [branch, ...on].join(' + ');

/** What became of the loops of a queue, and what was run for it. */
export function queueLines(report: QueueReport): string {
  const branch = printable(report.branch ?? 'HEAD');
  const target = report.newBranch === null ? branch : `the new branch ${printable(report.newBranch)}`;
  const lines = [
    ...outcomeLines(report, target),
    ...report.putAside.flatMap(({ taskId, intent, reason }) => [
      `${taskId} is put aside: ${reasonText(reason, branch)}. (${printable(intent)})`,
      ...detailsOf(reason),
    ]),
    ...report.flaky.flatMap(({ command, on, checks }) => [
      `${printable(command)} is flaky on ${placeOf(branch, on)}: it failed, and passed when it ran once more. Nobody is put aside for it.`,
      ...checkLines(checks),
    ]),
    ...report.already.map(({ taskId }) => `${branch} has the result of ${taskId} already.`),
    ...revisedLines(report),
    ...(report.protectedFiles.length > 0 && report.outcome === 'landed'
      ? [
          'Tests and what decides about them changed with it:',
          ...listed(report.protectedFiles.map(printable)),
        ]
      : []),
    ...report.runs.map((run) => runLine(run, branch)),
  ];
  return `${lines.join('\n')}\n`;
}

function outcomeLines(report: QueueReport, target: string): readonly string[] {
  const { outcome, stack, preview, evidence } = report;
  const names = stack.map(({ taskId }) => taskId).join(', ');
  switch (outcome) {
    case 'landed':
      return [
        `${names} ${stack.length === 1 ? 'is' : 'are'} in ${target}.`,
        ...report.integrations.flatMap(({ rescued }) =>
          rescued === null ? [] : [`What was uncommitted is in ${rescued.ref}.`],
        ),
        `Taken back one by one, the newest first: ${undoCommands(report).join(', ')}`,
      ];
    case 'nothing':
      return report.putAside.length > 0 ? [`Nothing came to ${target}.`] : ['There is nothing to do.'];
    case 'preview':
      return [
        stack.length > 0
          ? `${names} would be tried on ${target} together.`
          : `Nothing can be stacked on ${target}.`,
        evidence.length > 0
          ? `Evidence: ${evidence.map(printable).join(', ')}`
          : 'No evidence would run; --without-evidence brings them home all the same.',
        ...blockedLines(preview),
      ];
    case 'blocked':
      return [`Nothing came to ${target}.`, ...blockedLines(preview)];
    case 'moved':
      return [`${target} moved while the evidence ran, twice; nothing was done. Try again when it rests.`];
    case 'no-evidence':
      return [
        `Nothing came to ${target}: no evidence ran a check on ${names}.`,
        'To bring them home all the same, add --without-evidence.',
      ];
    case 'cancelled':
      return ['Cancelled; nothing was brought home.'];
  }
}

const blockedLines = (preview: HomePreview | null): readonly string[] =>
  preview?.obstacle ? obstacleText(preview.obstacle, 'add --branch NAME', 'add --rescue') : [];

const undoCommands = ({ integrations }: QueueReport): readonly string[] =>
  integrations.map(({ taskId }) => `cfn merge ${taskId} --undo`).toReversed();

function reasonText(reason: AsideReason, branch: string): string {
  if (reason.kind === 'conflicts') return `it has conflicts with ${reason.with ?? branch}`;
  return reason.with.length === 0
    ? `it makes the evidence fail on ${branch} by itself`
    : `it passes alone and makes the evidence fail together with ${reason.with.join(' or ')}`;
}

const detailsOf = (reason: AsideReason): readonly string[] =>
  reason.kind === 'conflicts' ? listed(reason.files.map(printable)) : checkLines(reason.checks);

/** What a failing check printed has lines of its own. */
const checkLines = (checks: readonly string[]): readonly string[] =>
  listed(checks.flatMap((check) => check.split('\n')).map(printable));

const revisedLines = ({ stack }: QueueReport): readonly string[] =>
  stack
    .filter(({ revised }) => revised)
    .map(({ taskId }) => `A person changed the result of ${taskId} after its own evidence ran.`);

function runLine(run: QueueRun, branch: string): string {
  const { command, on, status, passed, failed, durationMs, again } = run;
  const checks = status === 'unavailable' ? 'ran no check' : `${passed} passed, ${failed} failed`;
  const worse = on.length > 0 && status === 'failed' ? ', worse than before' : '';
  const seconds = (durationMs / 1000).toFixed(1);
  return `${printable(command)} on ${placeOf(branch, on)}${again ? ', once more' : ''}: ${checks}${worse} (${seconds} s)`;
}
