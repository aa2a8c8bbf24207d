/** A merge queue in words; pure, so that every word can be tested. */
import { l10n } from 'vscode';
import type {
  AsideReason,
  QueuedLoop,
  QueueProgress,
  QueueReport,
  QueueRun,
} from '../../app/bring-home/queue-report.ts';
import { visible } from '../words.ts';
import { LISTED, listed } from './home-words.ts';

/** What is under way. */
export function progressText(progress: QueueProgress): string {
  const branch = progress.branch === null ? l10n.t('what is checked out') : visible(progress.branch);
  switch (progress.kind) {
    case 'stacking':
      return l10n.t('stacking {0} loops on {1}', progress.loops, branch);
    case 'testing': {
      const what = l10n.t('{0} on {1}', visible(progress.command), placeOf(branch, progress.on));
      const shown = progress.again ? l10n.t('{0}, once more', what) : what;
      return progress.why === 'whole' ? shown : l10n.t('looking for the guilty one: {0}', shown);
    }
    case 'landing':
      return l10n.t('bringing {0} loops to {1}', progress.loops, branch);
    case 'again':
      return l10n.t('{0} moved meanwhile; once more from where it is now', branch);
  }
}

const placeOf = (branch: string, on: readonly string[]): string => [branch, ...on].join(' + ');
const branchOf = ({ branch }: QueueReport): string => visible(branch ?? 'HEAD');
const targetOf = (report: QueueReport): string =>
  report.newBranch === null ? branchOf(report) : l10n.t('the new branch {0}', visible(report.newBranch));
const namesOf = (loops: readonly QueuedLoop[]): string => loops.map(({ taskId }) => taskId).join(', ');
const asideSummary = ({ putAside }: QueueReport): string => l10n.t('Put aside: {0}.', namesOf(putAside));

/** Everything that is to know before one agrees. */
export function queuePreviewText(report: QueueReport): string {
  const { stack, evidence } = report;
  return [
    l10n.t('They are tried together on {0}, in this order:', targetOf(report)),
    listed(stack.map(({ taskId, intent }) => `${taskId}: ${visible(intent)}`)),
    ...asideLines(report, LISTED),
    evidence.length > 0
      ? l10n.t('This is run on all of them together, and on the branch:')
      : l10n.t('None of them has evidence, so nothing is run.'),
    ...(evidence.length > 0 ? [listed(evidence.map(visible))] : []),
    l10n.t('What makes it fail is found and put aside; the rest lands, and each can be undone.'),
  ].join('\n');
}

/** One sentence of how it ended. */
export function queueSummary(report: QueueReport): string {
  const { outcome, putAside } = report;
  switch (outcome) {
    case 'landed': {
      const landed = l10n.t('In {0}: {1}.', targetOf(report), namesOf(report.stack));
      return putAside.length === 0 ? landed : `${landed} ${asideSummary(report)}`;
    }
    case 'cancelled':
      return l10n.t('Cancelled; nothing was brought home.');
    case 'moved':
      return l10n.t('{0} moved twice while the evidence ran; nothing was brought home.', branchOf(report));
    case 'no-evidence':
      return l10n.t('No evidence ran a check, so nothing was brought home.');
    default:
      return putAside.length === 0
        ? l10n.t('There is nothing to bring home.')
        : `${l10n.t('Nothing was brought home.')} ${asideSummary(report)}`;
  }
}

/** The whole of it, for a document. */
export function queueReportText(report: QueueReport): string {
  const branch = branchOf(report);
  return [
    queueSummary(report),
    ...asideLines(report),
    ...flakyLines(report),
    ...report.already.map(({ taskId }) => l10n.t('{0} has the result of {1} already.', branch, taskId)),
    ...revisedLines(report),
    ...(report.protectedFiles.length > 0
      ? [
          l10n.t('Tests and what decides about them changed with it:'),
          listed(report.protectedFiles.map(visible)),
        ]
      : []),
    ...(report.runs.length > 0 ? [l10n.t('What was run:')] : []),
    ...report.runs.map((run) => `  ${runText(run, branch)}`),
    '',
  ].join('\n');
}

/** What a failing check printed has lines of its own. */
const linesOf = (checks: readonly string[]): readonly string[] =>
  checks.flatMap((check) => check.split('\n'));

const flakyLines = (report: QueueReport): readonly string[] =>
  report.flaky.flatMap(({ command, on, checks }) => [
    l10n.t(
      '{0} on {1} is flaky: it failed, and passed when it ran once more. Nobody is put aside for it.',
      visible(command),
      placeOf(branchOf(report), on),
    ),
    ...(checks.length > 0 ? [listed(linesOf(checks).map(visible))] : []),
  ]);

function asideLines(report: QueueReport, most = Number.POSITIVE_INFINITY): readonly string[] {
  return report.putAside.flatMap(({ taskId, intent, reason }) => {
    const details = reason.kind === 'conflicts' ? reason.files : linesOf(reason.checks);
    return [
      `${taskId} (${visible(intent)}): ${reasonText(reason, branchOf(report))}`,
      ...(details.length > 0 ? [listed(details.map(visible), most)] : []),
    ];
  });
}

function reasonText(reason: AsideReason, branch: string): string {
  if (reason.kind === 'conflicts')
    return l10n.t('put aside, it has conflicts with {0}', reason.with ?? branch);
  return reason.with.length === 0
    ? l10n.t('put aside, it makes the evidence fail on {0} by itself', branch)
    : l10n.t('put aside, it passes alone and fails together with {0}', reason.with.join(', '));
}

const revisedLines = ({ stack }: QueueReport): readonly string[] =>
  stack
    .filter(({ revised }) => revised)
    .map(({ taskId }) => l10n.t('A person changed the result of {0} after its own evidence ran.', taskId));

function runText(run: QueueRun, branch: string): string {
  const { command, on, status, passed, failed, durationMs, again } = run;
  const first = l10n.t('{0} on {1}', visible(command), placeOf(branch, on));
  const what = again ? l10n.t('{0}, once more', first) : first;
  const seconds = (durationMs / 1000).toFixed(1);
  return status === 'unavailable'
    ? l10n.t('{0}: ran no check ({1} s)', what, seconds)
    : l10n.t('{0}: {1} passed, {2} failed ({3} s)', what, passed, failed, seconds);
}
